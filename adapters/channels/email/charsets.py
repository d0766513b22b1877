"""Bytes of a text → text, whatever their label says. Labels lie: GB2312 that is UTF-8, names that nobody knows.

UTF-8 is recognised by itself: text of another encoding almost never happens to be valid UTF-8.
"""

from __future__ import annotations

import codecs

SELF_EVIDENT = frozenset({"utf-8", "utf-16", "utf-16-be", "utf-16-le", "utf-7", "iso2022_jp", "hz"})
"""Declared so, believed first: their bytes may look like ASCII or UTF-8 and mean something else."""
CYRILLIC = ("cp1251", "koi8-r")
COMMON = frozenset("оеаинтсрвлкмдпуяыьгзбч ")


def decoded(raw: bytes, declared: str | None = None) -> str:
    """Never raises. What cannot be read at all becomes U+FFFD."""
    for name in _tried(declared):
        text = _strictly(raw, name)
        if text is not None:
            return text
    return _guessed(raw)


def known(name: str | None) -> str | None:
    """Python's name for a label, None where there is no such encoding of text."""
    try:
        found = codecs.lookup((name or "").strip().strip("\"'"))
    except (LookupError, ValueError):
        return None
    return found.name if found._is_text_encoding else None


def _tried(declared: str | None) -> list[str]:
    name = known(declared)
    if name in ("gb2312", "gbk"):
        name = "gb18030"
    if name is None or name == "ascii":
        return ["utf-8"]
    return [name, "utf-8"] if name in SELF_EVIDENT else ["utf-8", name]


def _strictly(raw: bytes, name: str) -> str | None:
    try:
        return raw.decode(name)
    except (UnicodeError, ValueError):
        return None


def _guessed(raw: bytes) -> str:
    """Half of the letters Cyrillic: one of its encodings, the one that reads more like words; else Western."""
    high = sum(byte > 0x7F for byte in raw)
    letters = sum(byte > 0x7F or chr(byte).isalpha() for byte in raw)
    if high * 2 < letters or raw.startswith(codecs.BOM_UTF8):
        return raw.decode("utf-8" if _mostly_utf8(raw) else "cp1252", "replace")
    texts = [raw.decode(name, "replace") for name in CYRILLIC]
    return raw.decode("utf-8", "replace") if _mostly_utf8(raw) else max(texts, key=_like_words)


def _mostly_utf8(raw: bytes) -> bool:
    """Cut off or damaged at a few places only."""
    wrong = raw.decode("utf-8", "replace").count("\ufffd")
    return wrong * 10 < sum(byte > 0x7F for byte in raw)


def _like_words(text: str) -> int:
    return sum(letter in COMMON for letter in text)
