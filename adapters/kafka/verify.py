"""Are the topics what the log says? All records are read and compared with the events, stream by stream.

The copy may hold an event twice (a relay that was killed repeats a page); after dropping repeats by id each stream must
have the same events with the same bytes in the same order, and nothing else. What has expired from a topic is not
missed; the relay's cursor says how far the copy must reach.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.kafka.cursor import cursor_of, epoch_of
from adapters.kafka.pages import partition_of
from adapters.kafka.reading import Reading
from adapters.kafka.records import Frame, Writer, read, topic_of
from adapters.kafka.topics import EVENT_TOPICS, survey
from adapters.store.database import Connection, Database
from adapters.store.log import Row, fetch

PAGE = 5_000
SHOWN = 20
Event = tuple[str, str, int]
"""Tenant, stream, version."""


@dataclass
class Report:
    """`lost`: in the log, not in the topics. `foreign`: in the topics, not in the log. `reordered`: first seen after a
    later version of its stream, or in a partition that is not its key's. Each list holds at most the first 20."""

    events: int = 0
    records: int = 0
    repeated: int = 0
    expired: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    lost: list[Event] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    reordered: list[Event] = field(default_factory=list)
    differing: list[Event] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.counts

    def add(self, what: str, which: Any) -> None:
        self.counts[what] += 1
        found: list[Any] = getattr(self, what)
        if len(found) < SHOWN:
            found.append(which)


def verify(database: Database, bootstrap: str, *, prefix: str = "", lane: int = 0) -> Report:
    """Reads everything; memory grows with the number of events (about 100 bytes each)."""
    copy = _Copy(lane, prefix)
    with database.connect() as connection:
        upto, epoch = (
            cursor_of(connection, lane),
            epoch_of(connection),
        )  # before the topics are read: all below is there
        asyncio.run(_read_all(copy, bootstrap, [prefix + topic for topic in EVENT_TOPICS]))
        _compare(connection, copy, Writer(lane, epoch), upto, lane)
    return copy.report


class _Copy:
    """What the topics hold. `seen`: event → digest of its record."""

    def __init__(self, lane: int, prefix: str) -> None:
        self.report = Report()
        self.seen: dict[Event, bytes] = {}
        self.begins: dict[tuple[str, int], int] = {}
        self.partitions: Counter[str] = Counter()
        self._lane = lane
        self._prefix = prefix
        self._last: dict[tuple[str, str], int] = {}

    def take(self, record: Any) -> None:
        self.report.records += 1
        frame = read(record.key, record.value, record.headers)
        where = f"{record.topic}-{record.partition}@{record.offset}"
        if not isinstance(frame, Frame):
            self.report.add("unreadable", f"{where}: {frame.why}")
        elif frame.lane == self._lane:
            self._take(frame, record)

    def _take(self, frame: Frame, record: Any) -> None:
        row, place = frame.row, (record.topic, record.partition)
        event, stream = (row.tenant, row.stream, row.version), (row.tenant, row.stream)
        self.begins[place] = min(row.position, self.begins.get(place, row.position))
        mark = digest(record.key, record.value, record.headers)
        if event in self.seen:
            self.report.repeated += 1
            if self.seen[event] != mark:
                self.report.add("differing", event)
            return
        self.seen[event] = mark
        if row.version < self._last.get(stream, 0) or self.place(row) != place:
            self.report.add("reordered", event)
        self._last[stream] = max(row.version, self._last.get(stream, 0))

    def place(self, row: Row) -> tuple[str, int]:
        topic = self._prefix + (topic_of(row.stream) or "")
        count = self.partitions[topic]
        return topic, partition_of(f"{row.tenant}:{row.stream}".encode(), count) if count else 0


async def _read_all(copy: _Copy, bootstrap: str, topics: Sequence[str]) -> None:
    async with Reading(bootstrap, survey(bootstrap, topics)) as reading:
        copy.partitions.update(topic for topic, _ in reading.spans)
        async for record in reading.records():
            copy.take(record)
        trimmed = {place for place, span in reading.spans.items() if span.begin > 0}
    copy.begins = {place: copy.begins.get(place, 2**63) if place in trimmed else 0 for place in reading.spans}


def _compare(connection: Connection, copy: _Copy, writer: Writer, upto: int, lane: int) -> None:
    report, after = copy.report, 0
    while rows := fetch(connection, after, PAGE, lane=lane):
        for row in rows:
            record = writer.record(row)
            if record is None:
                continue
            event = (row.tenant, row.stream, row.version)
            mark = copy.seen.pop(event, None)
            report.events += row.position <= upto
            if mark is not None and mark != digest(record.key, record.value, record.headers):
                report.add("differing", event)
            elif mark is None and row.position <= upto:
                _missing(copy, row, event)
        after = rows[-1].position
    for event in copy.seen:
        report.add("foreign", "{}:{} version {}".format(*event))


def _missing(copy: _Copy, row: Row, event: Event) -> None:
    if row.position < copy.begins.get(copy.place(row), 0):
        copy.report.expired += 1
    else:
        copy.report.add("lost", event)


def digest(key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]) -> bytes:
    """Of everything that a subscriber sees, headers in any order."""
    total = hashlib.blake2b(digest_size=16)
    for part in (key or b"", value or b"", *(name.encode() + b"=" + data for name, data in sorted(headers))):
        total.update(len(part).to_bytes(4, "big") + part)
    return total.digest()
