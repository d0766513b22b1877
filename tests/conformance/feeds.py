"""Both feeds under one roof, and a consumer that writes down what it is given, in the transaction of the position."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic

import psycopg

from adapters.feed import Consumer
from adapters.feed.log_feed import LogFeed
from adapters.kafka.consumer import KafkaFeed
from adapters.kafka.relay import Relay
from adapters.store.database import Connection
from domain.recorded import Recorded
from infra.kafka import ensure_topics
from tests.broker import broker_address, topic_prefix
from tests.store import Store

Feed = LogFeed | KafkaFeed
Seen = tuple[str, int]
"""Stream and version."""
PARTITIONS = 3
SECONDS = 20.0


class Notebook:
    """A `Consumer`. A repeated event would break the primary key, so a feed that repeats is caught parking it."""

    def __init__(
        self,
        name: str = "notebook",
        hears: frozenset[str] | None = None,
        meddle: Callable[[Connection, Sequence[Recorded]], None] = lambda connection, events: None,
    ) -> None:
        self.name = name
        self.hears = hears
        self._meddle = meddle

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        for one in events:
            connection.execute(
                "INSERT INTO view.notebook (consumer, stream, version) VALUES (%s, %s, %s)",
                (self.name, one.stream, one.version),
            )
        self._meddle(connection, events)


def open_notebook(store: Store) -> None:
    with psycopg.connect(store.owner_dsn, autocommit=True) as owner:
        owner.execute(
            "CREATE TABLE view.notebook (consumer text, stream text, version bigint, line bigserial,"
            " PRIMARY KEY (consumer, stream, version))"
        )
        owner.execute("GRANT USAGE ON SEQUENCE view.notebook_line_seq TO parley_app")


@dataclass
class Line:
    """One kind of feed on one store; every feed of it reads the same log, by the same topics."""

    kind: str
    store: Store
    prefix: str = field(default_factory=topic_prefix)
    address: str = ""

    @contextmanager
    def feeding(self, *consumers: Consumer) -> Iterator[Feed]:
        """The feed in threads until the block ends, as a process would run it."""
        feed = self._make(consumers)
        self.store.executor.on_commit.append(feed.wake)
        feed.start()
        try:
            yield feed
        finally:
            self.store.executor.on_commit.remove(feed.wake)
            feed.stop()

    def _make(self, consumers: Sequence[Consumer]) -> Feed:
        if self.kind == "log":
            return LogFeed(self.store.database, consumers)
        return KafkaFeed(self.store.database, self.address, consumers, prefix=self.prefix, group=self.prefix)

    def settle(self, feed: Feed) -> None:
        """Everything that the log holds now has been applied."""
        assert feed.wait(self.store.log.head(), timeout=SECONDS), f"the {self.kind} feed did not come to the end"

    def noted(self, consumer: str = "notebook") -> list[Seen]:
        """In the order in which it was written down."""
        return self.store.rows("SELECT stream, version FROM view.notebook WHERE consumer = %s ORDER BY line", consumer)

    def parked(self) -> list[Seen]:
        return self.store.rows("SELECT stream, version FROM parley.parked ORDER BY stream, version")


@contextmanager
def line(kind: str, store: Store) -> Iterator[Line]:
    open_notebook(store)
    if kind == "log":
        yield Line(kind, store)
        return
    made = Line(kind, store, address=broker_address())
    ensure_topics(made.address, partitions=PARTITIONS, prefix=made.prefix)
    relay = Relay(store.database, made.address, prefix=made.prefix)
    store.executor.on_commit.append(relay.wake)
    relay.start()
    try:
        yield made
    finally:
        store.executor.on_commit.remove(relay.wake)
        relay.stop()


def in_order(noted: Sequence[Seen]) -> bool:
    """Within each stream versions only grow."""
    last: dict[str, int] = {}
    for stream, version in noted:
        if version <= last.get(stream, 0):
            return False
        last[stream] = version
    return True


def until(true: Callable[[], bool], seconds: float = SECONDS) -> bool:
    end = monotonic() + seconds
    while not true():
        if monotonic() > end:
            return False
    return True
