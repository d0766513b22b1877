"""Every topic of the Kafka contract, declared once: name, partitions, cleanup, retention, other settings.

Event topics are keyed `tenant:stream`. A key's partition follows from their number, so that number never
changes while a topic lives. The log in PostgreSQL is the truth; a topic is transport and short-lived on
purpose: what an erased customer wrote leaves Kafka with it.
"""

from __future__ import annotations

from datetime import timedelta

from infra.kafka.reconcile import reconcile
from infra.kafka.topic import Topic, milliseconds

STREAMS = (
    "dialogs",
    "channels",
    "accounts",
    "widgets",
    "agents",
    "groups",
    "schedules",
    "subscriptions",
    "privacy",
)

_PASSING = {
    # Only closed segments expire: a quiet topic would keep personal data for a week more.
    "segment.ms": milliseconds(timedelta(days=1)),
    # An old event that is published today is kept from today on; its own time is the header ce_time.
    "message.timestamp.type": "LogAppendTime",
}
_LATEST = {
    "min.cleanable.dirty.ratio": "0.1",
    "segment.ms": milliseconds(timedelta(hours=1)),
    "delete.retention.ms": milliseconds(timedelta(days=1)),
}

EVENT_TOPICS = tuple(Topic(f"{stream}.v1", None, "delete", timedelta(days=14), _PASSING) for stream in STREAMS)

SETTINGS_TOPIC = Topic("channels.settings.v1", 1, "compact", None, _LATEST)

DEAD_LETTER_TOPICS = tuple(Topic(f"{stream}.dlq.v1", 1, "delete", timedelta(days=30), _PASSING) for stream in STREAMS)

TOPICS: tuple[Topic, ...] = (*EVENT_TOPICS, SETTINGS_TOPIC, *DEAD_LETTER_TOPICS)


def ensure_topics(bootstrap: str, *, partitions: int = 12, replication: int = 1, prefix: str = "") -> None:
    """Bring the broker at `bootstrap` to TOPICS, each name after `prefix`; event topics have `partitions`.

    Safe to repeat and to run twice at once. Raise TopicsRefused: partitions_differ, topics_refused;
    KafkaUnavailable: unreachable.
    """
    wanted = {prefix + topic.name: topic for topic in TOPICS}
    reconcile(bootstrap, wanted, partitions, replication)
