"""Taking a place in a topic that holds too little: the log has the rest, and the topic goes on from there."""

from __future__ import annotations

import pytest

from adapters.kafka.catch_up import take_places
from adapters.kafka.pages import partition_of
from adapters.kafka.positions import Place, lift, register
from adapters.kafka.topics import Span
from tests.adapters.kafka.topic import PLACE, next_offset, stand_at
from tests.conformance.feeds import Notebook, Seen, in_order
from tests.store import Store


def take(
    store: Store, consumer: Notebook, spans: dict[Place, Span], partitions: int = 1, **more: object
) -> dict[Place, int]:
    with store.database.pool.connection() as connection:
        register(connection, consumer.name, 0, unpublished=False)
        return take_places(connection, consumer, spans, {"dialogs.v1": partitions}, **more)  # type: ignore[arg-type]


def noted(store: Store) -> list[Seen]:
    return store.rows("SELECT stream, version FROM view.notebook ORDER BY line")


def dialogs(store: Store, after: int = 0) -> set[Seen]:
    rows = store.log.rows(after, 10_000)
    return {(row.stream, row.version) for row in rows if row.stream.startswith("dialog-")}


def test_a_newcomer_reads_the_past_and_goes_on_at_the_end(shop: Store) -> None:
    assert take(shop, Notebook(), {PLACE: Span(40, 90)}) == {PLACE: 90}
    assert set(noted(shop)) == dialogs(shop)
    assert in_order(noted(shop))


def test_a_place_that_is_known_is_taken_without_reading(shop: Store) -> None:
    stand_at(shop, Notebook(), 50)
    assert take(shop, Notebook(), {PLACE: Span(40, 90)}) == {PLACE: 50}
    assert noted(shop) == []


@pytest.mark.parametrize("stored", [10, 95])
def test_records_that_expired_or_were_lost_are_read_from_the_log(shop: Store, stored: int) -> None:
    stand_at(shop, Notebook(), stored)
    assert take(shop, Notebook(), {PLACE: Span(40, 90)}) == {PLACE: 90}
    assert set(noted(shop)) == dialogs(shop)


def test_a_topic_that_was_made_again_is_a_new_place(shop: Store) -> None:
    stand_at(shop, Notebook(), 50)
    again = PLACE._replace(incarnation="second")
    assert take(shop, Notebook(), {again: Span(0, 3)}) == {again: 3}
    assert set(noted(shop)) == dialogs(shop)


def test_each_partition_has_its_own_streams(shop: Store) -> None:
    zero, one = (PLACE._replace(partition=number) for number in (0, 1))
    take(shop, Notebook(), {zero: Span(0, 0)}, partitions=2)
    first = set(noted(shop))
    take(shop, Notebook(), {one: Span(0, 0)}, partitions=2)
    assert set(noted(shop)) == dialogs(shop)
    assert {partition_of(f"acme:{stream}".encode(), 2) for stream, _ in first} == {0}
    assert first != dialogs(shop)


def test_what_was_applied_on_the_other_feed_is_not_applied_again(shop: Store) -> None:
    half = shop.log.head() // 2
    with shop.database.pool.connection() as connection:
        register(connection, "notebook", 0, unpublished=False)
        lift(connection, "notebook", 0, half)
    take(shop, Notebook(), {PLACE: Span(0, 0)})
    assert set(noted(shop)) == dialogs(shop, after=half)


def test_a_consumer_whose_tracking_was_removed_begins_anew(shop: Store) -> None:
    take(shop, Notebook(), {PLACE: Span(0, 9)})
    with shop.database.pool.connection() as connection:
        connection.execute("DELETE FROM parley.tracking WHERE consumer = 'notebook'")
        connection.execute("DELETE FROM view.notebook")
    assert take(shop, Notebook(), {PLACE: Span(0, 9)}) == {PLACE: 9}
    assert set(noted(shop)) == dialogs(shop)


def test_a_stop_leaves_the_place_open_and_the_next_one_goes_on(shop: Store) -> None:
    assert take(shop, Notebook(), {PLACE: Span(0, 9)}, stopping=lambda: True) == {}
    assert next_offset(shop, Notebook()) == -1
    assert take(shop, Notebook(), {PLACE: Span(0, 9)}) == {PLACE: 9}
    assert set(noted(shop)) == dialogs(shop)
