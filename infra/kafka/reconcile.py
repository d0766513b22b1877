"""Bringing a broker to the declared topics: create what lacks, set what differs, refuse what must not change.

Partitions are compared before anything is changed, so that refusal leaves the broker as it was. Settings that
are not declared stay as somebody set them. Two processes may do this at the same time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from infra.kafka.errors import KafkaUnavailable, TopicsRefused
from infra.kafka.topic import Topic

BOOTSTRAP_MS = 10_000
REQUEST_MS = 30_000
_MADE = {0, 36}  # no error, TOPIC_ALREADY_EXISTS: another process was first


def reconcile(bootstrap: str, wanted: Mapping[str, Topic], partitions: int, replication: int) -> None:
    """Bring the broker to `wanted`, by name. Raise TopicsRefused, KafkaUnavailable: unreachable."""
    with _admin(bootstrap) as admin:
        missing = _missing(admin, wanted, partitions)
        if missing:
            _create(admin, missing, partitions, replication)
            _missing(admin, wanted, partitions)  # another process may have made some with other numbers
        _alter(admin, {name: topic.settings(replication) for name, topic in wanted.items()})


def _missing(admin: Any, wanted: Mapping[str, Topic], partitions: int) -> dict[str, Topic]:
    there = sorted(set(admin.list_topics()) & wanted.keys())
    for found in admin.describe_topics(there) if there else []:
        _refuse_other_count(found["name"], len(found["partitions"]), wanted[found["name"]].count(partitions))
    return {name: topic for name, topic in wanted.items() if name not in there}


def _refuse_other_count(name: str, counted: int, declared: int) -> None:
    if counted != declared:
        raise TopicsRefused(
            "kafka.partitions_differ",
            f"The topic {name} has {counted} partitions and {declared} are declared. Partitions of a live "
            "topic are never changed: keys would move and the order of their events would break. "
            "Keep the number, or publish to a new topic",
        )


def _create(admin: Any, missing: Mapping[str, Topic], partitions: int, replication: int) -> None:
    asked = {
        name: {
            "num_partitions": topic.count(partitions),
            "replication_factor": replication,
            "configs": topic.settings(replication),
        }
        for name, topic in missing.items()
    }
    answer = admin.create_topics(asked, raise_errors=False)["topics"]
    refused = [topic for topic in answer if topic["error_code"] not in _MADE]
    if refused:
        raise _refused([f"{topic['name']}: {topic['error_message'] or topic['error_code']}" for topic in refused])
    admin.wait_for_topics(list(missing), timeout_ms=REQUEST_MS)


def _alter(admin: Any, wanted: Mapping[str, Mapping[str, str]]) -> None:
    from kafka.admin import ConfigResource

    held = admin.describe_configs([ConfigResource("topic", name) for name in wanted], config_filter="all")["topic"]
    changes = {name: _differing(settings, held[name]) for name, settings in wanted.items()}
    resources = [ConfigResource("topic", name, change) for name, change in changes.items() if change]
    if resources:
        answer = admin.alter_configs(resources, incremental=True)["topic"]
        failures = [f"{name}: {said}" for name, said in answer.items() if said != "OK"]
        if failures:
            raise _refused(failures)


def _differing(settings: Mapping[str, str], held: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    return {key: value for key, value in settings.items() if held.get(key, {}).get("value") != value}


def _refused(reasons: Sequence[str]) -> TopicsRefused:
    return TopicsRefused("kafka.topics_refused", "The broker refused the declared topics. " + "; ".join(reasons))


@contextmanager
def _admin(bootstrap: str) -> Iterator[Any]:
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    admin: Any = None
    try:
        admin = KafkaAdminClient(
            bootstrap_servers=bootstrap, bootstrap_timeout_ms=BOOTSTRAP_MS, request_timeout_ms=REQUEST_MS
        )
        yield admin
    except (KafkaError, OSError) as error:
        raise KafkaUnavailable(
            "kafka.unreachable",
            f"Kafka at {bootstrap} does not answer as it should ({type(error).__name__}). Check PARLEY_KAFKA",
        ) from error
    finally:
        if admin is not None:
            admin.close()
