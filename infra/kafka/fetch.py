"""Fetching jars: each by exact coordinate, at most eight at a time, with a bar on stderr.

A jar is downloaded into a folder of its own, checked against its sha256 and only then renamed into the cache:
a cut leaves nothing half-written, and the next run fetches only what is missing. `PARLEY_JAR_MIRROR` names a
company's mirror to take the jars from.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from infra.kafka.errors import KafkaUnavailable, extra_missing
from infra.kafka.lock import KAFKA_VERSION, Jar

AT_ONCE = 8
TRIES = 3
CONNECT_SECONDS = 10

Advance = Callable[[int], None]


def fetch_jars(missing: Sequence[Jar], folder: Path) -> None:
    """Bring `missing` into `folder`. Raise KafkaUnavailable: extra_missing, jars_unreachable, sum_mismatch.

    Ctrl-C ends it after the chunks under way; what is complete stays.
    """
    staging = Path(tempfile.mkdtemp(prefix=".fetch-", dir=folder))
    try:
        with _bar(missing) as (bar, task):
            _all_at_once(missing, _Fetching(folder, staging, bar, task, len(missing)))
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _all_at_once(missing: Sequence[Jar], fetching: _Fetching) -> None:
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="kafka-jar") as pool:
        try:
            futures = [pool.submit(fetching.fetch, jar) for jar in missing]
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
        finally:
            fetching.given_up.set()
            pool.shutdown(cancel_futures=True)


@dataclass
class _Fetching:
    """One run: where to, what the bar shows, and whether it was given up."""

    folder: Path
    staging: Path
    bar: Progress
    task: TaskID
    total: int
    complete: int = 0
    given_up: threading.Event = field(default_factory=threading.Event)
    counting: threading.Lock = field(default_factory=threading.Lock)

    def fetch(self, jar: Jar) -> None:
        got = self._download(jar)
        if sha256_of(got) != jar.sha256:
            raise _mismatch(jar)
        got.replace(self.folder / jar.filename)
        with self.counting:
            self.complete += 1
            self.bar.update(self.task, jars=f"{self.complete}/{self.total} jars")

    def _download(self, jar: Jar) -> Path:
        for attempt in range(1, TRIES + 1):
            try:
                return _download(jar, self.staging / f"{jar.filename}.{attempt}", self._advance)
            except (OSError, RuntimeError) as error:  # requests' errors are OSErrors; jgo's "not found" a RuntimeError
                if attempt == TRIES or self.given_up.is_set():
                    raise _unreachable(jar, error) from error
            self.given_up.wait(0.2 * 4 ** (attempt - 1))
        raise AssertionError("The last try returns or raises")

    def _advance(self, size: int) -> None:
        if self.given_up.is_set():
            raise InterruptedError("The fetch was given up")
        self.bar.advance(self.task, size)


def _download(jar: Jar, place: Path, advance: Advance) -> Path:
    try:
        from jgo.maven import MavenContext, PythonResolver
    except ImportError as error:
        raise extra_missing() from error

    @contextmanager
    def progress(_name: str, _size: int) -> Iterator[Advance]:
        yield advance

    mirror = os.environ.get("PARLEY_JAR_MIRROR")
    context: Any = MavenContext(
        resolver=PythonResolver(progress_callback=progress),
        repo_cache=place,
        remote_repos={"mirror": mirror.rstrip("/")} if mirror else None,
        timeout=CONNECT_SECONDS,
    )
    component = context.project(jar.group, jar.artifact).at_version(jar.version)
    return Path(component.artifact().resolve())


@contextmanager
def _bar(missing: Sequence[Jar]) -> Iterator[tuple[Progress, TaskID]]:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[jars]}"),
        DownloadColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bar:
        total = sum(jar.size for jar in missing)
        yield bar, bar.add_task(f"Kafka {KAFKA_VERSION}", total=total, jars=f"0/{len(missing)} jars")


def _unreachable(jar: Jar, error: Exception) -> KafkaUnavailable:
    return KafkaUnavailable(
        "kafka.jars_unreachable",
        f"Kafka's jar {jar.coordinate} is not in the cache and cannot be fetched ({type(error).__name__}). "
        "Check the network, or name a mirror in PARLEY_JAR_MIRROR or a running broker in PARLEY_KAFKA",
    )


def _mismatch(jar: Jar) -> KafkaUnavailable:
    return KafkaUnavailable(
        "kafka.sum_mismatch",
        f"The fetched jar {jar.coordinate} differs from the lock in its sha256 and was thrown away",
    )
