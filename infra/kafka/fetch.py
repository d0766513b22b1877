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
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
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
            _fetch_all(missing, folder, staging, bar, task)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _fetch_all(missing: Sequence[Jar], folder: Path, staging: Path, bar: Progress, task: TaskID) -> None:
    stop, counted = threading.Event(), threading.Lock()
    done = 0

    def advance(size: int) -> None:
        if stop.is_set():
            raise InterruptedError("Another jar could not be fetched")
        bar.advance(task, size)

    def one(jar: Jar) -> None:
        nonlocal done
        _fetch_one(jar, folder, staging, advance)
        with counted:
            done += 1
            bar.update(task, jars=f"{done}/{len(missing)} jars")

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="kafka-jar") as pool:
        try:
            futures = [pool.submit(one, jar) for jar in missing]
            finished, _ = wait(futures, return_when=FIRST_EXCEPTION)
            failures = [error for future in finished if (error := future.exception()) is not None]
            if failures:
                raise failures[0]
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


def _fetch_one(jar: Jar, folder: Path, staging: Path, advance: Advance) -> None:
    for attempt in range(1, TRIES + 1):
        place = staging / f"{jar.filename}.{attempt}"
        try:
            got = _download(jar, place, advance)
        except (
            OSError,
            RuntimeError,
        ) as error:  # requests' errors are OSErrors; jgo's "not found" a RuntimeError
            if attempt == TRIES or isinstance(error, InterruptedError):
                raise _unreachable(jar, error) from error
            time.sleep(0.2 * 4 ** (attempt - 1))
            continue
        if sha256_of(got) != jar.sha256:
            raise _mismatch(jar)
        got.replace(folder / jar.filename)
        return


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


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


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
