"""Letters: an answer to ours reaches its dialog whoever writes it, and what a machine writes opens nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from domain.desk.intake import ReceiveMessage
from domain.desk.letters import ReceiveAutomatic
from tests.examples import IVAN, MARIA, SHOP, channel, closes, disconnects, says, sender_key
from tests.office import Office
from tests.spec import Step, fact, given

BOX = channel(receiver=None, kind="email")


def writes(customer: str = IVAN, text: str = "Yes.", *, to: str | None = None, **more: Any) -> Step:
    """`to` = the customer whose dialog's letter he provably answers."""

    def letter(office: Office) -> ReceiveMessage:
        heard = says(customer, text, kind="email")(office)
        assert isinstance(heard, ReceiveMessage)
        return replace(heard, answers=office.dialog_id(to) if to else None, **more)

    return letter


def machine(customer: str = IVAN, *, to: str | None = None) -> Step:
    return lambda office: ReceiveAutomatic(
        channel=SHOP,
        external_key=f"auto {len(office.log)}",
        sender_key=sender_key(customer),
        body="I am away.",
        answers=office.dialog_id(to) if to else None,
    )


def test_what_a_letter_says_besides_its_words_stands_beside_them() -> None:
    letter = (("subject", "Rye"), ("text", "Yes.\n> Rye?"))
    given(*BOX).when(writes(letter=letter)).then_among_others(
        fact("dialog.message_received", body="Yes.", letter={"subject": "Rye", "text": "Yes.\n> Rye?"})
    )


def test_who_answers_our_letter_from_another_address_reaches_its_dialog_and_is_named() -> None:
    given(*BOX, writes(IVAN)).when(writes(MARIA, "Ivan is away.", to=IVAN)).then(
        fact("dialog.message_received", body=f"<id of {MARIA}>\n\nIvan is away.")
    ).then_never("dialog.opened", "customer.created")


def test_his_own_answer_stands_as_he_wrote_it() -> None:
    given(*BOX, writes(IVAN)).when(writes(IVAN, to=IVAN)).then(fact("dialog.message_received", body="Yes."))


def test_an_answer_to_a_dialog_that_is_over_opens_the_next_one_of_its_customer() -> None:
    given(*BOX, writes(IVAN), closes()).when(writes(MARIA, to=IVAN)).then_among_others(
        fact("dialog.opened", session=2)
    ).then_never("customer.created")


def test_a_proof_for_another_channels_dialog_counts_for_nothing() -> None:
    other = channel("page", receiver=None, kind="email")
    given(*BOX, *other, says(IVAN, to="page", kind="email")).when(
        lambda office: replace(
            writes(MARIA)(office),  # type: ignore[arg-type, type-var]
            answers=next(one.stream.removeprefix("dialog-") for one in office.log if one.event.kind == "dialog.opened"),
        )
    ).then_among_others("customer.created", fact("dialog.message_received", body="Yes."))


@pytest.mark.parametrize("proven", [True, False])
def test_what_a_machine_writes_is_a_note_in_the_dialog(proven: bool) -> None:
    given(*BOX, writes(IVAN)).when(machine(MARIA if proven else IVAN, to=IVAN if proven else None)).then(
        fact("dialog.note_added", body="I am away.")
    ).then_answered(outcome="routed")


def test_it_opens_no_dialog_and_no_closed_one_again() -> None:
    given(*BOX).when(machine()).then_nothing().then_answered(outcome="ignored")
    given(*BOX, writes(IVAN), closes()).when(machine()).then_nothing().then_answered(outcome="ignored")


def test_a_late_one_about_a_dialog_that_is_over_is_kept_there() -> None:
    given(*BOX, writes(IVAN), closes()).when(machine(to=IVAN)).then("dialog.note_added").then_dialog(
        IVAN, phase="closed"
    )


def test_it_moves_no_timer() -> None:
    story = given(*BOX, writes(IVAN))
    before = story.office.dialog(IVAN).last_activity_at
    story.when(machine())
    assert story.office.dialog(IVAN).last_activity_at == before


def test_where_the_channel_works_no_more_it_is_ignored() -> None:
    given(*BOX, writes(IVAN), disconnects()).when(machine(to=IVAN)).then_nothing().then_answered(outcome="ignored")
