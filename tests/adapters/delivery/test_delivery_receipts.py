"""What providers tell of our messages afterwards: receipts settle what was in doubt, echoes are told from people."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import Any

import pytest

from adapters.channels.inbound import Inbound
from adapters.delivery import SentMessages, table
from adapters.doubles.telegram import broken, hang_up, slow
from adapters.intake import Intake
from domain.desk.answering import CloseDialog, TakeDialog
from domain.dialog.events import OUTSIDE
from domain.kinds import KINDS
from tests.adapters.delivery.post import Post, post
from tests.store import TENANT

CHAT = "100"


@pytest.fixture
def office() -> Iterator[Post]:
    with post() as made:
        yield made


def hears(office: Post, **facts: Any) -> list[tuple[str, str | None]]:
    """The provider tells us this; what became of it."""
    store = office.shop.store
    intake = Intake(store.executor, store.vault, SentMessages(store.database, store.vault))
    outcomes = intake.receive(TENANT, "shop", "telegram", [Inbound(**({"external_chat_id": CHAT} | facts))])
    return [(one.fate, one.reason) for one in outcomes]


def states(office: Post) -> list[tuple[str, str]]:
    return [
        tuple(row) for row in office.shop.store.rows("SELECT message, state FROM parley.delivery ORDER BY position")
    ]  # type: ignore[misc]


def in_doubt(office: Post, text: str = "Yes") -> tuple[str, str]:
    """A message whose answer got lost: dialog and message."""
    dialog = office.asks(int(CHAT))
    message = office.answers(dialog, text)
    office.shop.telegram.fails(hang_up())
    office.delivery.run_once()
    assert states(office)[-1] == (message, "unknown")
    return dialog, message


def told(office: Post, dialog: str, *more: str) -> list[str]:
    names = {"message_delivered", "message_read", "message_failed", "send_unknown", *more}
    events = [one.event for one in office.shop.store.log.stream(TENANT, f"dialog-{dialog}")]
    return [one.kind.partition(".")[2] for one in events if one.kind.partition(".")[2] in names]


@pytest.mark.parametrize(
    ("kind", "becomes", "reported"),
    [
        ("sent_receipt", "sent", []),
        ("delivery_receipt", "sent", ["message_delivered"]),
        ("read_receipt", "sent", ["message_read"]),
        ("failure_receipt", "failed", ["message_failed"]),
    ],
)
def test_a_receipt_that_names_our_key_settles_what_nobody_knew(
    office: Post, kind: str, becomes: str, reported: list[str]
) -> None:
    dialog, message = in_doubt(office)
    assert hears(office, kind=kind, external_message_id="w-1", our_key=message)[0][0] == "ignored"
    assert states(office) == [(message, becomes)]
    assert told(office, dialog) == ["send_unknown", *reported]


def test_whoever_answers_a_message_has_got_it(office: Post) -> None:
    """Viber tells nothing of our key but with the customer's next words."""
    dialog, message = in_doubt(office)
    facts = {"kind": "message", "external_message_id": "m-2", "sender_id": CHAT, "text": "Thanks"}
    assert hears(office, **facts, our_key=message) == [("routed", None)]
    office.delivery.run_once()
    assert states(office) == [(message, "sent")]
    assert told(office, dialog) == ["send_unknown", "message_delivered"]
    assert hears(office, **facts | {"external_message_id": "m-3"}, our_key="somebody else's") == [("routed", None)]


def test_from_then_on_the_providers_own_id_is_enough(office: Post) -> None:
    dialog, message = in_doubt(office)
    hears(office, kind="sent_receipt", external_message_id="w-1", our_key=message)
    hears(office, kind="read_receipt", target_message_id="w-1")
    assert told(office, dialog) == ["send_unknown", "message_read"]


def test_a_key_of_another_channel_or_of_nothing_settles_nothing(office: Post) -> None:
    dialog, message = in_doubt(office)
    store = office.shop.store
    other = SentMessages(store.database, store.vault)
    assert other.took(TENANT, "elsewhere", ["x"], message) is None
    assert other.took(TENANT, "shop", ["x"], "no such message") is None
    assert states(office) == [(message, "unknown")] and told(office, dialog) == ["send_unknown"]


def test_what_was_to_be_tried_again_is_not_once_the_provider_speaks_of_it(office: Post) -> None:
    """It answered 502, and had the message all the same."""
    dialog = office.asks(int(CHAT))
    message = office.answers(dialog, "Yes")
    office.shop.telegram.fails(broken())
    office.delivery.run_once()
    hears(office, kind="delivery_receipt", external_message_id="w-1", our_key=message)
    office.later(3600)
    assert office.delivery.run_once() == 0
    assert told(office, dialog) == ["message_delivered"]


def test_a_receipt_that_is_quicker_than_the_answer_is_not_undone_by_it(office: Post) -> None:
    dialog = office.asks(int(CHAT))
    message = office.answers(dialog, "Yes")
    office.shop.telegram.fails(slow(0.6))
    caller = threading.Thread(target=office.delivery.run_once)
    caller.start()
    while ("calling",) not in office.shop.store.rows("SELECT state FROM parley.delivery"):
        sleep(0.01)
    hears(office, kind="read_receipt", external_message_id="w-1", our_key=message)
    caller.join()
    assert states(office) == [(message, "sent")] and told(office, dialog) == ["message_read"]


def test_one_receipt_may_be_about_several_messages(office: Post) -> None:
    dialog = office.asks(int(CHAT))
    for text in ("a", "b"):
        office.answers(dialog, text)
        office.delivery.run_once()
    ids = tuple(str(said.message_id) for said in office.shop.telegram.sent)
    facts = {"kind": "read_receipt", "external_message_ids": ids, "dedup_key": "r1"}
    assert hears(office, **facts) == [("ignored", "read_receipt")]
    assert told(office, dialog).count("message_read") == 2
    assert hears(office, **facts) == [("duplicate", None)]
    assert told(office, dialog).count("message_read") == 2


def test_all_up_to_a_moment_is_read_and_each_is_told_once(office: Post) -> None:
    dialog = office.asks(int(CHAT))
    for text in ("a", "b"):
        office.answers(dialog, text)
        office.delivery.run_once()
    first = _ms(datetime.now(UTC))
    sleep(0.01)
    office.answers(dialog, "c")
    office.delivery.run_once()
    assert hears(office, kind="read_receipt", watermark_ms=first, dedup_key="w1")[0][0] == "ignored"
    assert told(office, dialog).count("message_read") == 2
    assert hears(office, kind="read_receipt", watermark_ms=first, dedup_key="w2")[0][0] == "ignored"
    assert told(office, dialog).count("message_read") == 2
    later = _ms(datetime.now(UTC) + timedelta(seconds=1))
    hears(office, kind="read_receipt", watermark_ms=later, dedup_key="w3")
    assert told(office, dialog).count("message_read") == 3
    hears(office, kind="delivery_receipt", watermark_ms=later, dedup_key="w4")
    assert told(office, dialog)[-1] == "message_read"


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def test_a_conversation_may_be_named_where_the_customer_was_and_the_other_way_round(office: Post) -> None:
    dialog = office.asks(int(CHAT))
    office.answers(dialog, "Yes")
    office.delivery.run_once()
    number = str(office.shop.telegram.sent[0].message_id)
    hears(office, kind="read_receipt", external_chat_id="conversation-7", recipient=CHAT, target_message_id=number)
    assert told(office, dialog)[-1] == "message_read"
    assert echo(office, "Again", external_chat_id="conversation-7", recipient=CHAT) == [("routed", None)]
    assert outside(office) == [(dialog, "Again")]


@pytest.mark.parametrize("kind", ["viber", "facebook", "whatsapp_official", "email"])
def test_where_the_provider_tells_of_delivery_taking_it_is_not_delivering_it(
    office: Post, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    """Then `failed` can follow `sent`, and the agent sees it."""
    monkeypatch.setitem(KINDS, "telegram", replace(KINDS["telegram"], told_of_delivery=KINDS[kind].told_of_delivery))
    dialog = office.asks(int(CHAT))
    office.answers(dialog, "Yes")
    office.delivery.run_once()
    assert told(office, dialog) == []
    number = str(office.shop.telegram.sent[0].message_id)
    hears(office, kind="failure_receipt", target_message_id=number, reason="no_device")
    assert told(office, dialog) == ["message_failed"]


# -- echoes -----------------------------------------------------------------------------------------------------------


def outside(office: Post) -> list[tuple[str, str]]:
    """Messages that people of ours wrote past us: (dialog, text)."""
    events = office.shop.store.log.read(0, 10_000, kinds=["dialog.message_sent"])
    opened = [(one.entity, office.shop.opened(one.event)) for one in events]
    return [(dialog, str(event.body)) for dialog, event in opened if event.author.outside]


def echo(office: Post, text: str, number: str = "e-1", **facts: Any) -> list[tuple[str, str | None]]:
    return hears(office, kind="echo", external_message_id=number, text=text, **facts)


def test_the_echo_of_what_we_sent_is_nothing_new(office: Post) -> None:
    dialog = office.asks(int(CHAT))
    office.answers(dialog, "Yes")
    office.delivery.run_once()
    number = str(office.shop.telegram.sent[0].message_id)
    assert echo(office, "Yes", number) == [("ignored", "sent_by_us")]
    assert outside(office) == [] and told(office, dialog) == ["message_delivered"]


def test_an_echo_settles_a_message_whose_answer_was_lost_by_its_words(office: Post) -> None:
    dialog, message = in_doubt(office, "Yes, rye")
    assert echo(office, "Yes, rye") == [("ignored", "sent_by_us")]
    office.delivery.run_once()
    assert states(office) == [(message, "sent")]
    assert told(office, dialog) == ["send_unknown", "message_delivered"]
    hears(office, kind="read_receipt", target_message_id="e-1")
    assert told(office, dialog)[-1] == "message_read"


def test_an_echo_that_is_quicker_than_the_answer_is_known_for_ours(office: Post) -> None:
    dialog = office.asks(int(CHAT))
    office.answers(dialog, "Yes")
    office.shop.telegram.fails(slow(0.6))
    caller = threading.Thread(target=office.delivery.run_once)
    caller.start()
    while ("calling",) not in office.shop.store.rows("SELECT state FROM parley.delivery"):
        sleep(0.01)
    assert echo(office, "Yes") == [("ignored", "sent_by_us")]
    caller.join()
    office.delivery.run_once()
    assert outside(office) == [] and told(office, dialog) == ["message_delivered"]


def test_what_a_person_wrote_past_us_is_a_message_of_our_side_and_is_not_sent_again(office: Post) -> None:
    dialog = office.asks(int(CHAT))
    assert echo(office, "I have called you") == [("routed", None)]
    assert echo(office, "I have called you") == [("duplicate", None)]
    assert outside(office) == [(dialog, "I have called you")]
    assert office.delivery.run_once() == 0 and office.texts() == []
    (sent,) = [one.event for one in office.shop.store.log.read(0, 10_000, kinds=["dialog.message_sent"])]
    assert sent.author == OUTSIDE  # type: ignore[attr-defined]
    assert len(office.shop.events("dialog.message_received")) == 1


def test_other_words_than_those_in_doubt_are_a_persons(office: Post) -> None:
    dialog, message = in_doubt(office, "Yes, rye")
    assert echo(office, "No, wheat") == [("routed", None)]
    assert outside(office) == [(dialog, "No, wheat")] and states(office) == [(message, "unknown")]


def test_where_no_dialog_is_open_an_echo_is_ignored_with_the_reason(office: Post) -> None:
    assert echo(office, "Hello") == [("ignored", "no_open_dialog")]
    dialog = office.asks(int(CHAT))
    office.shop.store.do(TakeDialog(dialog=dialog, agent="anna", by="anna"))
    office.shop.store.do(CloseDialog(dialog=dialog))
    assert echo(office, "Hello again", "e-2") == [("ignored", "no_open_dialog")]
    assert outside(office) == [] and office.shop.counts()["ignored"] == 2


def test_an_echo_of_another_chat_with_the_same_words_is_not_ours(office: Post) -> None:
    dialog, message = in_doubt(office, "Yes")
    office.asks(200)
    assert echo(office, "Yes", external_chat_id="200") == [("routed", None)]
    assert states(office) == [(message, "unknown")] and told(office, dialog) == ["send_unknown"]


@pytest.mark.parametrize(
    ("kinds", "reported"),
    [
        (["read_receipt"], ["message_delivered", "message_read"]),
        (["read_receipt", "failure_receipt"], ["message_delivered", "message_failed", "message_read"]),
        (["failure_receipt"], ["message_delivered", "message_failed"]),
    ],
)
def test_a_receipt_that_overtakes_the_answer_to_our_call_is_not_lost(
    office: Post, monkeypatch: pytest.MonkeyPatch, kinds: list[str], reported: list[str]
) -> None:
    dialog = office.asks(int(CHAT))
    office.answers(dialog, "Yes")
    settle = table.settle

    def overtaken(*facts: Any, **more: Any) -> None:
        for kind in kinds:
            (number,) = [str(one.message_id) for one in office.shop.telegram.sent]
            assert hears(office, kind=kind, external_message_id=number) == [("ignored", kind)]
        settle(*facts, **more)

    monkeypatch.setattr(table, "settle", overtaken)
    office.delivery.run_once()
    assert sorted(told(office, dialog)) == reported
    number = str(office.shop.telegram.sent[-1].message_id)
    for kind in kinds:
        hears(office, kind=kind, external_message_id=number)
    assert sorted(told(office, dialog)) == reported
    assert office.shop.store.rows("SELECT count(*) FROM parley.early") == [(0,)]


def test_a_receipt_about_nothing_of_ours_leaves_nothing_behind(office: Post) -> None:
    hears(office, kind="delivery_receipt", external_message_id="777")
    assert office.shop.store.rows("SELECT count(*) FROM parley.early") == [(0,)]
