"""The head of a letter: addresses, ids, date, subject. Whatever a stranger wrote there, nothing here raises."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterable
from email.message import Message
from email.utils import getaddresses, mktime_tz, parsedate_tz
from typing import NamedTuple

from adapters.channels.email.charsets import decoded

WORD = re.compile(r"=\?([^?\s]+)\?([bBqQ])\?([^?]*)\?=")
BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?[^?\s]+\?[bBqQ]\?)")
ID = re.compile(r"<[^<>\s]+>")
FOLD = re.compile(r"\s*[\r\n]+[ \t]*")
LAST_MOMENT = 253_402_300_799
LONGEST = 100_000


class Address(NamedTuple):
    """`address` with its domain in lower case."""

    name: str | None
    address: str


def raw_values(letter: Message, name: str) -> list[str]:
    """All headers of this name, unfolded; bytes outside ASCII are read as what they seem to be."""
    wanted = name.lower()
    return [_clean(value) for key, value in letter.raw_items() if key.lower() == wanted]


def value(letter: Message, name: str) -> str | None:
    """The first header of this name, as a person reads it; None where it is absent or empty."""
    found = next(iter(raw_values(letter, name)), "")
    return words(found).strip() or None


def words(text: str) -> str:
    """RFC 2047's encoded words made readable, also where a program put them between quotes or broke a character."""
    joined = BETWEEN_WORDS.sub(r"\1", text)
    out, at = [], 0
    for run in _runs(joined):
        out.append(joined[at : run[0].start()])
        out.append(_run_text(run))
        at = run[-1].end()
    return "".join([*out, joined[at:]])


def addresses(letter: Message, *names: str) -> list[Address]:
    """Of these headers, in their order. The list is taken apart before names are decoded: a name may hold a comma."""
    found = getaddresses([value for name in names for value in raw_values(letter, name)])
    return [_address(name, address) for name, address in found if "@" in address]


def local_sender(letter: Message) -> Address | None:
    """A machine's own mail names its user alone, as `From: root`."""
    told = value(letter, "from") or ""
    return Address(None, told) if re.fullmatch(r"[\w.+-]{1,64}", told) else None


def shown_name(letter: Message) -> str | None:
    """What `From` says where it holds no address."""
    return words(next(iter(raw_values(letter, "from")), "")).replace("<>", "").strip() or None


def message_id(letter: Message) -> str | None:
    text = next(iter(raw_values(letter, "message-id")), "").strip()
    return next(iter(ids([text])), None) or (text.split()[0] if text else None)


def ids(texts: Iterable[str]) -> tuple[str, ...]:
    """Every `<id>`, in order, each once; also where a program has made encoded words of long ones."""
    return tuple(dict.fromkeys(one for text in texts for one in ID.findall(words(text))))


def date(letter: Message) -> float | None:
    """Seconds since 1970; None where there is no date or none that can be one."""
    for text in raw_values(letter, "date"):
        parts = parsedate_tz(text)
        try:
            seconds = float(mktime_tz(parts)) if parts is not None else None
        except (ValueError, OverflowError, TypeError):
            seconds = None
        if seconds is not None and 0 <= seconds <= LAST_MOMENT:
            return seconds
    return None


def bare(address: str) -> str:
    """The address as it identifies somebody: its domain in lower case, without spaces around."""
    local, at, domain = address.strip().strip("<>").rpartition("@")
    return f"{local}{at}{domain.lower()}" if at else address.strip()


def _address(name: str, address: str) -> Address:
    return Address(words(name).strip().strip("\"'").strip() or None, bare(address))


def _clean(value: str) -> str:
    raw = str(value)[:LONGEST].encode("utf-8", "surrogateescape")
    return FOLD.sub(" ", decoded(raw)).replace("\0", "")


def _runs(text: str) -> list[list[re.Match[str]]]:
    """Encoded words in a row with the same charset and encoding: one character may be split between them."""
    runs: list[list[re.Match[str]]] = []
    for match in WORD.finditer(text):
        last = runs[-1][-1] if runs else None
        if last is not None and last.end() == match.start() and _manner(last) == _manner(match):
            runs[-1].append(match)
        else:
            runs.append([match])
    return runs


def _manner(match: re.Match[str]) -> tuple[str, str]:
    return match[1].lower(), match[2].lower()


def _run_text(run: list[re.Match[str]]) -> str:
    charset = run[0][1].partition("*")[0]
    return FOLD.sub(" ", decoded(b"".join(_bytes(match[2].lower(), match[3]) for match in run), charset))


def _bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding == "q":
        return quopri.decodestring(raw.replace(b"_", b" "))
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return raw
