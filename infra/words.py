"""Which language people read: Russian where the locale says so, else English."""

from __future__ import annotations

import os


def russian() -> bool:
    """The first of the locale's variables that says anything decides, as in gettext."""
    chosen = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return chosen.lower().startswith("ru")


def either(english: str, in_russian: str) -> str:
    return in_russian if russian() else english
