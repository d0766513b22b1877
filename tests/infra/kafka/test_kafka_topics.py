"""The topics of the contract on a real broker: made, kept, corrected; never given other partitions."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource

from infra.kafka import TOPICS, KafkaUnavailable, TopicsRefused, ensure_topics
from tests.broker import topic_prefix
from tests.infra.kafka.letters import read_all, send_all

DAY = 24 * 3600 * 1000


@pytest.fixture
def prefix() -> str:
    return topic_prefix()


def partitions(address: str, prefix: str) -> dict[str, int]:
    with KafkaAdminClient(bootstrap_servers=address) as admin:
        there = [topic for topic in admin.describe_topics() if topic["name"].startswith(prefix)]
    return {topic["name"].removeprefix(prefix): len(topic["partitions"]) for topic in there}


def settings(address: str, topic: str) -> dict[str, str]:
    with KafkaAdminClient(bootstrap_servers=address) as admin:
        held: dict[str, dict[str, Any]] = admin.describe_configs([ConfigResource("topic", topic)], config_filter="all")
    return {key: config["value"] for key, config in held["topic"][topic].items()}


def test_the_contract_names_its_topics() -> None:
    names = {topic.name for topic in TOPICS}
    published = (
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
    assert names == {
        *(f"{stream}.v1" for stream in published),
        "channels.settings.v1",
        *(f"{stream}.dlq.v1" for stream in published),
    }
    assert len(names) == len(TOPICS)


@pytest.mark.parametrize(("replication", "in_sync"), [(1, "1"), (2, "1"), (3, "2")])
def test_a_write_is_acknowledged_by_two_where_there_are_three(replication: int, in_sync: str) -> None:
    assert {topic.settings(replication)["min.insync.replicas"] for topic in TOPICS} == {in_sync}


@pytest.mark.kafka
class TestOnABroker:
    def test_all_are_made_as_declared(self, kafka_address: str, prefix: str) -> None:
        ensure_topics(kafka_address, partitions=3, prefix=prefix)
        made = partitions(kafka_address, prefix)
        assert made.keys() == {topic.name for topic in TOPICS}
        assert {made[topic.name] for topic in TOPICS if topic.partitions is None} == {3}
        dialogs, latest = (settings(kafka_address, prefix + name) for name in ("dialogs.v1", "channels.settings.v1"))
        assert (dialogs["cleanup.policy"], dialogs["retention.ms"]) == ("delete", str(14 * DAY))
        assert (latest["cleanup.policy"], latest["retention.ms"]) == ("compact", "-1")
        assert settings(kafka_address, prefix + "dialogs.dlq.v1")["retention.ms"] == str(30 * DAY)

    def test_a_changed_setting_is_set_back_and_a_foreign_one_is_kept(
        self,
        kafka_address: str,
        prefix: str,
    ) -> None:
        ensure_topics(kafka_address, partitions=1, prefix=prefix)
        name = prefix + "dialogs.v1"
        with KafkaAdminClient(bootstrap_servers=kafka_address) as admin:
            admin.alter_configs([ConfigResource("topic", name, {"retention.ms": "1000", "segment.bytes": "2097152"})])
        assert settings(kafka_address, name)["retention.ms"] == "1000"
        ensure_topics(kafka_address, partitions=1, prefix=prefix)
        held = settings(kafka_address, name)
        assert (held["retention.ms"], held["segment.bytes"]) == (str(14 * DAY), "2097152")

    @pytest.mark.parametrize("other", [1, 4])
    def test_another_number_of_partitions_is_refused_before_anything_is_changed(
        self,
        kafka_address: str,
        prefix: str,
        other: int,
    ) -> None:
        with KafkaAdminClient(bootstrap_servers=kafka_address) as admin:
            admin.create_topics({prefix + "agents.v1": {"num_partitions": 2, "replication_factor": 1}})
        with pytest.raises(TopicsRefused, match=rf"agents\.v1 has 2 partitions and {other} are declared") as refused:
            ensure_topics(kafka_address, partitions=other, prefix=prefix)
        assert refused.value.code == "kafka.partitions_differ"
        assert partitions(kafka_address, prefix) == {"agents.v1": 2}

    def test_what_the_broker_refuses_is_said_in_its_words(self, kafka_address: str, prefix: str) -> None:
        with pytest.raises(TopicsRefused, match="replication factor") as refused:
            ensure_topics(kafka_address, partitions=1, replication=99, prefix=prefix)
        assert refused.value.code == "kafka.topics_refused"

    def test_two_at_once_end_alike(self, kafka_address: str, prefix: str) -> None:
        with ThreadPoolExecutor(4) as pool:
            runs = [pool.submit(ensure_topics, kafka_address, partitions=2, prefix=prefix) for _ in range(4)]
        assert [run.result() for run in runs] == [None] * 4
        assert len(partitions(kafka_address, prefix)) == len(TOPICS)

    def test_what_is_sent_is_read_in_its_order(self, kafka_address: str, prefix: str) -> None:
        ensure_topics(kafka_address, partitions=3, prefix=prefix)
        letters = [f"event {number}".encode() for number in range(1000)]
        send_all(kafka_address, prefix + "dialogs.v1", letters, key=b"tenant:dialog-1")
        assert read_all(kafka_address, prefix + "dialogs.v1", len(letters)) == letters

    def test_a_topic_that_nobody_declared_is_not_made_by_asking(self, kafka_address: str, prefix: str) -> None:
        with KafkaAdminClient(bootstrap_servers=kafka_address) as admin:
            admin.describe_topics([prefix + "typo.v1"])
        assert partitions(kafka_address, prefix) == {}


def test_a_silent_address_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.reconcile.BOOTSTRAP_MS", 300)
    with pytest.raises(KafkaUnavailable, match=r"127\.0\.0\.1:1 does not answer") as refused:
        ensure_topics("127.0.0.1:1")
    assert refused.value.code == "kafka.unreachable"
