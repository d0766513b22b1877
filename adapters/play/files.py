"""Recorded files, plain or gzip: measured once, then read as one stream of lines in the order of time.

A line is known by the hash of its file's content and its number there, so that names and compression do not matter.
"""

from __future__ import annotations

import gzip
import hashlib
import heapq
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from adapters.play.fields import LONGEST_SET, BadLine
from adapters.play.lines import Line, json_object, parse
from domain.errors import Rejected

GZIP = b"\x1f\x8b"


class FileRefused(Rejected):
    """A file that cannot be played at all."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Source:
    """One file. `lines` counts those that are not empty; `messages`: are there messages among them?"""

    path: Path
    set: str
    digest: str
    lines: int
    messages: bool


@dataclass(frozen=True, slots=True)
class Bad:
    """A rejected line and why."""

    file: str
    line: int
    code: str
    sentence: str


OnBad = Callable[[Bad], None]


def ignore_bad(bad: Bad) -> None:
    """For the second reading: the first has counted it."""


def measure(path: Path) -> Source:
    """Read once through. Raises `FileRefused`."""
    digest, count, messages = hashlib.sha256(), 0, False
    for _, raw in _raw(path):
        digest.update(raw + b"\n")
        count += 1
        messages = messages or b'"from":' in raw or b'"from" :' in raw
    if count == 0:
        raise FileRefused("file_empty", f"{path} has no lines.")
    return Source(path, set_of(path), digest.hexdigest(), count, messages)


def set_of(path: Path) -> str:
    """`star.messages.jsonl.gz` is of the set `star`. A long name is cut, and told from its like by a hash."""
    name = re.sub(r"[^a-z0-9]+", "-", path.name.partition(".")[0].lower()).strip("-")
    if len(name) > LONGEST_SET:
        name = f"{name[: LONGEST_SET - 9]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
    return name or "set"


def is_outcome(path: Path) -> bool:
    """`*.dialogs.*`: what is known of a dialog only at its end. It is never played."""
    return ".dialogs." in path.name


def merged(sources: Sequence[Source], on_bad: OnBad) -> Iterator[Line]:
    """All lines by time, history before messages; each file is read as far as it is needed."""
    return heapq.merge(*(read(source, on_bad) for source in sources), key=lambda line: line.order)


def read(source: Source, on_bad: OnBad) -> Iterator[Line]:
    """The good lines of one file. One that goes back in time cannot be played: time only moves on."""
    last = None
    for number, raw in _raw(source.path):
        try:
            line = parse(raw, source.set, f"{source.digest[:12]}:{number}")
            if last is not None and line.at < last:
                raise BadLine("out_of_order", "The line is earlier than the one before it.")
        except BadLine as bad:
            on_bad(Bad(str(source.path), number, bad.code, bad.sentence))
            continue
        last = line.at
        yield line


def look_up(path: Path, take: Callable[[dict[str, Any]], None]) -> None:
    """The objects of a file that only things are looked up in. Raises `FileRefused` at the first bad line."""
    for number, raw in _raw(path):
        try:
            take(json_object(raw))
        except BadLine as bad:
            raise FileRefused(bad.code, f"{path}:{number}: {bad.sentence}") from None


def _raw(path: Path) -> Iterator[tuple[int, bytes]]:
    number = 0
    try:
        with _opened(path) as file:
            for number, raw in enumerate(file, 1):
                if stripped := raw.strip():
                    yield number, stripped
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        sentence = f"{path}:{number + 1}: the compressed file is damaged or cut short ({error})."
        raise FileRefused("file_damaged", sentence) from None
    except OSError as error:
        raise FileRefused("file_unreadable", f"{path}: {error.strerror or error}.") from None


def _opened(path: Path) -> IO[bytes] | gzip.GzipFile:
    with path.open("rb") as file:
        compressed = file.read(2) == GZIP
    return gzip.open(path, "rb") if compressed else path.open("rb")
