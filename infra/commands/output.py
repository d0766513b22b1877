"""Data on stdout: aligned tables for people, one JSON document or lines of JSON for programs. The form never changes
by itself; colour only on a terminal and never with NO_COLOR."""

from __future__ import annotations

import json
import os
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from infra.commands.failures import StdoutClosed

Row = Mapping[str, Any]
LONGEST_CELL = 60


def emit(text: str, *, flush: bool = False) -> None:
    """One line on stdout."""
    try:
        sys.stdout.write(text + "\n")
        if flush:
            sys.stdout.flush()
    except BrokenPipeError:
        raise StdoutClosed from None


def note(text: str) -> None:
    """For people, on stderr."""
    print(text, file=sys.stderr, flush=True)


def labelled(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """Lines of a label and a text, the texts below each other."""
    told = list(pairs)
    width = max(columns_of(label) for label, _ in told)
    return [f"  {label}{' ' * (width - columns_of(label))}   {text}" for label, text in told]


def rows(output: str, found: Sequence[Row], columns: Sequence[str]) -> None:
    """A list: `json` gives one array, `jsonl` a line a row, `table` the named columns."""
    if output == "json":
        emit(to_json(list(found), indent=2))
    elif output == "jsonl":
        for row in found:
            emit(to_json(row))
    else:
        table([[cell(row.get(name)) for name in columns] for row in found], columns)


def one(output: str, found: Row) -> None:
    """A single thing: `table` gives a line a field."""
    if output != "table":
        emit(to_json(found, indent=2 if output == "json" else None))
        return
    width = max((len(name) for name in found), default=0)
    for name, value in found.items():
        emit(f"{bold(name.ljust(width))}  {cell(value, longest=2000)}")


def table(lines: Sequence[Sequence[str]], columns: Sequence[str]) -> None:
    widths = [max([columns_of(name), *(columns_of(line[at]) for line in lines)]) for at, name in enumerate(columns)]
    emit(bold(_line([name.upper() for name in columns], widths)))
    for line in lines:
        emit(_line(line, widths))


def _line(cells: Iterable[str], widths: Sequence[int]) -> str:
    return "  ".join(
        text + " " * (width - columns_of(text)) for text, width in zip(cells, widths, strict=True)
    ).rstrip()


def columns_of(text: str) -> int:
    """How many columns of a terminal a text takes."""
    marks = sum(unicodedata.combining(letter) != 0 for letter in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def cell(value: Any, *, longest: int = LONGEST_CELL) -> str:
    if isinstance(value, datetime):
        text = value.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    elif value is None:
        text = "-"
    elif isinstance(value, bool):
        text = "yes" if value else "no"
    elif isinstance(value, list | tuple | set | frozenset) and all(isinstance(part, str) for part in value):
        text = ", ".join(value) or "-"
    else:
        text = value if isinstance(value, str) else to_json(value)
    text = printable(text)
    return text if len(text) <= longest else text[: longest - 1] + "…"


def printable(text: str) -> str:
    """A customer's words cannot command the terminal: control characters and overrides of direction become spaces."""
    return "".join(" " if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp") else letter for letter in text)


def to_json(value: Any, *, indent: int | None = None) -> str:
    separators = None if indent else (",", ":")
    return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, set | frozenset):
        return sorted(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True)
    return str(value)


def coloured() -> bool:
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def bold(text: str) -> str:
    return f"\x1b[1m{text}\x1b[0m" if coloured() else text


def paint(text: str, colour: int) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m" if coloured() else text
