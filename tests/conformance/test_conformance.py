"""A consumer cannot tell which feed it is on: the same events, once, in order, with the position in one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest

from adapters.feed.parking import retry
from adapters.store.database import Connection, Database
from adapters.views.apply import consumers
from adapters.views.rebuild import digest, rebuild
from domain.recorded import Recorded
from projections.base import projections
from tests.conformance.feeds import Line, Notebook, in_order, until
from tests.desk import open_shop, says
from tests.store import Store


def customers_write(store: Store, messages: int = 20, *, name: str = "customer") -> None:
    for number in range(messages):
        store.do(says(f"{name}-{number % 5}", f"message {number}"))


def everything(store: Store, kinds: frozenset[str] | None = None) -> set[tuple[str, int]]:
    return {(one.stream, one.version) for one in store.log.read(0, 100_000) if kinds is None or one.event.kind in kinds}


def test_every_event_comes_once_and_in_order(either: Line) -> None:
    with either.feeding(Notebook()) as feed:
        open_shop(either.store)
        customers_write(either.store)
        either.settle(feed)
    noted = either.noted()
    assert set(noted) == everything(either.store)
    assert in_order(noted)
    assert not either.parked()


def test_a_consumer_gets_the_kinds_that_it_hears(either: Line) -> None:
    heard = frozenset({"dialog.opened", "dialog.message_received", "customer.created"})
    with either.feeding(Notebook(hears=heard)) as feed:
        open_shop(either.store)
        customers_write(either.store)
        either.settle(feed)
    assert set(either.noted()) == everything(either.store, heard)
    assert not either.parked()


def test_a_stopped_feed_goes_on_where_it_stood(either: Line) -> None:
    with either.feeding(Notebook()) as feed:
        open_shop(either.store)
        customers_write(either.store, 5)
        either.settle(feed)
    customers_write(either.store, 5, name="visitor")
    with either.feeding(Notebook()) as feed:
        either.settle(feed)
        assert set(either.noted()) == everything(either.store)
        assert not either.parked()


def test_a_newcomer_is_given_the_whole_past(either: Line) -> None:
    open_shop(either.store)
    customers_write(either.store)
    with either.feeding(Notebook()) as feed:
        either.settle(feed)
        customers_write(either.store, 3, name="visitor")
        either.settle(feed)
    assert set(either.noted()) == everything(either.store)
    assert in_order(either.noted())


@pytest.mark.requirement("J05")
def test_views_are_byte_for_byte_what_the_log_says(either: Line) -> None:
    with either.feeding(*consumers()) as feed:
        open_shop(either.store)
        customers_write(either.store, 40)
        either.settle(feed)
    owner = Database(either.store.owner_dsn)
    assert {name: rebuild(owner, name).same for name in projections()} == dict.fromkeys(projections(), True)
    owner.close()


def test_giving_everything_again_changes_nothing(either: Line) -> None:
    """Invariant 18: positions back to the beginning, as after an operator's reset of a whole topic."""
    with either.feeding(*consumers()) as feed:
        open_shop(either.store)
        customers_write(either.store)
        either.settle(feed)
    before = digests(either.store)
    with either.store.database.connect() as connection:
        connection.execute("UPDATE parley.topic_position SET next_offset = 0")
        connection.execute("UPDATE parley.tracking SET position = 0 WHERE consumer <> 'relay'")
    with either.feeding(*consumers()) as feed:
        either.settle(feed)
    assert digests(either.store) == before
    assert not either.parked()


def digests(store: Store) -> dict[str, str]:
    with store.database.connect() as connection:
        return {name: digest(connection, one) for name, one in projections().items()}


@pytest.mark.requirement("K02")
def test_poison_parks_its_stream_alone_and_a_retry_applies_it_in_order(either: Line) -> None:
    open_shop(either.store)
    poisoned = f"dialog-{either.store.do(says('ivan')).answer['dialog']}"
    sick = Notebook(meddle=refuse(poisoned, version=2))
    with either.feeding(sick) as feed:
        customers_write(either.store)
        either.store.do(says("ivan", "Is anybody there?"))
        either.settle(feed)
        parked = either.parked()
        assert {stream for stream, _ in parked} == {poisoned}
        assert set(parked) == {one for one in everything(either.store) if one[0] == poisoned and one[1] >= 2}
        assert set(either.noted()) == everything(either.store) - set(parked)
        with either.store.database.connect() as connection:
            assert retry(Notebook(), connection, "acme", poisoned) == len(parked)
        either.store.do(says("ivan", "Thank you!"))
        either.settle(feed)
    assert set(either.noted()) == everything(either.store)
    assert in_order(either.noted())


def refuse(stream: str, version: int):  # type: ignore[no-untyped-def]
    def meddle(connection: Connection, events: Sequence[Recorded]) -> None:
        if any((one.stream, one.version) == (stream, version) for one in events):
            raise ValueError("this one I cannot handle")

    return meddle


class Death:
    """Kills the consumer's database session once, between the effect and the position."""

    def __init__(self) -> None:
        self.calls = 0
        self.effects_before: list[int] = []

    def __call__(self, connection: Connection, events: Sequence[Recorded]) -> None:
        self.calls += 1
        if self.calls == 1:
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_effect_and_position_are_one(either: Line) -> None:
    death = Death()
    with either.feeding(Notebook(meddle=death)) as feed:
        open_shop(either.store)
        assert until(lambda: death.calls >= 1)
        customers_write(either.store, 5)
        either.settle(feed)
    assert death.calls > 1
    assert set(either.noted()) == everything(either.store)
    assert not either.parked(), "a dead database session is no poison"


class Stumble:
    """Fails for reasons of the database until told that it is well."""

    def __init__(self) -> None:
        self.well = False
        self.calls = 0

    def __call__(self, connection: Connection, events: Sequence[Recorded]) -> None:
        self.calls += 1
        if not self.well:
            raise psycopg.OperationalError("the disk is full")


def test_while_the_database_fails_nothing_moves_and_nothing_is_parked(either: Line) -> None:
    stumble = Stumble()
    with either.feeding(Notebook(meddle=stumble)) as feed:
        open_shop(either.store)
        assert until(lambda: stumble.calls >= 2)
        assert either.noted() == []
        assert not either.parked()
        assert not feed.wait(either.store.log.head(), timeout=0.1)
        stumble.well = True
        either.settle(feed)
    assert set(either.noted()) == everything(either.store)


def test_two_processes_with_one_consumer_take_turns(either: Line) -> None:
    with either.feeding(Notebook()) as one, either.feeding(Notebook()) as other:
        open_shop(either.store)
        for round_ in range(4):
            customers_write(either.store, 10, name=f"round-{round_}")
        either.settle(one)
        either.settle(other)
    assert set(either.noted()) == everything(either.store)
    assert in_order(either.noted())
    assert not either.parked()


def test_a_kind_of_a_newer_release_is_passed_by(either: Line) -> None:
    open_shop(either.store)
    dialog = f"dialog-{either.store.do(says('ivan')).answer['dialog']}"
    with psycopg.connect(either.store.owner_dsn) as owner:
        owner.execute(
            "INSERT INTO parley.event (lane, position, tenant, stream, version, kind, schema, event_id, recorded_at,"
            " meta, data) SELECT 0, position + 1, tenant, 'dialog-new', 1, 'dialog.teleported', 1, gen_random_uuid(),"
            " recorded_at, meta, '{}' FROM parley.event ORDER BY position DESC LIMIT 1"
        )
    with either.feeding(Notebook()) as feed:
        either.settle(feed)
        either.store.do(says("ivan", "And now?"))
        either.settle(feed)
    assert ("dialog-new", 1) not in either.noted()
    assert {one for one in either.noted() if one[0] == dialog} == {
        one for one in everything(either.store) if one[0] == dialog
    }
    assert not either.parked()
