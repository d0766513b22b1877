"""Bytes that come with a message: letters' files, and bodies too large for a message (E08)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.attachments.shown import shown
from adapters.attachments.stash import KEY, stashed
from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.feed.log_feed import LogFeed
from adapters.intake import Intake, IntakeOutcome
from adapters.quarantine import Quarantine
from adapters.store.codec import Codec
from adapters.views.apply import consumers
from domain.dialog.events import MessageReceived
from domain.errors import Unavailable
from domain.quarantine import LARGEST_BODY, InboundQuarantined
from tests.adapters.attachments.parcels import PNG, Parcels, parcels
from tests.store import TENANT

LONG = "Длинное письмо. " * 5000
assert len(LONG.encode()) > LARGEST_BODY


class Letters:
    def __init__(self, desk: Parcels) -> None:
        self.desk = desk
        self.store = desk.shop.store
        self.intake = Intake(self.store.executor, self.store.vault, None, desk.shelf.blobs)

    def comes(self, ident: str = "1", **facts: Any) -> IntakeOutcome:
        known: dict[str, Any] = {"text": "See below", "external_chat_id": "100", "sender_id": "100"} | facts
        letter = Inbound(kind="message", external_message_id=ident, **known)
        (outcome,) = self.intake.receive(TENANT, "shop", "telegram", [letter])
        self.desk.fetch()
        return outcome

    def opened(self, kind: str) -> Any:
        recorded = self.store.log.read(0, 10_000, kinds=[kind])[-1]
        return Codec(self.store.vault).opened(TENANT, recorded.event)

    def raw(self) -> str:
        return str(self.store.rows("SELECT string_agg(convert_from(data, 'UTF8'), '') FROM parley.event")[0][0])

    def read(self, place: int = 0) -> bytes:
        return b"".join(self.desk.shelf.read(self.desk.files()[place]))


@pytest.fixture
def letters() -> Iterator[Letters]:
    with parcels() as desk:
        yield Letters(desk)


def picture(content: bytes = PNG, name: str = "cake.png") -> InboundAttachment:
    return InboundAttachment(type="image", content=content, file_name=name, mime="image/jpeg")


def test_a_file_that_comes_along_is_kept_without_any_call(letters: Letters) -> None:
    before = len(letters.desk.shop.telegram.calls)
    assert letters.comes(attachments=(picture(),)).fate == "routed"
    (file,) = letters.desk.files()
    assert (file.state, file.mime, file.size) == ("kept", "image/png", len(PNG))
    assert letters.read() == PNG and letters.desk.shelf.name(file) == "cake.png"
    assert len(letters.desk.shop.telegram.calls) == before


@pytest.mark.requirement("E13", "N01")
def test_the_key_of_it_is_in_the_log_only_under_the_customers(letters: Letters) -> None:
    letters.comes(attachments=(picture(),))
    event = letters.opened("dialog.message_received")
    assert isinstance(event, MessageReceived) and isinstance(event.attachments, tuple)
    assert stashed(event.attachments[0]) is not None
    assert KEY not in letters.raw() and "cake" not in letters.raw()
    letters.desk.erase()
    letters.desk.fetch()
    assert letters.desk.on_disk() == []


def test_the_same_letter_twice_is_one_message_with_one_file(letters: Letters) -> None:
    assert letters.comes(attachments=(picture(),)).fate == "routed"
    assert letters.comes(attachments=(picture(),)).fate == "duplicate"
    assert len(letters.desk.files()) == 1


def test_an_empty_file_is_a_file(letters: Letters) -> None:
    letters.comes(attachments=(picture(b"", "nothing.png"),))
    assert letters.read() == b"" and letters.desk.files()[0].state == "kept"


@pytest.mark.requirement("E08")
def test_a_body_above_64_kib_waits_in_the_quarantine_with_its_whole_in_a_blob(letters: Letters) -> None:
    outcome = letters.comes(text=LONG, attachments=(picture(),))
    assert (outcome.fate, outcome.reason) == ("quarantined", "too_large")
    item = letters.opened("quarantine.inbound_quarantined")
    assert isinstance(item, InboundQuarantined) and isinstance(item.body, str)
    assert len(item.body.encode()) <= LARGEST_BODY and LONG.startswith(item.body)
    assert item.blob is not None and (letters.desk.folder / "blobs" / item.blob[:2] / item.blob).exists()
    whole, cake = letters.desk.files()
    assert (whole.blob, whole.dialog, whole.channel) == (item.blob, "", "shop")
    assert letters.read(0).decode() == LONG and letters.read(1) == PNG and cake.type == "image"
    assert LONG[:40] not in letters.raw()


@pytest.mark.requirement("E08")
def test_exactly_64_kib_is_a_message(letters: Letters) -> None:
    assert letters.comes(text="x" * LARGEST_BODY).fate == "routed"
    assert letters.desk.on_disk() == []


@pytest.mark.requirement("E06", "E08")
def test_released_it_goes_on_shortened_and_its_files_with_it(letters: Letters) -> None:
    outcome = letters.comes(text=LONG, attachments=(picture(),))
    ids = [one.id for one in letters.desk.files()]
    assert outcome.message is not None
    store = letters.store
    LogFeed(store.database, consumers(["quarantine"])).pump()
    door = Quarantine(store.database, store.vault, store.log, lane=0)
    (wanted,) = door.wanted(TENANT, "shop", [outcome.message], 10)
    dialog = store.do(wanted.ask).answer["dialog"]
    letters.desk.fetch()
    received = letters.opened("dialog.message_received")
    assert LONG.startswith(received.body) and len(received.attachments) == 2
    assert [one.id for one in letters.desk.files()] == ids
    assert {one.dialog for one in letters.desk.files()} == {dialog}
    assert letters.read(0).decode() == LONG


@pytest.mark.requirement("E08")
def test_more_than_twenty_files_wait_too_and_are_kept_meanwhile(letters: Letters) -> None:
    many = tuple(picture(name=f"{number}.png") for number in range(21))
    assert letters.comes(attachments=many).reason == "too_large"
    assert [one.state for one in letters.desk.files()] == ["kept"] * 21


@pytest.mark.requirement("E08")
def test_what_is_malformed_and_large_is_kept_whole(letters: Letters) -> None:
    raw = json.dumps({"update_id": "x", "text": "y" * 100_000}).encode()
    things = [Inbound(kind="invalid", reason="no update")]
    (outcome,) = letters.intake.receive(TENANT, "shop", "telegram", things, raw)
    assert (outcome.fate, outcome.reason) == ("quarantined", "malformed")
    letters.desk.fetch()
    assert letters.read() == raw
    (again,) = letters.intake.receive(TENANT, "shop", "telegram", things, raw)
    assert again.fate == "duplicate"


def test_a_disk_that_takes_nothing_makes_the_provider_send_it_again(
    letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(ident: str) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(letters.desk.shelf.blobs, "begin", full)
    with pytest.raises(Unavailable):
        letters.comes(attachments=(picture(),))
    monkeypatch.undo()
    assert letters.comes(attachments=(picture(),)).fate == "routed"


@pytest.mark.parametrize("ref", ["attachment:{own}", "blob:{blob}"])
def test_a_customer_cannot_name_a_file_of_ours(letters: Letters, ref: str) -> None:
    """Whatever a provider calls a file: it is asked for at the provider, and is nothing that lies here."""
    letters.comes(attachments=(picture(),))
    (mine,) = letters.desk.files()
    forged = InboundAttachment(type="file", external_file_id=ref.format(own=mine.id, blob=mine.blob))
    letters.comes("2", attachments=(forged,))
    theirs = next(one for one in letters.desk.files() if one.id != mine.id)
    assert (theirs.state, theirs.blob) == ("waiting", None) and theirs.code == "file_gone"
    told = shown({"type": "file", "ref": f"attachment:{mine.id}"}, None, None)
    assert told["id"] is None


def test_what_was_sent_past_us_is_fetched_too(letters: Letters) -> None:
    """An echo of the provider's own app: its files are the provider's to give."""
    letters.comes()
    sent = letters.desk.shop.telegram.bot.file(PNG)
    echo = Inbound(
        kind="echo",
        external_message_id="e-1",
        external_chat_id="100",
        recipient="100",
        attachments=(InboundAttachment(type="image", external_file_id=sent),),
    )
    (outcome,) = letters.intake.receive(TENANT, "shop", "telegram", [echo])
    letters.desk.fetch()
    letters.desk.fetch()
    assert outcome.fate == "routed" and letters.read() == PNG


def test_without_blocking_it_is_the_same(letters: Letters) -> None:
    letter = Inbound(kind="message", external_message_id="1", external_chat_id="100", sender_id="100", text=LONG)
    (outcome,) = asyncio.run(letters.intake.receive_async(TENANT, "shop", "telegram", [letter]))
    assert outcome.reason == "too_large"
