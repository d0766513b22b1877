"""Dirty marks: what processors have to look at. Set by ears and by wake-ups, cleared with the decision."""

from __future__ import annotations

from collections.abc import Sequence

from adapters.store.database import Connection
from adapters.store.requests import Mark


def mark(connection: Connection, lane: int, processor: str, marks: dict[tuple[str, str], int]) -> None:
    """Dirty until looked at; a later event only moves the mark forward."""
    ordered = sorted(marks.items())
    connection.execute(
        "INSERT INTO parley.dirty AS old (lane, processor, tenant, key, marked)"
        " SELECT %s, %s, new.* FROM unnest(%s::text[], %s::text[], %s::bigint[]) AS new"
        " ON CONFLICT (lane, processor, tenant, key) DO UPDATE SET marked = greatest(old.marked, excluded.marked)",
        (
            lane,
            processor,
            [tenant for (tenant, _), _ in ordered],
            [key for (_, key), _ in ordered],
            [position for _, position in ordered],
        ),
        prepare=True,
    )


def clear_marks(connection: Connection, lane: int, marks: Sequence[tuple[str, Mark]]) -> None:
    """Only marks that are not newer than what the processor has seen: a later event keeps its mark."""
    if marks:
        rows = [(tenant, mark.processor, mark.key, mark.marked) for tenant, mark in marks]
        connection.execute(
            "DELETE FROM parley.dirty USING unnest(%b::text[], %b::text[], %b::text[], %b::bigint[])"
            "   AS done(tenant, processor, key, marked)"
            " WHERE dirty.lane = %s AND dirty.tenant = done.tenant AND dirty.processor = done.processor"
            "   AND dirty.key = done.key AND dirty.marked <= done.marked",
            (*map(list, zip(*rows, strict=True)), lane),
            prepare=True,
        )
