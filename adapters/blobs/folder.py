"""Blobs as files of one folder, fanned out by the first two digits of their ids.

A file is written beside its place, flushed to the disk, renamed, and its folder flushed: a crash leaves a whole blob or
a `.part` that nobody reads. Several processes may use the folder at once, also over a network file system.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from adapters.blobs.port import BlobMissing, Found

PIECE = 256 * 1024
_IDENT = re.compile("[0-9a-f]{32}")
_PART = ".part"


class FolderBlobs:
    """The folder is made with the first blob, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def begin(self, ident: str) -> _Writer:
        path = self._path(ident)
        if path.exists():
            raise ValueError("There is such a blob already.")
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return _Writer(path)

    def read(self, ident: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        try:
            file = self._path(ident).open("rb")
        except FileNotFoundError:
            raise BlobMissing(ident) from None
        return _pieces(file, start, length)

    def size(self, ident: str) -> int:
        try:
            return self._path(ident).stat().st_size
        except FileNotFoundError:
            raise BlobMissing(ident) from None

    def delete(self, ident: str) -> bool:
        path = self._path(ident)
        try:
            path.unlink()
        except FileNotFoundError:
            return False
        _flush(path.parent)
        return True

    def found(self) -> Iterator[Found]:
        for path in self._folder.glob("[0-9a-f][0-9a-f]/*"):
            written = _written_at(path)
            if _IDENT.fullmatch(path.name) and written is not None:
                yield Found(path.name, written)

    def tidy(self, before: datetime) -> int:
        left = self._folder.glob(f"[0-9a-f][0-9a-f]/*{_PART}")
        old = [path for path in left if (written := _written_at(path)) is not None and written < before]
        for path in old:
            path.unlink(missing_ok=True)
        return len(old)

    def _path(self, ident: str) -> Path:
        if not _IDENT.fullmatch(ident):
            raise ValueError("That is no id of a blob.")
        return self._folder / ident[:2] / ident


class _Writer:
    """Holds the open file; it is on the disk, under its name, when `keep` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(path.name + _PART)
        handle = os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        self._file = os.fdopen(handle, "wb")

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def keep(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.rename(self._path)
        _flush(self._path.parent)
        _flush(self._path.parent.parent)

    def drop(self) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)


def _pieces(file: BinaryIO, start: int, length: int | None) -> Iterator[bytes]:
    left = length
    with file:
        file.seek(start)
        while left is None or left > 0:
            piece = file.read(PIECE if left is None else min(PIECE, left))
            if not piece:
                return
            left = None if left is None else left - len(piece)
            yield piece


def _written_at(path: Path) -> datetime | None:
    """None: it went while we looked."""
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:
        return None


def _flush(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
