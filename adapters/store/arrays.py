"""Arrays of texts, blobs and whole numbers in PostgreSQL's binary form, written in one go.

psycopg finds out the type of every element of a list; here it is known, which makes a batch's many short arrays
several times cheaper. `Texts(["a", None])` is a parameter like any list, for `%b`.
"""

from __future__ import annotations

import struct
from abc import abstractmethod
from typing import Any, ClassVar

from psycopg.adapt import Dumper
from psycopg.pq import Format

from adapters.store.database import Connection

HEADER = struct.Struct(">iiIii")
EMPTY = struct.Struct(">iiI")
LENGTH = struct.Struct(">i")
BIGINT = struct.Struct(">iq")
NULL = LENGTH.pack(-1)


class Texts(list[str | None]):
    """text[]"""


class Blobs(list[bytes | None]):
    """bytea[]"""


class Bigints(list[int | None]):
    """bigint[]"""


class _ArrayDumper(Dumper):
    """One dimension, counted from 1, as `array_recv` reads it."""

    format = Format.BINARY
    element: ClassVar[int]

    def dump(self, obj: Any) -> bytes:
        if not obj:
            return EMPTY.pack(0, 0, self.element)
        items = [NULL if one is None else self.item(one) for one in obj]
        has_null = 1 if None in obj else 0
        return HEADER.pack(1, has_null, self.element, len(items), 1) + b"".join(items)

    @staticmethod
    @abstractmethod
    def item(one: Any) -> bytes:
        """Length and bytes of one element."""


class _TextsDumper(_ArrayDumper):
    oid = 1009
    element = 25

    @staticmethod
    def item(one: str) -> bytes:
        raw = one.encode()
        if b"\0" in raw:
            raise ValueError("a text for PostgreSQL holds a NUL")
        return LENGTH.pack(len(raw)) + raw


class _BlobsDumper(_ArrayDumper):
    oid = 1001
    element = 17

    @staticmethod
    def item(one: bytes) -> bytes:
        return LENGTH.pack(len(one)) + one


class _BigintsDumper(_ArrayDumper):
    oid = 1016
    element = 20

    @staticmethod
    def item(one: int) -> bytes:
        return BIGINT.pack(8, one)


DUMPERS: tuple[tuple[type[Any], type[_ArrayDumper]], ...] = (
    (Texts, _TextsDumper),
    (Blobs, _BlobsDumper),
    (Bigints, _BigintsDumper),
)


def register(connection: Connection) -> None:
    """Teach one connection these parameters."""
    for kind, dumper in DUMPERS:
        connection.adapters.register_dumper(kind, dumper)
