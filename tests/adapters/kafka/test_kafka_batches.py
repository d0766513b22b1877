"""Batches of records: whatever a topic repeats, lacks or mangles, each event is applied once and in order."""

from __future__ import annotations

from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from adapters.feed.parking import retry
from adapters.kafka import batches
from adapters.kafka.records import Bad, Frame
from domain.errors import Conflict
from tests.adapters.kafka.topic import PLACE, deliver, frames, next_offset, stand_at
from tests.conformance.feeds import Notebook, Seen, in_order
from tests.store import Store

numbers = count(1)


def noted(store: Store, consumer: Notebook) -> list[Seen]:
    return store.rows("SELECT stream, version FROM view.notebook WHERE consumer = %s ORDER BY line", consumer.name)


def parked(store: Store) -> list[tuple[str, int]]:
    return store.rows("SELECT stream, version FROM parley.parked ORDER BY stream, version")


def versions(topic: list[Frame | Bad]) -> set[Seen]:
    return {(frame.row.stream, frame.row.version) for frame in topic if isinstance(frame, Frame)}


def last_of_each(topic: list[Frame | Bad]) -> set[int]:
    """Places of the last event of each stream: only what lies before it can be missed and found."""
    return set({frame.row.stream: n for n, frame in enumerate(topic) if isinstance(frame, Frame)}.values())


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=some.data())
def test_repeats_and_holes_of_a_topic_change_nothing(shop: Store, data: some.DataObject) -> None:
    whole = frames(shop)
    spare = last_of_each(whole)
    kept = [frame for n, frame in enumerate(whole) if n in spare or data.draw(some.integers(0, 3))]
    topic: list[Frame | Bad] = []
    for begin in range(0, len(kept), 7):  # a relay that was killed sends a page again
        topic += kept[begin : begin + 7] * data.draw(some.integers(1, 2))
    consumer = Notebook(f"notebook-{next(numbers)}")
    stand_at(shop, consumer)
    at = 0
    while at < len(topic):  # after a rebalance a batch begins before the position
        begin, end = max(0, at - data.draw(some.integers(0, 5))), at + data.draw(some.integers(1, 40))
        assert not deliver(shop, consumer, topic, begin, end).lost
        at = min(end, len(topic))
    assert next_offset(shop, consumer) == len(topic)
    assert set(noted(shop, consumer)) == versions(whole)
    assert in_order(noted(shop, consumer))
    assert not parked(shop)


def test_a_batch_tells_what_became_of_its_records(shop: Store) -> None:
    consumer, topic = Notebook(), frames(shop)
    stand_at(shop, consumer)
    told = deliver(shop, consumer, topic[:10] + topic[:10] + topic[12:])
    assert (told.applied, told.repeated, told.filled) == (len(topic), 10, 2)
    assert next_offset(shop, consumer) == len(topic) + 8


def test_without_the_check_of_versions_a_repeat_is_applied_twice(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A planted defect: the notebook must notice, or the tests above prove nothing."""
    monkeypatch.setattr(batches, "last_versions", lambda connection, consumer, streams: {})
    consumer, topic = Notebook(), frames(shop)[:20]
    stand_at(shop, consumer)
    deliver(shop, consumer, topic)
    assert not parked(shop)
    deliver(shop, consumer, [*topic, *topic], 20)
    assert parked(shop), "the primary key of the notebook refuses what it holds already"


def test_offsets_that_do_not_follow_are_not_applied(shop: Store) -> None:
    consumer, topic = Notebook(), frames(shop)
    stand_at(shop, consumer, 5)
    assert deliver(shop, consumer, topic, 9).lost == [PLACE]
    assert next_offset(shop, consumer) == 5
    assert noted(shop, consumer) == []
    assert not deliver(shop, consumer, topic, 5).lost


def test_a_consumer_without_a_place_is_given_nothing(shop: Store) -> None:
    consumer, topic = Notebook(), frames(shop)
    assert deliver(shop, consumer, topic).lost == [PLACE]
    assert noted(shop, consumer) == []


def test_a_frame_without_sense_is_set_aside_and_holds_up_nobody(shop: Store) -> None:
    consumer, topic = Notebook(), frames(shop)
    at = min(last_of_each(topic))
    hit = topic[at]
    assert isinstance(hit, Frame)
    topic[at] = Bad("ValueError: noise", hit.row.tenant, hit.row.stream)
    topic.insert(3, Bad("the record has no value"))
    stand_at(shop, consumer)
    assert deliver(shop, consumer, topic).bad == 2
    assert parked(shop) == [("raw:dialogs.v1-0", 3), ("raw:dialogs.v1-0", at + 1)]
    assert set(noted(shop, consumer)) == versions(frames(shop)), "the key was a hint where to look in the log"
    with shop.database.pool.connection() as connection:
        assert retry(consumer, connection, "", "raw:dialogs.v1-0") == 2
    assert not parked(shop)


def test_what_does_not_decode_parks_its_stream_and_the_log_has_the_last_word(shop: Store) -> None:
    consumer, topic = Notebook(), frames(shop)
    sick = topic[0]
    assert isinstance(sick, Frame)
    topic[0] = sick._replace(row=sick.row._replace(data=b'{"kind": "noise"}'))
    stand_at(shop, consumer)
    deliver(shop, consumer, topic)
    assert {stream for stream, _ in parked(shop)} == {sick.row.stream}
    assert set(noted(shop, consumer)) == {one for one in versions(topic) if one[0] != sick.row.stream}
    with shop.database.pool.connection() as connection:
        retry(consumer, connection, "acme", sick.row.stream)
    assert set(noted(shop, consumer)) == versions(topic)
    assert in_order(noted(shop, consumer))


def test_events_of_another_history_or_lane_are_left_alone(shop: Store) -> None:
    consumer, topic = Notebook(), frames(shop)
    stand_at(shop, consumer)
    others = [frame._replace(epoch="another") for frame in topic[:4] if isinstance(frame, Frame)]
    lanes = [frame._replace(lane=1) for frame in topic[:4] if isinstance(frame, Frame)]
    told = deliver(shop, consumer, [*others, *lanes])
    assert (told.foreign, told.applied) == (4, 0)
    assert next_offset(shop, consumer) == 8
    assert noted(shop, consumer) == []


def test_a_version_that_the_log_does_not_know_is_refused(shop: Store) -> None:
    consumer, topic = Notebook(), frames(shop)
    last = topic[max(last_of_each(topic))]
    assert isinstance(last, Frame)
    ahead = last._replace(row=last.row._replace(version=last.row.version + 2, position=last.row.position + 1))
    stand_at(shop, consumer)
    with pytest.raises(Conflict) as refused:
        deliver(shop, consumer, [*topic, ahead])
    assert refused.value.code == "kafka_ahead_of_store"
    assert next_offset(shop, consumer) == 0
