"""Words for people: in Russian where the locale says so, else in English; and what they call this program."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path


def russian() -> bool:
    """The first of the locale's variables that says anything decides, as in gettext."""
    chosen = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    return chosen.lower().startswith("ru")


def either(english: str, in_russian: str) -> str:
    return in_russian if russian() else english


def program() -> str:
    """How the person at this terminal starts us: by name, by the launcher in this folder, or by the script's path."""
    if shutil.which("parley"):
        return "parley"
    return "./run parley" if Path("run").is_file() and Path("infra").is_dir() else sys.argv[0]
