"""The wording of an approved template, and what an agent has written by it: what stands in the places of `{{1}}`."""

from __future__ import annotations

import re

_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def parameters(wording: str, text: str) -> list[tuple[str, str]] | None:
    """What stands in the places of the wording, by their names; None: the text is no case of it."""
    parts = _PLACE.split(wording)
    shape = "".join(re.escape(one) if at % 2 == 0 else "(.+?)" for at, one in enumerate(parts))
    fits = re.fullmatch(shape, text.strip(), re.DOTALL)
    return list(zip(parts[1::2], fits.groups(), strict=True)) if fits else None


def in_order(values: list[tuple[str, str]]) -> list[str]:
    """By the numbers of their places, each place once: for providers that know no names."""
    places = dict(values)
    return [places[name] for name in sorted(places, key=lambda name: (len(name), name))]
