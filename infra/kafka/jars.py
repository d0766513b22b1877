"""The cache of jars, one a user: complete and checked before a broker may run from it.

A stamp beside the jars holds size, mtime and sha256 of each file at its last full check: a later start costs
one stat a jar. A file that the stamp does not vouch for is hashed again; one that is not the lock's is
removed and fetched anew.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from infra.kafka.fetch import fetch_jars, sha256_of
from infra.kafka.lock import KAFKA_VERSION, Jar, locked_jars

Stamp = dict[str, tuple[int, int, str]]  # file name → size, mtime in ns, sha256


def ensure_jars(cache: Path | None = None, jars: Sequence[Jar] | None = None) -> list[Path]:
    """The class path, in the lock's order: each file present and checked. `cache` is the user's by default.

    Raise KafkaUnavailable as `fetch_jars` does. Blocks while another process fills the same cache.
    """
    wanted = locked_jars() if jars is None else jars
    folder = (cache or default_cache()) / f"kafka-{KAFKA_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        stamp = _read_stamp(folder)
        missing = [jar for jar in wanted if not _vouched(folder / jar.filename, jar, stamp)]
        if missing:
            _fill(folder, missing, wanted)
    return [folder / jar.filename for jar in wanted]


def default_cache() -> Path:
    """`PARLEY_CACHE`, else the platform's cache folder of this user."""
    if named := os.environ.get("PARLEY_CACHE"):
        return Path(named)
    if xdg := os.environ.get("XDG_CACHE_HOME"):
        return Path(xdg) / "parley"
    home = Path.home()
    return (home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache") / "parley"


def _fill(folder: Path, unsure: Sequence[Jar], wanted: Sequence[Jar]) -> None:
    for leftover in folder.glob(".fetch-*"):  # of a fetcher that was killed: we hold the lock
        shutil.rmtree(leftover, ignore_errors=True)
    missing = [jar for jar in unsure if not _same_file(folder / jar.filename, jar)]
    if missing:
        fetch_jars(missing, folder)
    _write_stamp(folder, wanted)


def _vouched(path: Path, jar: Jar, stamp: Stamp) -> bool:
    seen = stamp.get(jar.filename)
    if seen is None or not path.is_file():
        return False
    now = path.stat()
    return seen == (now.st_size, now.st_mtime_ns, jar.sha256) and now.st_size == jar.size


def _same_file(path: Path, jar: Jar) -> bool:
    if not path.is_file():
        return False
    if path.stat().st_size == jar.size and sha256_of(path) == jar.sha256:
        return True
    path.unlink()
    return False


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    with (folder / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # let go when the file is closed, also by the kernel
        yield


def _read_stamp(folder: Path) -> Stamp:
    try:
        held = json.loads((folder / "stamp.json").read_text(encoding="utf-8"))
        return {name: (int(size), int(mtime), str(sha)) for name, (size, mtime, sha) in held.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # absent or torn: every jar is hashed again


def _write_stamp(folder: Path, jars: Sequence[Jar]) -> None:
    stamp: Stamp = {}
    for jar in jars:
        now = (folder / jar.filename).stat()
        stamp[jar.filename] = (now.st_size, now.st_mtime_ns, jar.sha256)
    fresh = folder / f"stamp.{os.getpid()}"
    fresh.write_text(json.dumps(stamp, indent=1), encoding="utf-8")
    fresh.replace(folder / "stamp.json")
