"""A file's name as its sender wrote it: RFC 2231, RFC 2047 where it does not belong, or plain bytes."""

from __future__ import annotations

import re
from email.message import Message
from urllib.parse import unquote_to_bytes

from adapters.channels.email.charsets import decoded
from adapters.channels.email.headers import raw_values, words

LONGEST = 255
UNSAFE = re.compile(r"[\x00-\x1f\x7f]|[\u202a-\u202e\u2066-\u2069]")
"""Signs that move a name's end to another place."""


def file_name(part: Message) -> str | None:
    """Without folders: of a path only its last part is a name."""
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        found = _parameter(part, header, parameter)
        if found:
            return found
    return None


def _parameter(part: Message, header: str, name: str) -> str | None:
    head = Message()
    head[header] = next(iter(raw_values(part, header)), "")
    try:
        value = head.get_param(name, header=header)
    except (UnicodeError, LookupError, ValueError, IndexError, TypeError):
        return None
    text = _extended(value) if isinstance(value, tuple) else words(str(value or ""))
    text = UNSAFE.sub("", text).replace("\\", "/").rpartition("/")[2].strip()
    return text[:LONGEST] or None


def _extended(value: tuple[str | None, str | None, str]) -> str:
    """RFC 2231: charset, language and the bytes, of which the parser has made characters 0 to 255."""
    charset, _, text = value
    try:
        raw = text.encode("latin-1")
    except UnicodeEncodeError:
        raw = text.encode("utf-8", "surrogateescape") if not text.isascii() else unquote_to_bytes(text)
    return words(decoded(raw, charset))
