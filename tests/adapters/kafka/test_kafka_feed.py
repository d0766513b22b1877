"""The feed on a real broker: what its topics repeat, lack, lose or mix in changes nothing for the consumers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic

import pytest
from kafka import KafkaAdminClient

from adapters.feed.log_feed import LogFeed
from adapters.kafka.consumer import KafkaFeed
from adapters.kafka.pages import PageSender
from adapters.kafka.records import Record
from adapters.kafka.relay import Relay
from adapters.store.database import Connection
from infra.kafka import ensure_topics
from tests.adapters.kafka.test_kafka_relay import NOBODY, Mortal
from tests.adapters.kafka.wire import SECONDS, Wire
from tests.conformance.feeds import Notebook, Seen, in_order, until
from tests.desk import says
from tests.store import Store

pytestmark = pytest.mark.kafka


@contextmanager
def feeding(wire: Wire, consumer: Notebook | None = None) -> Iterator[KafkaFeed]:
    feed = KafkaFeed(wire.store.database, wire.address, [consumer or Notebook()], prefix=wire.prefix, group=wire.prefix)
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()


def placed(wire: Wire) -> bool:
    """Are all partitions of the nine event topics taken, and is their past read?"""
    count = "SELECT count(*) FROM parley.topic_position WHERE next_offset >= 0"
    return wire.store.rows(count) == [(27,)]


def noted(wire: Wire) -> list[Seen]:
    return wire.store.rows("SELECT stream, version FROM view.notebook ORDER BY line")


def everything(wire: Wire) -> set[Seen]:
    return {(row.stream, row.version) for row in wire.store.log.rows(0, 100_000)}


def assert_all_once(wire: Wire) -> None:
    assert set(noted(wire)) == everything(wire)
    assert in_order(noted(wire))
    assert wire.store.rows("SELECT * FROM parley.parked") == []


def write_more(wire: Wire, name: str, messages: int = 20) -> None:
    for number in range(messages):
        wire.store.do(says(f"{name}-{number % 4}", f"message {number}"))


def test_events_come_by_the_topics_and_soon(wire: Wire) -> None:
    with feeding(wire) as feed, wire.relaying() as relay:
        assert until(lambda: placed(wire))
        assert feed.wait(wire.store.log.head(), timeout=SECONDS)
        wire.store.executor.on_commit += [relay.wake, feed.wake]
        before = feed.tallies()["notebook"].applied
        began = monotonic()
        position = wire.store.do(says("ivan")).position
        assert position is not None
        assert feed.wait(position, timeout=5)
        assert monotonic() - began < 2
        assert feed.tallies()["notebook"].applied > before
        assert feed.tallies()["notebook"].filled == 0
    assert_all_once(wire)


def test_pages_that_a_dying_relay_repeats_are_applied_once(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.kafka.relay.LONGEST_PAUSE", 0.02)
    with feeding(wire) as feed:
        assert until(lambda: placed(wire))
        write_more(wire, "visitor", 40)
        with wire.relaying(wire.relay(Mortal, page=30)) as relay:
            assert relay.wait(wire.store.log.head(), 60)
            assert feed.wait(wire.store.log.head(), timeout=SECONDS)
        assert feed.tallies()["notebook"].repeated > 0
    assert_all_once(wire)


class Forgetful(Relay):
    """Leaves out every third record: what a topic lacks."""

    async def carry(self, connection: Connection, sender: PageSender, records: Sequence[Record], last: int) -> None:
        await super().carry(connection, sender, [one for n, one in enumerate(records) if n % 3], last)


def test_what_a_topic_lacks_is_read_from_the_log(wire: Wire) -> None:
    with feeding(wire) as feed:
        assert until(lambda: placed(wire))
        with wire.relaying(wire.relay(Forgetful)) as relay:
            write_more(wire, "visitor")
            assert relay.wait(wire.store.log.head(), SECONDS)
        with wire.relaying() as relay:  # the last event of each stream shows what lay before it
            write_more(wire, "visitor", 4)
            write_more(wire, "customer", 6)
            assert relay.wait(wire.store.log.head(), SECONDS)
            assert feed.wait(wire.store.log.head(), timeout=SECONDS)
        assert feed.tallies()["notebook"].filled > 0
    assert not wire.verify().ok
    dialogs = {one for one in everything(wire) if one[0].startswith("dialog-")}
    assert dialogs <= set(noted(wire))
    assert in_order(noted(wire))


def delete_topics(wire: Wire) -> None:
    with KafkaAdminClient(bootstrap_servers=wire.address) as admin:
        mine = [topic for topic in admin.list_topics() if topic.startswith(wire.prefix)]
        admin.delete_topics(mine)
        assert until(lambda: not any(topic.startswith(wire.prefix) for topic in admin.list_topics()))


def test_topics_deleted_and_made_again_lose_nothing(wire: Wire) -> None:
    with feeding(wire) as feed, wire.relaying() as relay:
        assert until(lambda: placed(wire))
        assert relay.wait(wire.store.log.head(), SECONDS)
        assert feed.wait(wire.store.log.head(), timeout=SECONDS)
    write_more(wire, "visitor")
    wire.publish_all()
    delete_topics(wire)  # with records that the feed has never seen
    ensure_topics(wire.address, partitions=3, prefix=wire.prefix)
    with feeding(wire) as feed, wire.relaying() as relay:
        write_more(wire, "late")
        assert relay.wait(wire.store.log.head(), SECONDS)
        assert feed.wait(wire.store.log.head(), timeout=SECONDS)
    assert_all_once(wire)


def test_the_same_under_a_running_feed(wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.kafka.consumer.TEND_SECONDS", 0.1)
    monkeypatch.setattr("adapters.kafka.subscriber.METADATA_MS", 500)
    with feeding(wire) as feed:
        assert until(lambda: placed(wire))
        wire.publish_all()
        assert feed.wait(wire.store.log.head(), timeout=SECONDS)
        delete_topics(wire)
        ensure_topics(wire.address, partitions=3, prefix=wire.prefix)
        write_more(wire, "late")
        wire.publish_all()
        assert feed.wait(wire.store.log.head(), timeout=SECONDS)
    assert_all_once(wire)


def test_what_others_put_into_a_topic_is_set_aside(wire: Wire) -> None:
    noise = [(b"acme:dialog-7", b"{}", []), (None, b"\xff", [("ce_type", b"\xff")]), (b"x", None, [("a", b"b")])]
    with feeding(wire) as feed, wire.relaying() as relay:
        assert until(lambda: placed(wire))
        wire.put("dialogs.v1", noise)
        write_more(wire, "visitor")
        assert relay.wait(wire.store.log.head(), SECONDS)
        assert feed.wait(wire.store.log.head(), timeout=SECONDS)
        assert feed.tallies()["notebook"].bad == 3
    assert set(noted(wire)) == everything(wire)
    parked = wire.store.rows("SELECT stream FROM parley.parked")
    assert len(parked) == 3
    assert all(stream.startswith(f"raw:{wire.prefix}dialogs.v1-") for (stream,) in parked)
    assert wire.verify().counts == {"unreadable": 3}


def test_a_store_may_change_its_feed_and_change_back(wire: Wire) -> None:
    wire.publish_all()
    LogFeed(wire.store.database, [Notebook()]).pump()
    write_more(wire, "visitor")
    with feeding(wire) as feed, wire.relaying() as relay:
        assert until(lambda: placed(wire))
        write_more(wire, "late")
        assert relay.wait(wire.store.log.head(), SECONDS)
        assert feed.wait(wire.store.log.head(), timeout=SECONDS)
    write_more(wire, "last")
    LogFeed(wire.store.database, [Notebook()]).pump()
    assert_all_once(wire)


def test_without_kafka_the_feed_waits_and_can_be_stopped(shop: Store) -> None:
    feed = KafkaFeed(shop.database, NOBODY, [Notebook()])
    feed.start()
    assert not feed.wait(shop.log.head(), timeout=0.3)
    began = monotonic()
    feed.stop()
    assert monotonic() - began < 5
