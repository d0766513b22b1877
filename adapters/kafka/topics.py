"""Which topics there are for us, and what the broker tells of them: identity, partitions, first and next offsets."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.streams import AGGREGATES, EVENTS

logging.getLogger("kafka.net").setLevel(logging.ERROR)  # it warns whenever the machine is busy

EVENT_TOPICS: tuple[str, ...] = tuple(sorted({one.topic for one in AGGREGATES.values() if one.topic}))
TOPIC_OF_KIND: dict[str, str | None] = {
    event.kind_of(): aggregate.topic for aggregate in AGGREGATES.values() for event in aggregate.classes
}
UNPUBLISHED: frozenset[str] = frozenset(kind for kind, topic in TOPIC_OF_KIND.items() if topic is None)
"""Kinds of streams without a topic: whoever hears them hears them from the log."""
ADMIN_MS = 5_000
EARLIEST, LATEST = -2, -1


@dataclass(frozen=True, slots=True)
class Span:
    """What a partition holds: offsets from `begin` up to, not including, `end`."""

    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Known:
    """`incarnation`: the broker's id of the topic; a topic that is deleted and made again has another."""

    incarnation: str
    spans: tuple[Span, ...]

    @property
    def partitions(self) -> int:
        return len(self.spans)


def topics_heard(hears: frozenset[str] | None) -> list[str]:
    """The topics in which these kinds appear; None = every kind."""
    kinds = EVENTS.keys() if hears is None else hears
    return sorted({topic for kind in kinds if (topic := TOPIC_OF_KIND.get(kind))})


def survey(bootstrap: str, topics: Iterable[str]) -> dict[str, Known]:
    """Those of `topics` (whole names) that exist, and stayed the same while they were looked at.

    A connection of its own: on that of a consumer the question would wait behind its long poll. Blocks; raises
    kafka-python's KafkaError and OSError.
    """
    from kafka import KafkaAdminClient

    admin: Any = KafkaAdminClient(
        bootstrap_servers=bootstrap, bootstrap_timeout_ms=ADMIN_MS, request_timeout_ms=ADMIN_MS
    )
    try:
        before = _described(admin, topics)
        parts = [(topic, number) for topic, (_, count) in before.items() for number in range(count)]
        begins, ends = _offsets(admin, parts, EARLIEST), _offsets(admin, parts, LATEST)
        after = _described(admin, before) if before else {}
    finally:
        admin.close()
    return {
        topic: Known(same[0], tuple(Span(begins[topic, n], ends[topic, n]) for n in range(same[1])))
        for topic, same in after.items()
        if same == before[topic]
    }


def _described(admin: Any, topics: Iterable[str]) -> dict[str, tuple[str, int]]:
    told = admin.describe_topics(sorted(topics))
    return {one["name"]: (str(one["topic_id"]), len(one["partitions"])) for one in told if not one["error_code"]}


def _offsets(admin: Any, parts: Sequence[tuple[str, int]], which: int) -> dict[tuple[str, int], int]:
    from kafka import TopicPartition

    told = admin.list_partition_offsets({TopicPartition(*part): which for part in parts}) if parts else {}
    return {(part.topic, part.partition): one.offset for part, one in told.items()}
