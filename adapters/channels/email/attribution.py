"""What stands above a quoted letter, in English and in Russian: "On … wrote:", "… написал:", a block "От: … Кому: …".

Each part of a line is looked for by itself, so that the time grows with the length of the line only. A date or an
address must stand in it: people also write "he wrote:" themselves.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

MOST_LINES = 4
LONGEST = 400
_MONTHS = "янв|фев|мар|апр|мая|май|июн|июл|авг|сен|окт|ноя|дек|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec"
DATE = re.compile(
    rf"\b\d{{1,4}}[./-]\d{{1,2}}[./-]\d{{2,4}}\b|\b\d{{1,2}}:\d{{2}}\b|\b\d{{1,2}}\.?\s(?:{_MONTHS})"
    rf"|\b(?:{_MONTHS})[a-zа-я]{{0,6}}\.?\s\d{{1,2}}\b",
    re.IGNORECASE,
)
ADDRESS = re.compile(r"[^\s<>@\"(),:;]{1,64}@[^\s<>@\"(),:;]{1,255}")
WROTE = re.compile(
    r"\b(?:wrote|writes|(?:на)?писал(?:[аи]|\s?\([аи]\)|/а)?|пишет|сообщ(?:ил|ает)а?)(?![a-zа-я])", re.IGNORECASE
)
ENDS = re.compile(r":\s{0,3}[*_]{0,2}\s{0,3}$")
ON = re.compile(r"^\W{0,3}(?:on|le|am)\s", re.IGNORECASE)
_DAYS = "mon|tue|wed|thu|fri|sat|sun|пн|вт|ср|чт|пт|сб|вс|понед|втор|сред|четв|пятн|субб|воск"
DATED = re.compile(rf"^\W{{0,3}}(?:(?:{_DAYS})[a-zа-я]{{0,9}}[.,]{{0,2}}\s{{1,2}})?(?:{DATE.pattern})", re.IGNORECASE)
USER = re.compile(r"\bпользователь\b", re.IGNORECASE)
ORIGINAL = re.compile(
    r"^\W{0,3}-{2,}\s{0,3}(?:original (?:message|appointment)|исходное сообщение|исходное письмо"
    r"|оригинальное сообщение|reply message)\s{0,3}-{2,}\s*$",
    re.IGNORECASE,
)
PASSED_ON = re.compile(
    r"^\W{0,3}(?:-{2,}\s{0,3})?(?:begin forwarded message|forwarded message|fwd message|пересылаемое сообщение"
    r"|пересланное сообщение|пересылаемое письмо|перенаправленное сообщение|переадресованное сообщение"
    r"|начало переадресованного сообщения|начало пересылаемого сообщения)\s{0,3}(?::|-{2,})\s*$",
    re.IGNORECASE,
)
HEAD = re.compile(
    r"^[\s*_]{0,4}(from|sent|date|to|cc|subject|от|от кого|отправлено|дата|кому|копия|тема)[\s*_]{0,3}:", re.IGNORECASE
)
WRITERS = frozenset(("from", "от", "от кого"))
HEAD_LINES = 8
MOST_HEADS = 6
FEWEST_HEADS = 3
RULE = re.compile(r"^\s{0,3}[_-]{5,}\s*$")
Strength = Literal["strong", "weak"]


def attribution_at(lines: Sequence[str], first: int) -> tuple[int, Strength] | None:
    """How many lines the attribution that begins here takes; `weak`: believed only if quoted lines follow."""
    for count in range(1, MOST_LINES + 1):
        last = lines[first + count - 1] if first + count <= len(lines) else ""
        if not last.strip() or last.lstrip().startswith(">"):
            return None
        if ENDS.search(last[-LONGEST:]):
            strength = _strength(lines[first : first + count])
            return (count, strength) if strength else None
    return None


def original_at(lines: Sequence[str], first: int) -> bool:
    """Outlook's ways: from here on everything is the letter that is answered."""
    line = lines[first]
    if RULE.match(line):
        below = next((at for at in range(first + 1, min(first + 3, len(lines))) if lines[at].strip()), None)
        return below is not None and _head_at(lines, below)
    return ORIGINAL.match(line) is not None or _head_at(lines, first)


def passed_on_at(lines: Sequence[str], first: int) -> bool:
    """From here on it is a letter that the customer passes on to us: content."""
    return PASSED_ON.match(lines[first]) is not None


def _strength(lines: Sequence[str]) -> Strength | None:
    text = " ".join(one.strip() for one in lines)
    if len(text) > LONGEST or (len(lines) > 1 and not _begins(lines)):
        return None
    wrote, date, address = WROTE.search(text), DATE.search(text), ADDRESS.search(text)
    if wrote is None:
        return "strong" if date and address and "<" in text else None
    if address or (date and (ON.match(text) or USER.search(text))):
        return "strong"
    return "weak" if date else None


def _begins(lines: Sequence[str]) -> bool:
    """Is the first of several lines the beginning, and not words of the customer's above it?"""
    if ON.match(lines[0]) or DATED.match(lines[0]):
        return True
    found = DATE.search(lines[0]) or ADDRESS.search(lines[0])
    return found is not None and not any(_strength(lines[at:]) for at in range(1, len(lines)))


def _head_at(lines: Sequence[str], first: int) -> bool:
    """The head of a letter, put as text: who wrote it, and two more of its lines."""
    if HEAD.match(lines[first]) is None:
        return False
    part = [line for line in lines[first : first + HEAD_LINES] if line.strip()][:MOST_HEADS]
    names = {found[1].lower() for line in part if (found := HEAD.match(line))}
    return len(names) >= FEWEST_HEADS and bool(names & WRITERS)
