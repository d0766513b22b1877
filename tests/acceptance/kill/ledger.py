"""What was answered 2xx, written down by those who asked, each line on the disk before the next request goes out."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any, NamedTuple


class Sent(NamedTuple):
    """A message of a customer that the hook answered 2xx."""

    channel: str
    chat: int
    number: int
    update: int
    text: str


class Done(NamedTuple):
    """A command of an agent that the API answered 2xx. `key` = its Idempotency-Key."""

    what: str
    dialog: str
    key: str
    position: int
    message: str
    text: str


class Ledger:
    """Thread-safe. `read` gives what the file holds, not what memory remembers."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.attempts = 0
        """Requests to the hook, answered or not."""
        self.answered = 0
        """Those answered 2xx, repeats of what was known already among them."""
        self._lock = threading.Lock()
        self._out = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self.lines = 0

    def write(self, fact: Sent | Done) -> None:
        line = json.dumps([type(fact).__name__, *fact], ensure_ascii=False).encode() + b"\n"
        with self._lock:
            os.write(self._out, line)
            os.fsync(self._out)
            self.lines += 1

    def tried(self, status: int | None) -> None:
        """One request to the hook; None = no answer came."""
        with self._lock:
            self.attempts += 1
            self.answered += status is not None and 200 <= status < 300

    def close(self) -> None:
        os.close(self._out)


def read(file: Path) -> tuple[list[Sent], list[Done]]:
    """In the order in which they were answered."""
    facts: list[list[Any]] = [json.loads(line) for line in file.read_bytes().splitlines()]
    sent = [Sent(*fields) for kind, *fields in facts if kind == "Sent"]
    done = [Done(*fields) for kind, *fields in facts if kind == "Done"]
    return sent, done
