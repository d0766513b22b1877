"""Where a consumer stands, in the topics and in the log; moved in the transaction of the effect.

`parley.topic_position`: the next offset of each partition, by the topic's incarnation. Its row lock is the fence: of
two members who believe they own a partition only one can move it, and the other sees that it has moved.
`parley.tracking`: a position up to which everything has been applied, whatever the feed. Topics' readers take it as a
floor below which nothing is applied again, and lift it now and then; so feeds can be changed, and views rebuilt.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from adapters.store.database import Connection

CATCHING_UP = -1
"""The next offset of a partition whose past is still being read from the log."""
UNPUBLISHED = ":unpublished"
"""What is put behind a consumer's name for its part that comes straight from the log."""


class Place(NamedTuple):
    """`topic` with its prefix; `incarnation`: the broker's id of the topic."""

    topic: str
    incarnation: str
    partition: int


def reader_of(consumer: str, lane: int) -> str:
    """The name under which a consumer's topic positions are kept; topics are shared by all lanes."""
    return consumer if lane == 0 else f"{consumer}/{lane}"


def register(connection: Connection, consumer: str, lane: int, *, unpublished: bool) -> None:
    """Make the tracking rows. If there was none, the consumer begins anew: what readers knew of it is forgotten.

    `unpublished`: does it also hear what no topic carries?
    """
    with connection.transaction():
        made = connection.execute(
            "INSERT INTO parley.tracking (consumer, lane, position) VALUES (%s, %s, 0) ON CONFLICT DO NOTHING",
            (consumer, lane),
        ).rowcount
        if made:
            connection.execute("DELETE FROM parley.topic_position WHERE consumer = %s", (reader_of(consumer, lane),))
            connection.execute("DELETE FROM parley.applied WHERE consumer = %s", (consumer,))
        if made or not unpublished:
            connection.execute(
                "DELETE FROM parley.tracking WHERE consumer = %s AND lane = %s", (consumer + UNPUBLISHED, lane)
            )
        if unpublished:
            connection.execute(
                "INSERT INTO parley.tracking (consumer, lane, position) SELECT %s, lane, position"
                " FROM parley.tracking WHERE consumer = %s AND lane = %s ON CONFLICT DO NOTHING",
                (consumer + UNPUBLISHED, consumer, lane),
            )


def floor_of(connection: Connection, consumer: str, lane: int) -> int | None:
    """Everything up to here has been applied. Held until the transaction ends against a rebuild, but not against
    others who read. None: not registered."""
    row = connection.execute(
        "SELECT position FROM parley.tracking WHERE consumer = %s AND lane = %s FOR KEY SHARE",
        (consumer, lane),
        prepare=True,
    ).fetchone()
    return int(row[0]) if row else None


def lift(connection: Connection, consumer: str, lane: int, position: int) -> None:
    """All of the topics has been applied up to `position`: the floor follows, as far as the unpublished part is."""
    connection.execute(
        "UPDATE parley.tracking SET position = greatest(position, least(%s,"
        " (SELECT part.position FROM parley.tracking AS part WHERE part.consumer = %s AND part.lane = %s)))"
        " WHERE consumer = %s AND lane = %s AND position < %s",
        (position, consumer + UNPUBLISHED, lane, consumer, lane, position),
        prepare=True,
    )


def lock(connection: Connection, reader: str, places: Collection[Place]) -> dict[Place, int]:
    """Next offsets by place, locked in one order; places without a row are left out."""
    rows = connection.execute(LOCKED, (reader, *_columns(places)), prepare=True)
    return {Place(*row[:3]): row[3] for row in rows}


def held(connection: Connection, reader: str, places: Collection[Place]) -> dict[Place, int]:
    rows = connection.execute(HELD, (reader, *_columns(places)), prepare=True)
    return {Place(*row[:3]): row[3] for row in rows}


HELD = """
SELECT topic, incarnation, partition, next_offset FROM parley.topic_position WHERE consumer = %s
AND (topic, incarnation, partition) IN (SELECT * FROM unnest(%s::text[], %s::text[], %s::integer[]))
"""
LOCKED = HELD + "ORDER BY topic, incarnation, partition FOR UPDATE"


def advance(connection: Connection, reader: str, reached: Mapping[Place, int]) -> None:
    """Move places that are locked to these next offsets."""
    connection.execute(
        "UPDATE parley.topic_position AS old SET next_offset = new.next_offset"
        " FROM unnest(%s::text[], %s::text[], %s::integer[], %s::bigint[]) AS new(topic, incarnation, partition,"
        " next_offset) WHERE old.consumer = %s AND old.topic = new.topic AND old.incarnation = new.incarnation"
        " AND old.partition = new.partition",
        (*_columns(reached), list(reached.values()), reader),
        prepare=True,
    )


def begin(connection: Connection, reader: str, places: Collection[Place]) -> None:
    """Rows for places that have none: their past is to be read from the log first."""
    connection.execute(
        "INSERT INTO parley.topic_position (consumer, topic, incarnation, partition, next_offset)"
        " SELECT %s, new.*, %s FROM unnest(%s::text[], %s::text[], %s::integer[]) AS new ON CONFLICT DO NOTHING",
        (reader, CATCHING_UP, *_columns(places)),
    )


def begin_again(connection: Connection, reader: str, astray: Mapping[Place, int]) -> None:
    """The same for places that stand where the topic holds nothing, if they still stand there."""
    connection.execute(
        "UPDATE parley.topic_position AS old SET next_offset = %s"
        " FROM unnest(%s::text[], %s::text[], %s::integer[], %s::bigint[]) AS new(topic, incarnation, partition,"
        " next_offset) WHERE old.consumer = %s AND old.topic = new.topic AND old.incarnation = new.incarnation"
        " AND old.partition = new.partition AND old.next_offset = new.next_offset",
        (CATCHING_UP, *_columns(astray), list(astray.values()), reader),
    )


def _columns(places: Iterable[Place]) -> tuple[list[str], list[str], list[int]]:
    ordered = list(places)
    return (
        [place.topic for place in ordered],
        [place.incarnation for place in ordered],
        [place.partition for place in ordered],
    )


def last_versions(
    connection: Connection, consumer: str, streams: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """(tenant, stream) → the last version that was handed to the consumer or parked for it."""
    rows = connection.execute(
        "SELECT tenant, stream, version FROM parley.applied WHERE consumer = %s"
        " AND (tenant, stream) IN (SELECT * FROM unnest(%s::text[], %s::text[]))",
        (consumer, [tenant for tenant, _ in streams], [stream for _, stream in streams]),
        prepare=True,
    )
    return {(tenant, stream): version for tenant, stream, version in rows}


def note_versions(connection: Connection, consumer: str, versions: Mapping[tuple[str, str], int]) -> None:
    ordered = sorted(versions.items())
    connection.execute(
        "INSERT INTO parley.applied AS old (consumer, tenant, stream, version)"
        " SELECT %s, new.* FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS new"
        " ON CONFLICT (consumer, tenant, stream) DO UPDATE SET version = greatest(old.version, excluded.version)",
        (
            consumer,
            [tenant for (tenant, _), _ in ordered],
            [stream for (_, stream), _ in ordered],
            [version for _, version in ordered],
        ),
        prepare=True,
    )
