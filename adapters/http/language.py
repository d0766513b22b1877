"""English or Russian, by what the reader asks for. English where he asks for neither."""

from __future__ import annotations

from typing import Literal

Language = Literal["en", "ru"]


def preferred(accept: str | None) -> Language:
    """The better liked of the two in an `Accept-Language` header (RFC 9110: weights from 0 to 1, the first wins)."""
    best: tuple[float, Language] = (0.0, "en")
    for part in (accept or "").split(",")[:20]:
        tag, _, parameter = part.strip().lower().partition(";")
        weight = weight_of(parameter)
        short = tag.partition("-")[0]
        if short in ("en", "ru") and weight > best[0]:
            best = (weight, "ru" if short == "ru" else "en")
    return best[1]


def weight_of(parameter: str) -> float:
    """Of `q=0.5`; 1 where there is none, 0 where it cannot be read."""
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return min(max(float(value), 0.0), 1.0)
    except ValueError:
        return 0.0
