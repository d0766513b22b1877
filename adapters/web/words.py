"""Words in the reader's language: catalogues by gettext, compiled in memory at the first use; dates and durations.

The English sentence is the key. A test reads templates and code and asks that the Russian catalogue has every one.
"""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

from starlette.requests import Request

from adapters.http.language import Language, preferred

COOKIE = "parley_language"
UNITS: dict[Language, tuple[str, str, str, str]] = {"en": ("s", "min", "h", "d"), "ru": ("с", "мин", "ч", "дн")}


@dataclass(frozen=True)
class Words:
    """`say` takes the English sentence and its facts; `count` one that has a plural."""

    language: Language
    catalogue: gettext.NullTranslations

    def say(self, sentence: str, **facts: Any) -> str:
        text = self.catalogue.gettext(sentence)
        return text % facts if facts else text

    def count(self, one: str, many: str, n: int) -> str:
        return self.catalogue.ngettext(one, many, n) % {"n": n}

    def duration(self, seconds: float) -> str:
        """The largest unit alone: 40 s, 5 min, 3 h, 2 d."""
        second, minute, hour, day = UNITS[self.language]
        for size, unit in ((86_400, day), (3_600, hour), (60, minute)):
            if seconds >= size:
                return f"{int(seconds // size)} {unit}"
        return f"{max(int(seconds), 0)} {second}"


def words_of(request: Request) -> Words:
    """By the reader's own choice, else by what the browser asks for."""
    chosen = request.cookies.get(COOKIE)
    language: Language = (
        "ru" if chosen == "ru" else "en" if chosen == "en" else preferred(request.headers.get("accept-language"))
    )
    return Words(language, catalogue(language))


@cache
def catalogue(language: Language) -> gettext.NullTranslations:
    if language == "en":
        return gettext.NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    text = files("adapters.web").joinpath("locale", f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(text), locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
