"""The relay on a real broker: the topics are the log, whatever happens to relays; intake never waits for them."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

import psycopg
import pytest

from adapters.kafka.cursor import move_cursor
from adapters.kafka.pages import PageSender
from adapters.kafka.records import Record
from adapters.kafka.relay import Relay
from adapters.store.database import Connection
from domain.desk import channels
from domain.errors import Rejected
from tests.adapters.kafka.wire import SECONDS, Wire, value
from tests.conformance.feeds import until
from tests.desk import says
from tests.store import Store

pytestmark = pytest.mark.kafka
NOBODY = "127.0.0.1:1"


def test_the_topics_are_the_log(wire: Wire) -> None:
    wire.publish_all()
    report = wire.verify()
    assert report.ok, report
    assert report.events == report.records >= 60
    assert report.repeated == 0


def test_what_is_written_while_it_runs_follows_at_once(wire: Wire) -> None:
    with wire.relaying() as relay:
        assert until(lambda: relay.leading)
        assert relay.wait(wire.store.log.head(), SECONDS)
        wire.store.executor.on_commit.append(relay.wake)
        began = monotonic()
        position = wire.store.do(says("ivan")).position
        assert position is not None
        assert relay.wait(position, 5)
        assert monotonic() - began < 2
        assert relay.lag() == 0
    assert wire.verify().ok


class Killed(OSError):
    """The process ends here."""


class Mortal(Relay):
    """Dies between the acknowledgement and the cursor, so many times."""

    deaths = 20

    def save(self, connection: Connection, position: int) -> None:
        if self.deaths:
            self.deaths -= 1
            raise Killed("between the topics and the cursor")
        super().save(connection, position)


def test_a_relay_killed_before_its_cursor_is_saved_leaves_no_gap(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """Invariant 16, twenty times."""
    monkeypatch.setattr("adapters.kafka.relay.LONGEST_PAUSE", 0.02)
    monkeypatch.setattr("adapters.kafka.relay.FIRST_PAUSE", 0.01)
    relay = wire.relay(Mortal, page=40)
    with wire.relaying(relay):
        assert relay.wait(wire.store.log.head(), 60)
    assert relay.deaths == 0  # type: ignore[attr-defined]
    report = wire.verify()
    assert report.ok, report
    assert report.repeated >= 20


class CursorFirst(Mortal):
    """The planted defect: it saves the cursor, then dies before it has sent."""

    deaths = 1

    async def carry(self, connection: Connection, sender: PageSender, records: Sequence[Record], last: int) -> None:
        Relay.save(self, connection, last)
        if self.deaths:
            self.deaths -= 1
            raise Killed("between the cursor and the topics")
        await sender.send(records)


def test_a_cursor_saved_before_the_page_is_sent_is_found_out(wire: Wire) -> None:
    with wire.relaying(wire.relay(CursorFirst, page=40)) as relay:
        assert relay.wait(wire.store.log.head(), SECONDS)
        assert until(lambda: relay.leading)
    wire.publish_all()
    report = wire.verify()
    assert set(report.counts) == {"lost"}
    assert 0 < report.counts["lost"] <= 40


def test_one_leads_and_another_stands_by(wire: Wire) -> None:
    with wire.relaying() as first:
        assert until(lambda: first.leading)
        with wire.relaying() as second:
            assert first.wait(wire.store.log.head(), SECONDS)
            assert not second.leading
            first.stop()
            assert until(lambda: second.leading)
            wire.store.do(says("ivan"))
            assert second.wait(wire.store.log.head(), SECONDS)
    report = wire.verify()
    assert report.ok, report
    assert report.repeated == 0


def test_who_loses_the_session_of_its_lock_goes_on_from_the_cursor(wire: Wire) -> None:
    with wire.relaying() as relay:
        assert until(lambda: relay.leading)
        with psycopg.connect(wire.store.owner_dsn, autocommit=True) as owner:
            owner.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7035"
            )
        wire.store.do(says("ivan"))
        assert relay.wait(wire.store.log.head(), SECONDS)
    assert wire.verify().ok


def test_without_kafka_the_intake_goes_on(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    relay = Relay(shop.database, NOBODY)
    shop.executor.on_commit.append(relay.wake)
    relay.start()
    assert until(lambda: relay.trouble is not None)
    assert shop.do(says("ivan")).position == shop.log.head()
    assert relay.lag() == shop.log.head()
    assert not relay.leading
    began = monotonic()
    relay.stop()
    assert monotonic() - began < 5


def test_a_topic_that_lacks_is_named(shop: Store, kafka_address: str) -> None:
    relay = Relay(shop.database, kafka_address, prefix="nobody.made.this.")
    relay.start()
    assert until(lambda: relay.trouble is not None)
    relay.stop()
    assert isinstance(relay.trouble, Rejected)
    assert relay.trouble.code == "kafka_topic_missing"
    assert "nobody.made.this." in relay.trouble.sentence


@pytest.mark.parametrize(
    ("restored", "says_what"),
    [
        (
            "DELETE FROM parley.event WHERE position > (SELECT max(position) - 20 FROM parley.event)",
            "the store ends at",
        ),
        ("UPDATE parley.store SET epoch = 'another'", "another history"),
    ],
)
def test_a_store_restored_behind_its_topics_is_refused(wire: Wire, restored: str, says_what: str) -> None:
    wire.publish_all()
    before = wire.verify().records
    with psycopg.connect(wire.store.owner_dsn) as owner:
        owner.execute(restored)
    with wire.relaying() as relay:
        assert until(lambda: relay.trouble is not None)
        assert isinstance(relay.trouble, Rejected)
        assert relay.trouble.code == "kafka_ahead_of_store"
        assert says_what in relay.trouble.sentence
        assert not relay.leading
    assert wire.verify().records == before


def test_everything_is_published_once_more_when_the_cursor_is_set_back(wire: Wire) -> None:
    wire.publish_all()
    with wire.store.database.connect() as connection:
        move_cursor(connection, 0, 0)
    wire.publish_all()
    report = wire.verify()
    assert report.ok, report
    assert report.repeated == report.events


def test_the_latest_settings_of_a_channel_are_one_whole_record(wire: Wire) -> None:
    wire.publish_all()
    with wire.relaying() as relay:
        wire.store.do(channels.SaveChannel(channel="shop", changes={"auto_close": {"value": 2, "unit": "hours"}}))
        assert relay.wait(wire.store.log.head(), SECONDS)
    records = wire.records("channels.settings.v1")
    assert {record.key for record in records} == {b"acme:channel-shop"}
    assert value(records[0])["settings"]["auto_close"] == {"value": 1, "unit": "hours"}
    last = value(records[-1])
    assert last["settings"]["auto_close"] == {"value": 2, "unit": "hours"}
    assert last["settings"]["receiver"] == {"kind": "group", "id": "sales"}
    assert (last["channel"], last["kind"], last["state"]) == ("shop", "telegram", "connected")
    told = dict(records[-1].headers)
    assert told["ce_type"] == b"channel.settings.v1"
    assert told["ce_subject"] == b"channel-shop"
    assert last["settings_version"] == 2
