"""Reading bytes that a stranger sent: strict JSON, and text that every later step can encode.

A lone surrogate (half of a character, which JSON's `\\ud83d` can smuggle in) becomes U+FFFD. All else survives: NUL,
right-to-left marks, characters outside the first plane (E09).
"""

from __future__ import annotations

import json
import re
from math import isfinite
from typing import Any, NoReturn

DEEPEST = 64
_LONE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


class Unreadable(Exception):
    """The body is not what the provider promises; the sentence says how."""


def readable(text: str) -> str:
    """The same text with every lone surrogate replaced, so that it can be encoded as UTF-8."""
    return _LONE.sub(REPLACEMENT, text) if has_lone(text) else text


def has_lone(text: str) -> bool:
    return not text.isascii() and _LONE.search(text) is not None


def read_json(raw: bytes) -> Any:
    """Strict JSON in UTF-8 with readable strings only. Raises `Unreadable`."""
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant, parse_float=_finite)
    except UnicodeDecodeError:
        raise Unreadable("The body is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise Unreadable("The body is not JSON.") from None
    return value if _surely_readable(raw) else _readable_value(value, DEEPEST)


def object_of(raw: bytes) -> dict[str, Any]:
    """The object that an answer holds, all of it readable; an empty one where it holds none."""
    try:
        value = json.loads(raw)
        value = value if _surely_readable(raw) else _readable_value(value, DEEPEST)
    except (ValueError, RecursionError, Unreadable):
        return {}
    return value if isinstance(value, dict) else {}


def _surely_readable(raw: bytes) -> bool:
    """Half a character can only come in as an escape, and depth needs brackets: most bodies need no second look."""
    return b"\\ud" not in raw and b"\\uD" not in raw and raw.count(b"[") + raw.count(b"{") <= DEEPEST


def _readable_value(value: Any, depth: int) -> Any:
    if depth == 0:
        raise Unreadable(f"The body nests deeper than {DEEPEST} levels.")
    match value:
        case str():
            return readable(value)
        case list():
            return [_readable_value(one, depth - 1) for one in value]
        case dict():
            return {readable(key): _readable_value(one, depth - 1) for key, one in value.items()}
        case _:
            return value


def _finite(number: str) -> float:
    value = float(number)
    if not isfinite(value):
        raise Unreadable("The body holds a number that is none.")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")
