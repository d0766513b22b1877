"""How Kafka says no. Each error is a sentence with a stable code.

KafkaUnavailable     no broker can be had now                                        (exit 7)
    kafka.extra_missing     the extra `local-kafka` is not installed
    kafka.jars_unreachable  a jar is neither in the cache nor to be fetched
    kafka.sum_mismatch      a fetched jar is not the one of the lock
    kafka.folder_in_use     another live process owns the broker of this folder
    kafka.format_failed     the storage could not be formatted
    kafka.broker_died       it ended before it was ready; the last log lines are in the sentence
    kafka.start_timeout     it runs, but did not become ready
    kafka.unreachable       nobody answers at the address
TopicsRefused        the broker's topics cannot be brought to the declared ones      (exit 6)
    kafka.partitions_differ a topic has another number of partitions
    kafka.topics_refused    the broker refused to create or to alter a topic
"""

from __future__ import annotations

from typing import ClassVar


class KafkaUnavailable(Exception):
    """No broker can be had now; `code` is for programs, `sentence` for people."""

    exit_code: ClassVar[int] = 7

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


class TopicsRefused(Exception):
    """The broker's topics differ in a way that nobody may change silently."""

    exit_code: ClassVar[int] = 6

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


def extra_missing() -> KafkaUnavailable:
    return KafkaUnavailable(
        "kafka.extra_missing",
        "A local Kafka needs the extra local-kafka: pip install 'parley-engine[local-kafka]'",
    )
