"""One event in a few words, for a line in a terminal."""

from __future__ import annotations

from typing import Any

from infra.commands.output import paint, to_json

COLOURS = {"dialog": 36, "channel": 33, "agent": 32, "group": 35, "schedule": 35, "quarantine": 31, "alert": 31}
NOISE = frozenset(
    {
        "kind",
        "subject_key_id",
        "external_key",
        "provider_id",
        "client_key",
        "message",
        "policies",
        "seed",
        "candidates",
        "week",
    }
)
MOST_FIELDS = 6


def kind_painted(kind: str, width: int = 0) -> str:
    return paint(kind.ljust(width), COLOURS.get(kind.partition(".")[0], 0))


def summary(data: dict[str, Any]) -> str:
    """A message's words as they are; of other events the fields that say something."""
    words = [f"“{data['body']}”"] if isinstance(data.get("body"), str) and data["body"] else []
    told = [f"{name}={_short(value)}" for name, value in data.items() if _says_something(name, value)]
    return " ".join([*words, *told[:MOST_FIELDS]])


def _says_something(name: str, value: Any) -> bool:
    return name not in NOISE and name != "body" and value not in (None, "", [], (), {}, False)


def _short(value: Any) -> str:
    if isinstance(value, list) and value and all(isinstance(one, dict) and "agent" in one for one in value):
        return ",".join(one["agent"] for one in value)
    if isinstance(value, dict) and set(value) == {"kind", "id"}:
        return f"{value['kind']}:{value['id']}"
    if isinstance(value, dict) and "author" not in value and "id" in value:
        return str(value["id"])
    text = value if isinstance(value, str) else to_json(value)
    return text if len(text) <= 40 else text[:39] + "…"
