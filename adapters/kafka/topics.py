"""Which topics there are for us, and what the broker tells of them: identity, partitions, first and next offsets."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from domain.streams import AGGREGATES, EVENTS

EVENT_TOPICS: tuple[str, ...] = tuple(sorted({one.topic for one in AGGREGATES.values() if one.topic}))
TOPIC_OF_KIND: dict[str, str | None] = {
    event.kind_of(): aggregate.topic for aggregate in AGGREGATES.values() for event in aggregate.classes
}
UNPUBLISHED: frozenset[str] = frozenset(kind for kind, topic in TOPIC_OF_KIND.items() if topic is None)
"""Kinds of streams without a topic: whoever hears them hears them from the log."""
ADMIN_MS = 10_000


class Known(NamedTuple):
    """`incarnation`: the broker's id of the topic; a topic that is deleted and made again has another."""

    incarnation: str
    partitions: int


def topics_heard(hears: frozenset[str] | None) -> list[str]:
    """The topics in which these kinds appear; None = every kind."""
    kinds = EVENTS.keys() if hears is None else hears
    return sorted({topic for kind in kinds if (topic := TOPIC_OF_KIND.get(kind))})


def kinds_of(topics: Iterable[str]) -> frozenset[str]:
    wanted = set(topics)
    return frozenset(kind for kind, topic in TOPIC_OF_KIND.items() if topic in wanted)


def describe(bootstrap: str, topics: Iterable[str]) -> dict[str, Known]:
    """Those of `topics` (whole names) that exist. Blocks; raises kafka-python's KafkaError and OSError."""
    from kafka import KafkaAdminClient

    admin: Any = KafkaAdminClient(
        bootstrap_servers=bootstrap, bootstrap_timeout_ms=ADMIN_MS, request_timeout_ms=ADMIN_MS
    )
    try:
        told = admin.describe_topics(sorted(topics))
    finally:
        admin.close()
    return {one["name"]: Known(str(one["topic_id"]), len(one["partitions"])) for one in told if not one["error_code"]}
