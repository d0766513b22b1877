"""We write first: who may be written to through which kind of channel, and what follows (§4, E15, A30, C11, C12)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.channel import Degraded, Superseded
from domain.channel.outbound import NEVER_FIRST
from domain.desk.outbound import RULES, StartDialog
from domain.kinds import KINDS, ChannelKind
from tests.examples import (
    ANNA,
    BORIS,
    HOUR,
    IVAN,
    agents,
    channel,
    closes,
    disconnects,
    is_now,
    replies,
    says,
)
from tests.office import Office, sender_key
from tests.spec import Story, fact, given, later, wait

POST = "post"


def starts(to: str = IVAN, *, agent: str = ANNA, template: str | None = None, **more: Any) -> StartDialog:
    return StartDialog(
        channel=POST,
        sender_key=sender_key(to),
        sender_id=f"id of {to}",
        agent=agent,
        by=agent,
        body="Your parcel has come back.",
        client_key="c-1",
        template=template,
        **more,
    )


def office(kind: ChannelKind = "email", **settings: Any) -> list[Any]:
    return (
        [*agents(ANNA, BORIS, capacity=1), *channel(POST, kind=kind, receiver=None, **settings)]
        if kind
        in (
            "email",
            "whatsapp_messagebird",
        )
        else [*agents(ANNA, BORIS, capacity=1), *channel(POST, kind=kind, receiver=_to(ANNA), **settings)]
    )


def _to(agent: str) -> Any:
    from domain.dialog.events import Target

    return Target(kind="agent", id=agent)


def writes(to: str = IVAN, kind: ChannelKind = "email") -> Any:
    return says(to, to=POST, kind=kind)


def happens(event: Any) -> Any:
    """Something of the channel that another room decides."""

    def step(office: Office) -> None:
        world = office.world()
        world.record(f"channel-{POST}", event)
        office.heads.keep(world)

    return step


@pytest.mark.requirement("E15", "F23")
def test_it_is_opened_said_and_assigned_in_one_transaction() -> None:
    story = given(*office()).when(starts())
    story.then(
        "privacy.subject_key_created",
        "customer.created",
        fact("dialog.opened", initiator="agent", session=1),
        fact("dialog.message_sent", body="Your parcel has come back.", first_reply=False),
        "agent.slot_occupied",
        fact("dialog.assigned", agent=ANNA, reason="outbound", by=ANNA, over_capacity=False),
    ).then_dialog(IVAN, phase="assigned", awaiting="customer", last_activity_by="agent", replied=False)


@pytest.mark.requirement("E15")
def test_an_open_dialog_of_the_customer_is_told_instead() -> None:
    story = given(*office(), writes()).when(starts()).then_refused("dialog_open")
    assert story.refusal is not None
    assert (story.refusal.status, story.refusal.detail) == (409, {"dialog": story.office.dialog_id(IVAN)})
    given(*office(), starts()).when(starts()).then_refused("dialog_open")


@pytest.mark.requirement("E15")
def test_after_the_last_one_was_closed_a_new_one_is_linked_to_it() -> None:
    story = given(*office(), writes(), closes())
    before = story.office.dialog_id(IVAN)
    story.when(starts()).then_among_others(fact("dialog.opened", session=2, previous_dialog_id=before))
    story.then_never("customer.created")


@pytest.mark.requirement("A30", "C12")
@pytest.mark.parametrize(
    ("kind", "template", "code"),
    [
        ("vk", None, None),
        ("facebook", None, "first_contact_not_allowed"),
        ("whatsapp_official", None, "template_required"),
        ("whatsapp_official", "parcel_back", None),
        ("whatsapp_infobip", None, "template_required"),
        ("whatsapp_infobip", "parcel_back", None),
        ("viber", None, "first_contact_not_allowed"),
        ("telegram", None, "first_contact_not_allowed"),
        ("yandex_dialogs", None, "first_contact_not_allowed"),
        ("email", None, None),
        ("avito", None, "first_contact_not_allowed"),
    ],
)
def test_to_a_stranger_only_where_the_kind_allows_it(kind: ChannelKind, template: str | None, code: str | None) -> None:
    story = given(*office(kind, auto_close=HOUR)).when(starts(template=template))
    if code is None:
        story.then_among_others(fact("dialog.message_sent", template=template), "dialog.assigned")
    else:
        story.then_refused(code)


@pytest.mark.requirement("A30")
@pytest.mark.parametrize("kind", ["viber", "avito"])
def test_to_one_who_has_written_before_also_where_strangers_are_not(kind: ChannelKind) -> None:
    story = given(*office(kind), writes(kind=kind), closes()).when(starts())
    story.then_among_others(fact("dialog.opened", initiator="agent"), "dialog.assigned")


@pytest.mark.requirement("A30")
def test_telegram_never_lets_us_write_first_not_even_to_whom_we_know() -> None:
    given(*office("telegram"), writes(kind="telegram"), closes()).when(starts()).then_refused(
        "first_contact_not_allowed"
    )


def test_every_kind_has_its_rule() -> None:
    assert {kind.first_contact for kind in KINDS.values()} == RULES.keys() | NEVER_FIRST
    assert not RULES.keys() & NEVER_FIRST


@pytest.mark.requirement("A30")
@pytest.mark.parametrize(
    ("step", "code"),
    [
        (disconnects(POST), "channel_disconnected"),
        (happens(Superseded(by_channel="other")), "channel_superseded"),
        (happens(Degraded(cause="provider")), "channel_degraded"),
    ],
    ids=["disconnected", "superseded", "degraded"],
)
def test_only_while_the_channel_is_connected(step: Any, code: str) -> None:
    given(*office(), step).when(starts()).then_refused(code)


def test_through_a_channel_that_is_not_there_it_is_not_possible() -> None:
    given(*agents(ANNA)).when(starts()).then_refused("channel_unknown")


@pytest.mark.requirement("F11")
def test_above_the_capacity_only_by_force_and_then_it_is_recorded() -> None:
    story = given(*office(), starts())
    story.when(starts("maria")).then_refused("agent_full")
    assert not [one for one in story.office.heads.directory if one[1] == sender_key("maria")]
    story.when(starts("maria", force=True)).then_among_others(fact("dialog.assigned", over_capacity=True))


def test_his_presence_does_not_matter_but_he_must_be_one_of_us() -> None:
    given(*office(), is_now(ANNA, "away")).when(starts()).then_among_others("dialog.assigned")
    given(*office()).when(starts(agent="nobody")).then_refused("agent_unknown")


class TestAfterwards:
    @staticmethod
    def begun(**settings: Any) -> Story:
        return given(*office(auto_close=HOUR, **settings), starts())

    @pytest.mark.requirement("G01", "G17")
    def test_it_becomes_idle_like_any_other_and_nobody_waited(self) -> None:
        story = self.begun().when(wait(hours=1))
        story.then_among_others(fact("dialog.closed", cause="idle", outcome="answered", last_activity_by="agent"))
        waiting = self.begun(idle_mode="waiting_for_customer").when(wait(hours=1))
        waiting.then_among_others(fact("dialog.closed", cause="idle"))

    def test_the_customers_answer_joins_it_and_our_next_word_is_the_first_reply(self) -> None:
        story = self.begun().when(writes())
        story.then(fact("dialog.message_received")).then_dialog(IVAN, awaiting="agent", assignee=ANNA)
        story.when(replies(ANNA)).then(fact("dialog.message_sent", first_reply=True))

    @pytest.mark.requirement("C19")
    def test_the_window_of_a_provider_is_closed_until_he_answers(self) -> None:
        day = {"auto_close": HOUR, "closing_message": "Goodbye."}
        story = given(*office("whatsapp_infobip", **day), starts(template="parcel_back")).when(wait(hours=1))
        story.then_among_others(fact("dialog.closed", closing_message="skipped_window"))
        answered = given(*office("whatsapp_infobip", **day), starts(template="parcel_back"), later(minutes=30))
        answered.given(writes(kind="whatsapp_infobip")).when(wait(hours=1))
        answered.then_among_others("dialog.closing_message_sent", fact("dialog.closed", closing_message="queued"))
