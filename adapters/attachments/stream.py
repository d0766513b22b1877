"""A kept file as a stream, for what wants to read one: seekable, so that its length is known before its first byte."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import BinaryIO

BUFFER = 64 * 1024
ReadFrom = Callable[[int], Iterator[bytes]]


def stream(size: int, read_from: ReadFrom) -> BinaryIO:
    """`read_from` = the pieces of the file behind a place in it; asked for at the first byte, and after each jump."""
    return io.BufferedReader(_Pieces(size, read_from), BUFFER)


class _Pieces(io.RawIOBase):
    def __init__(self, size: int, read_from: ReadFrom) -> None:
        self._size = size
        self._read_from = read_from
        self._at = 0
        self._pieces: Iterator[bytes] | None = None
        self._left = b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        self._at, self._pieces, self._left = max(base + offset, 0), None, b""
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self._at >= self._size:
            return 0
        if self._pieces is None:
            self._pieces = self._read_from(self._at)
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        part = self._left[: len(buffer)]
        buffer[: len(part)] = part
        self._left = self._left[len(part) :]
        self._at += len(part)
        return len(part)
