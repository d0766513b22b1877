"""Two locks in the data folder, both let go by the kernel when their holder dies, also across containers.

* `postgres.lock` is held while a server is started or stopped, so that two processes never do it at once.
* `postgres.json` is held for life by the process that owns the server, and tells what it started. Who finds
  it free takes the ownership over; who finds it held is a guest, who leaves stopping to the owner.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from .errors import PostgresUnavailable

POLL = 0.02  # seconds between tries for a lock somebody holds


@contextmanager
def critical_section(data: Path, say: Callable[[str], None]) -> Iterator[None]:
    """Wait, for as long as the other one lives, for our turn to start or stop the server."""
    descriptor = open_private(data / "postgres.lock")
    try:
        if not _taken(descriptor):
            say(f"Another process is starting or stopping the database in {data}; waiting for it.")
            while not _taken(descriptor):
                time.sleep(POLL)
        yield
    finally:
        os.close(descriptor)


class Ownership:
    """The held record of who owns the server. Dropping it, or dying, makes the next starter the owner."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def taken(cls, data: Path) -> Self | None:
        """The ownership if nobody living has it, else None. Call inside the critical section."""
        descriptor = open_private(data / "postgres.json")
        if _taken(descriptor):
            return cls(descriptor)
        os.close(descriptor)
        return None

    def write(self, record: Mapping[str, Any]) -> None:
        """Replace what the record tells; the file stays the same one, for it is also the lock."""
        text = json.dumps(record, indent=1, sort_keys=True).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text + b"\n", 0)

    def release(self) -> None:
        os.close(self._descriptor)


def read_record(data: Path) -> dict[str, Any]:
    """What the owner wrote: process ids `owner` and `postmaster`, `started` (Unix seconds), `settings`."""
    try:
        told = json.loads((data / "postgres.json").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # none yet, or read in the middle of a write
        return {}
    return told if isinstance(told, dict) else {}


def open_private(path: Path, flags: int = os.O_RDWR) -> int:
    """Open a file of ours, mode 0600; root makes it for the data folder's owner, who must open it later."""
    try:
        descriptor = os.open(path, flags | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except PermissionError as refused:
        raise PostgresUnavailable(
            "embedded_postgres_foreign",
            f"The data folder {path.parent} belongs to another user: run as that user or choose another folder.",
        ) from refused
    if os.geteuid() == 0:
        home = path.parent.stat()
        os.fchown(descriptor, home.st_uid, home.st_gid)
    return descriptor


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
