"""What a folder remembers of its broker, and who owns the folder.

FOLDER/broker.json   pid, start time and port of the broker that was last started here
FOLDER/owner.lock    held by the live owner; the kernel lets it go when he dies, however he dies
"""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from infra.kafka.errors import KafkaUnavailable
from infra.kafka.process import Running


@dataclass(frozen=True, slots=True)
class Record:
    """The broker that was last started in a folder, and its port. It may have ended since."""

    broker: Running
    port: int


def read_record(folder: Path) -> Record | None:
    try:
        held = json.loads(_path(folder).read_text(encoding="utf-8"))
        return Record(Running(int(held["pid"]), str(held["started"])), int(held["port"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # absent, torn or not ours: nothing is known


def write_record(folder: Path, record: Record) -> None:
    held = {"pid": record.broker.pid, "started": record.broker.started, "port": record.port}
    fresh = folder / "broker.json.new"
    fresh.write_text(json.dumps(held), encoding="utf-8")
    fresh.replace(_path(folder))


def own(folder: Path) -> IO[bytes]:
    """Own the folder until the answer is closed. Raise KafkaUnavailable: folder_in_use."""
    lock = (folder / "owner.lock").open("ab")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        lock.close()
        raise KafkaUnavailable(
            "kafka.folder_in_use", f"Another running process owns the Kafka of {folder}. Stop that one first"
        ) from error
    return lock


def _path(folder: Path) -> Path:
    return folder / "broker.json"
