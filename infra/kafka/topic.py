"""What is declared of one topic, and the broker's words for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

Cleanup = Literal["delete", "compact"]


@dataclass(frozen=True, slots=True)
class Topic:
    """`partitions` None = as many as the deployment chose for event topics. `retention` None = for ever."""

    name: str
    partitions: int | None
    cleanup: Cleanup
    retention: timedelta | None
    configs: Mapping[str, str] = field(default_factory=dict)

    def count(self, chosen: int) -> int:
        """The number of partitions where the deployment chose `chosen`."""
        return self.partitions or chosen

    def settings(self, replication: int) -> dict[str, str]:
        """The broker's settings of this topic with `replication` copies of each partition."""
        return {
            "cleanup.policy": self.cleanup,
            "retention.ms": "-1" if self.retention is None else milliseconds(self.retention),
            "min.insync.replicas": "2" if replication >= 3 else "1",
            "unclean.leader.election.enable": "false",
            "max.message.bytes": str(1024 * 1024),  # attachments go by reference
            **self.configs,
        }


def milliseconds(span: timedelta) -> str:
    return str(span // timedelta(milliseconds=1))
