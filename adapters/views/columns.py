"""How the fields of a row become columns: type in SQL, form in a parameter, form in Python."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from types import NoneType
from typing import Any, get_args, get_origin, get_type_hints

SQL_TYPES: dict[Any, str] = {
    str: "text",
    int: "bigint",
    bool: "boolean",
    float: "double precision",
    datetime: "timestamptz",
    tuple: "text[]",
    Any: "jsonb",
}

EARLIEST = datetime(1, 1, 2, tzinfo=UTC)
LATEST = datetime(9999, 12, 30, tzinfo=UTC)
"""A day inside of what Python can name, so that no session's time zone leads outside."""


@dataclass(frozen=True, slots=True)
class Column:
    """`sent_as` = the type of one element of its parameter; `dump` makes that element, `load` the value in Python."""

    name: str
    type: str
    nullable: bool
    sent_as: str
    dump: Callable[[Any], Any] | None = None
    load: Callable[[Any], Any] | None = None

    @property
    def quoted(self) -> str:
        return f'"{self.name}"'

    @property
    def declared(self) -> str:
        """Texts compare by code point: the same order in every cluster, and in tests."""
        collation = ' COLLATE "C"' if self.type == "text" else ""
        return f"{self.quoted} {self.type}{collation}{'' if self.nullable else ' NOT NULL'}"


def columns_of(row: type[Any]) -> tuple[Column, ...]:
    """The columns of a projection's row, in the order of its fields."""
    hints = get_type_hints(row)
    return tuple(_column(field.name, hints[field.name]) for field in fields(row))


def _column(name: str, hint: Any) -> Column:
    choices = [choice for choice in get_args(hint) if choice is not NoneType]
    nullable = hint is Any or NoneType in get_args(hint)
    plain = choices[0] if NoneType in get_args(hint) else hint
    sql_type = SQL_TYPES[get_origin(plain) or plain]
    if sql_type == "jsonb":
        return Column(name, sql_type, nullable, "text", _dump_json)
    if sql_type == "text[]":
        return Column(name, sql_type, nullable, "text", _dump_array, _load_array)
    return Column(name, sql_type, nullable, sql_type, _DUMPS.get(sql_type))


def _clean(value: str | None) -> str | None:
    """PostgreSQL's texts hold no NUL; an event may."""
    return value.replace("\0", "\ufffd") if value is not None and "\0" in value else value


def _within(value: datetime | None) -> datetime | None:
    """PostgreSQL holds moments that Python cannot read; one such row would end every list that it stands in."""
    if value is None or value.tzinfo is None:
        return value
    return min(max(value, EARLIEST), LATEST)


_DUMPS: dict[str, Callable[[Any], Any]] = {"text": _clean, "timestamptz": _within}


def _dump_json(value: Any) -> str | None:
    if value is None:
        return None
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).replace("\\u0000", "\ufffd")


def _dump_array(value: tuple[str, ...]) -> str:
    """An array literal: `unnest` would flatten arrays of arrays."""
    if not value:
        return "{}"
    quoted = (_clean(one).replace("\\", "\\\\").replace('"', '\\"') for one in value)  # type: ignore[union-attr]
    return '{"' + '","'.join(quoted) + '"}'


def _load_array(value: list[str]) -> tuple[str, ...]:
    return tuple(value)
