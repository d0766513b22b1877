"""The door on a real store: every thing becomes what it should, once, and the counters say so."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.intake import Intake, receive
from adapters.intake_commands import external_key
from adapters.intake_outbox import Empty, Sent
from adapters.store.codec import Codec
from domain.desk import channels
from domain.desk.answering import SendMessage
from domain.dialog.events import Author
from domain.errors import Unavailable
from tests.desk import open_shop
from tests.store import TENANT, Store, store


@pytest.fixture(scope="module")
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


def said(text: str = "Hello", *, chat: str = "100", number: str = "1", **facts: Any) -> Inbound:
    known = {
        "external_message_id": number,
        "external_chat_id": chat,
        "sender_id": chat,
        "sender_name": "Vera",
        "timestamp": 1_700_000_000,
        "attachments": (),
        "dedup_key": f"update_id:{chat}{number}",
    }
    return Inbound(kind="message", text=text, **(known | facts))


def take_in(shop: Store, *things: Inbound, channel: str = "shop", raw: bytes = b"", **more: Any) -> list[str]:
    outcomes = receive(shop.executor, shop.vault, TENANT, channel, "telegram", things, raw=raw, **more)
    return [outcome.fate for outcome in outcomes]


def counts(shop: Store, channel: str = "shop") -> dict[str, int]:
    query = "SELECT outcome, n FROM parley.intake_count WHERE tenant = %s AND channel = %s"
    return dict(shop.rows(query, TENANT, channel))  # type: ignore[arg-type]


def events(shop: Store, kind: str) -> list[Any]:
    """Events of a kind, readable."""
    codec = Codec(shop.vault)
    return [codec.opened(one.tenant, one.event) for one in shop.log.read(0, 10_000, kinds=[kind])]


def test_a_message_is_routed_with_all_that_was_known(shop: Store) -> None:
    photo = InboundAttachment(type="image", external_file_id="F1", mime="image/png", size=10, width=3, height=4)
    thing = said("Bread?", chat="101", sender_username="vera_o", sender_phone="+1", attachments=(photo,))
    (outcome,) = receive(shop.executor, shop.vault, TENANT, "shop", "telegram", [thing])
    assert outcome.fate == "routed" and outcome.dialog and outcome.message and outcome.position
    received = events(shop, "dialog.message_received")[-1]
    assert (received.body, received.provider_id) == ("Bread?", "1")
    assert received.provider_time == datetime.fromtimestamp(1_700_000_000, UTC)
    (attachment,) = received.attachments
    assert (attachment.type, attachment.ref, attachment.mime, attachment.size) == ("image", "F1", "image/png", 10)
    assert attachment.facts == {"width": 3, "height": 4}
    profile = events(shop, "customer.profile_changed")[-1].fields
    assert profile == {"name": "Vera", "username": "vera_o", "phone": "+1"}


@pytest.mark.requirement("E02")
def test_the_same_message_twice_is_one_event(shop: Store) -> None:
    before = len(events(shop, "dialog.message_received"))
    assert take_in(shop, said(chat="102")) == ["routed"]
    assert take_in(shop, said(chat="102")) == ["duplicate"]
    assert take_in(shop, said(chat="102", dedup_key="update_id:another")) == ["duplicate"]
    assert len(events(shop, "dialog.message_received")) == before + 1


@pytest.mark.requirement("E02")
def test_the_same_message_twice_in_one_body_is_one_event(shop: Store) -> None:
    assert take_in(shop, said(chat="103"), said(chat="103"), said(chat="103", number="2")) == [
        "routed",
        "duplicate",
        "routed",
    ]


@pytest.mark.requirement("E02")
def test_equal_numbers_in_two_chats_are_two_messages(shop: Store) -> None:
    assert take_in(shop, said(chat="104"), said(chat="105")) == ["routed", "routed"]


@pytest.mark.requirement("E03")
def test_parallel_first_messages_make_one_dialog_with_all_of_them(shop: Store) -> None:
    def send(number: int) -> Any:
        thing = said(f"part {number}", chat="106", number=str(number))
        return receive(shop.executor, shop.vault, TENANT, "shop", "telegram", [thing])[0]

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(send, range(50)))
    assert {outcome.fate for outcome in outcomes} == {"routed"}
    assert len({outcome.dialog for outcome in outcomes}) == 1
    assert len({outcome.message for outcome in outcomes}) == 50


@pytest.mark.requirement("E10")
def test_an_edit_and_a_deletion_leave_the_original_in_the_log(shop: Store) -> None:
    (first,) = receive(shop.executor, shop.vault, TENANT, "shop", "telegram", [said("Bred?", chat="107")])
    edit = replace(said("Bread?", chat="107", dedup_key="update_id:2"), kind="edit", edits_external_message_id="1")
    again = replace(edit, text="Bread, please?", dedup_key="update_id:3")
    gone = Inbound(
        kind="delete", external_chat_id="107", sender_id="107", deletes_external_message_id="1", dedup_key="4"
    )
    assert take_in(shop, edit, edit, again, gone) == ["routed", "duplicate", "routed", "routed"]
    stream = [one.event for one in shop.log.stream(TENANT, f"dialog-{first.dialog}")]
    about = [(one.kind, one.message) for one in stream if hasattr(one, "message")]
    assert about == [
        ("dialog.message_received", first.message),
        ("dialog.message_edited", first.message),
        ("dialog.message_edited", first.message),
        ("dialog.message_deleted", first.message),
    ]
    assert events(shop, "dialog.message_edited")[-1].body == "Bread, please?"


def test_a_change_by_somebody_unknown_is_ignored_and_counted(shop: Store) -> None:
    before = counts(shop).get("ignored", 0)
    edit = Inbound(
        kind="edit", text="x", external_chat_id="404", sender_id="404", edits_external_message_id="1", dedup_key="1"
    )
    assert take_in(shop, edit) == ["ignored"]
    assert counts(shop)["ignored"] == before + 1


def test_a_pressed_button_is_what_the_customer_said(shop: Store) -> None:
    press = Inbound(
        kind="button", external_message_id="77", external_chat_id="108", sender_id="108", button_payload="yes"
    )
    assert take_in(shop, press, press) == ["routed", "duplicate"]
    assert events(shop, "dialog.message_received")[-1].body == "yes"


class Outbox(Empty):
    def __init__(self, sent: dict[str, Sent]) -> None:
        self.sent = sent

    def find(self, tenant: str, channel: str, external_key: str) -> Sent | None:
        return self.sent.get(external_key)

    def took(
        self, tenant: str, channel: str, keys: Sequence[str], our_key: str | None, *, failed: bool = False
    ) -> Sent | None:
        return self.find(tenant, channel, keys[0])


@pytest.fixture
def answered(shop: Store) -> tuple[Outbox, str, str]:
    """A dialog with chat 109 in which we have sent message 900: the outbox, the dialog and the message."""
    (first,) = receive(shop.executor, shop.vault, TENANT, "shop", "telegram", [said(chat="109")])
    sent = SendMessage(dialog=str(first.dialog), client_key="c1", author=Author(kind="agent", id="anna"), body="Yes")
    message = shop.do(sent).answer["message"]
    key = external_key(shop.vault, TENANT, "shop", "109", "900")
    return Outbox({key: Sent(str(first.dialog), message)}), str(first.dialog), message


RECEIPTS = [
    ("delivery_receipt", "dialog.message_delivered"),
    ("read_receipt", "dialog.message_read"),
    ("failure_receipt", "dialog.message_failed"),
]


@pytest.mark.requirement("E11")
@pytest.mark.parametrize(("kind", "event"), RECEIPTS)
def test_a_receipt_reports_on_our_message_and_counts_as_ignored(
    shop: Store, answered: tuple[Outbox, str, str], kind: Any, event: str
) -> None:
    outbox, dialog, message = answered
    before = counts(shop).get("ignored", 0)
    receipt = Inbound(kind=kind, external_chat_id="109", target_message_id="900", error_code="no_route")
    fates = take_in(shop, receipt, outbox=outbox)
    assert fates == ["ignored"] and counts(shop)["ignored"] == before + 1
    last = shop.log.stream(TENANT, f"dialog-{dialog}")[-1].event
    assert (last.kind, getattr(last, "message", None)) == (event, message)
    assert getattr(last, "code", "no_route") == "no_route"
    assert take_in(shop, receipt, outbox=outbox) == ["duplicate"]


def test_a_receipt_for_what_we_did_not_send_is_ignored(shop: Store) -> None:
    receipt = Inbound(kind="read_receipt", external_chat_id="109", target_message_id="999")
    assert take_in(shop, receipt, outbox=Outbox({})) == ["ignored"]


def test_a_reaction_finds_our_message_or_theirs(shop: Store, answered: tuple[Outbox, str, str]) -> None:
    outbox, dialog, message = answered
    to_ours = Inbound(
        kind="reaction", external_chat_id="109", sender_id="109", target_message_id="900", emoji="👍", dedup_key="r1"
    )
    assert take_in(shop, to_ours, outbox=outbox) == ["routed"]
    last: Any = shop.log.stream(TENANT, f"dialog-{dialog}")[-1].event
    assert (last.kind, last.message, last.reaction) == ("dialog.reaction_changed", message, "👍")


@pytest.mark.requirement("E06")
def test_a_message_to_a_channel_that_is_not_connected_waits_in_the_quarantine(shop: Store) -> None:
    shop.do(channels.CreateChannel(channel="new", kind="telegram"))
    assert take_in(shop, said("Early", chat="1"), channel="new") == ["quarantined"]
    assert take_in(shop, said("Early", chat="1"), channel="new") == ["duplicate"]
    kept = events(shop, "quarantine.inbound_quarantined")[-1]
    assert (kept.reason, kept.body, kept.sender) == ("channel_draft", "Early", "1")


@pytest.mark.requirement("E06")
def test_a_message_to_no_channel_waits_too_and_makes_no_customer(shop: Store) -> None:
    before = len(events(shop, "customer.created"))
    assert take_in(shop, said("Hello?", chat="555"), channel="nowhere") == ["quarantined"]
    assert events(shop, "quarantine.inbound_quarantined")[-1].reason == "channel_unknown"
    assert len(events(shop, "customer.created")) == before


@pytest.mark.requirement("S10")
@pytest.mark.parametrize(
    ("raw", "kept"), [(b'{"half', '{"half'), (b"\xff\xfe", "base64://4="), ("ё\x00".encode(), "ё\x00")]
)
def test_a_malformed_body_is_kept_whole(shop: Store, raw: bytes, kept: str) -> None:
    invalid = Inbound(kind="invalid", reason="The body is not JSON.")
    assert take_in(shop, invalid, raw=raw) == ["quarantined"]
    assert take_in(shop, invalid, raw=raw) == ["duplicate"]
    item = events(shop, "quarantine.inbound_quarantined")[-1]
    assert (item.reason, item.body) == ("malformed", kept)


@pytest.mark.requirement("E08")
def test_a_text_over_64_kib_is_quarantined_and_the_customer_not_lost(shop: Store) -> None:
    assert take_in(shop, said("ы" * 32_768, chat="110")) == ["routed"]
    assert take_in(shop, said("ы" * 32_769, chat="110", number="2")) == ["quarantined"]
    item = events(shop, "quarantine.inbound_quarantined")[-1]
    assert (item.reason, item.sender, len(item.body)) == ("too_large", "110", 32_769)
    twenty_one = tuple(InboundAttachment(type="image", external_file_id=str(n)) for n in range(21))
    assert take_in(shop, said("", chat="110", number="3", attachments=twenty_one)) == ["quarantined"]


TORTURE = ["\x00", "a\x00b", "\u202eevil\u202c", "😂👨‍👩‍👧", "\ufeffx", "\ud83d", "a\ude02b", "\ud83d\ude02"]


@pytest.mark.requirement("E09")
@pytest.mark.parametrize("text", TORTURE)
def test_odd_characters_come_back_from_the_store(shop: Store, text: str) -> None:
    """All survive; a lone surrogate becomes U+FFFD, which is the stated way."""
    stated = "".join("\ufffd" if "\ud800" <= one <= "\udfff" else one for one in text)
    thing = said(text, chat=f"torture {text!r}", sender_name=text, number=text)
    assert take_in(shop, thing) == ["routed"]
    received = events(shop, "dialog.message_received")[-1]
    assert (received.body, received.provider_id) == (stated, stated)
    assert events(shop, "customer.profile_changed")[-1].fields["name"] == stated


@pytest.mark.requirement("E05")
@pytest.mark.parametrize("timestamp", [0, 4_000_000_000, -1, 1e300, float("nan"), float("inf")])
def test_a_providers_time_is_kept_where_it_is_one_and_moves_nothing(shop: Store, timestamp: float) -> None:
    (outcome,) = receive(
        shop.executor, shop.vault, TENANT, "shop", "telegram", [said(chat=f"t{timestamp}", timestamp=timestamp)]
    )
    assert outcome.fate == "routed"
    opened, *_ = shop.log.stream(TENANT, f"dialog-{outcome.dialog}")
    assert abs((opened.recorded_at - datetime.now(UTC)).total_seconds()) < 60


@pytest.mark.requirement("E13", "A24")
def test_the_log_holds_no_id_of_the_provider_in_clear(shop: Store) -> None:
    chat, number = "7777777771", "8888888881"
    take_in(shop, said("planted words", chat=chat, number=number, sender_username="planted_name"))
    stored = shop.rows("SELECT convert_from(data, 'UTF8') || convert_from(meta, 'UTF8') FROM parley.event")
    heads = shop.rows("SELECT convert_from(state, 'UTF8') FROM parley.head")
    results = shop.rows("SELECT key || convert_from(outcome, 'UTF8') FROM parley.command_result")
    everything = "\n".join(str(row[0]) for row in [*stored, *heads, *results])
    assert "dialog.message_received" in everything
    for planted in (chat, number, "planted"):
        assert planted not in everything


def test_a_store_that_cannot_be_reached_is_said_and_nothing_is_counted(shop: Store) -> None:
    class Busy:
        def submit(self, request: Any) -> Any:
            raise Unavailable("overloaded", "Too many commands are waiting.")

    before = counts(shop)
    with pytest.raises(Unavailable):
        Intake(Busy(), shop.vault).receive(TENANT, "shop", "telegram", [said(chat="111")])
    assert counts(shop) == before


things = st.builds(
    lambda kind, chat, number, text: Inbound(
        kind=kind,
        external_message_id=str(number),
        external_chat_id=f"p{chat}",
        sender_id=f"p{chat}",
        text=text,
        edits_external_message_id=str(number),
        target_message_id=str(number),
        dedup_key=f"{kind}{chat}{number}",
    ),
    st.sampled_from(
        ["message", "edit", "delete", "reaction", "button", "service", "ignore", "invalid", "read_receipt", "typing"]
    ),
    st.integers(1, 3),
    st.integers(1, 3),
    st.text(max_size=5),
)


@pytest.mark.requirement("E11")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=25)
@given(bodies=st.lists(st.lists(things, max_size=6), max_size=4), channel=st.sampled_from(["shop", "nowhere"]))
def test_received_is_the_sum_of_what_became_of_it(shop: Store, bodies: list[list[Inbound]], channel: str) -> None:
    before = sum(counts(shop, channel).values())
    fates = [fate for body in bodies for fate in take_in(shop, *body, channel=channel)]
    assert len(fates) == sum(len(body) for body in bodies)
    assert sum(counts(shop, channel).values()) - before == len(fates)
