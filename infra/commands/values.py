"""`FIELD=VALUE` at the terminal, as the values that a Save takes.

auto_close=12h | 2d        receiver=group:support | agent:anna | bot:helper | none
members=anna,boris         closing_message=Any text            held_counts=false
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

import rich_click as click

PERIODS = {"h": "hours", "d": "days"}
TARGETS = frozenset({"receiver", "bot.fallback"})
LISTS = frozenset({"members", "skills", "required_skills", "bot.keywords"})
TEXTS = frozenset(
    {
        "closing_message",
        "out_of_hours.text",
        "out_of_hours.policy",
        "idle_mode",
        "schedule",
        "base_url",
        "proxy",
        "number",
        "namespace_id",
        "address",
        "skill_id",
        "algorithm",
        "overflow",
        "seed",
        "name",
    }
)
NOTHING = ("none", "null", "")


def changes_of(pairs: Sequence[str]) -> dict[str, Any]:
    """All pairs of a command line. Raises `UsageError` for what is no pair."""
    changes = {}
    for pair in pairs:
        field, equals, value = pair.partition("=")
        if not equals or not field:
            raise click.UsageError(f"{pair!r} is not of the form FIELD=VALUE.")
        changes[field] = value_of(field, value)
    return changes


def value_of(field: str, text: str) -> Any:
    if text.lower() in NOTHING:
        return [] if field in LISTS else None
    if field == "auto_close":
        return _period(text)
    if field in TARGETS:
        kind, colon, ident = text.partition(":")
        if not colon:
            raise click.UsageError(
                f"{field}={text} does not say what {text} is: {field}=group:{text}, or agent, or bot."
            )
        return {"kind": kind, "id": ident}
    if field in LISTS:
        return [part.strip() for part in text.split(",") if part.strip()]
    return text if field in TEXTS else _plain(text)


def readable(settings: dict[str, Any]) -> dict[str, Any]:
    """Targets and periods as they are typed."""
    return {name: typed(value) for name, value in settings.items()}


def typed(value: Any) -> Any:
    if isinstance(value, dict) and set(value) == {"kind", "id"}:
        return f"{value['kind']}:{value['id']}"
    if isinstance(value, dict) and set(value) == {"value", "unit"}:
        return f"{value['value']}{value['unit'][0]}"
    return value


def _period(text: str) -> Any:
    """`12h` or `2d`; anything else goes on as it is, for the domain to refuse."""
    found = re.fullmatch(r"(-?\d+)\s*([hd])(?:ours?|ays?)?", text.strip())
    return {"value": int(found[1]), "unit": PERIODS[found[2]]} if found else text


def _plain(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
