"""How far a consumer on topics has come in terms of the log: it stands beyond a mark, so all up to there is applied."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from adapters.kafka.cursor import cursor_of
from adapters.kafka.positions import Place, held, lift, reader_of
from adapters.kafka.reader import Reader
from adapters.kafka.topics import survey
from adapters.store.database import Connection, Database


@dataclass(frozen=True, slots=True)
class Mark:
    """Everything up to `position` stood below these offsets, in topics of these incarnations."""

    position: int
    ends: dict[Place, int]


class Progress:
    def __init__(self, database: Database, bootstrap: str, lane: int) -> None:
        self._database = database
        self._bootstrap = bootstrap
        self._lane = lane

    async def marks(self, readers: Sequence[Reader]) -> dict[Reader, Mark]:
        """First the relay's cursor, then the ends: what is published now stands below them. A topic that was made
        again has no stored position yet, so its mark is not reached before its reader has looked into the log."""
        position = await asyncio.to_thread(self.published)
        topics = {topic for reader in readers for topic in reader.topics}
        known = await asyncio.to_thread(survey, self._bootstrap, topics)
        for reader in readers:
            reader.know(known)
        return {reader: Mark(position, reader.ends()) for reader in readers if known.keys() >= set(reader.topics)}

    def published(self) -> int:
        with self._database.pool.connection() as connection:
            return cursor_of(connection, self._lane)

    def reached(self, connection: Connection, reader: Reader, mark: Mark) -> bool:
        """If so, the consumer's tracked position is lifted to the mark's."""
        name = reader.consumer.name
        stored = held(connection, reader_of(name, self._lane), mark.ends)
        if any(stored.get(place, -1) < end for place, end in mark.ends.items()):
            return False
        lift(connection, name, self._lane, mark.position)
        return True

    def all_reached(self, marks: dict[Reader, Mark]) -> list[Reader]:
        with self._database.pool.connection() as connection:
            return [reader for reader, mark in marks.items() if self.reached(connection, reader, mark)]
