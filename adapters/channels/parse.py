"""What a provider's body, or its answer to a call, means: `parley channels parse KIND FILE`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.channels import channel


def parse_body(
    kind: str, raw: bytes, headers: Mapping[str, str] | None = None
) -> tuple[list[dict[str, Any]], list[str]]:
    """The things that the body holds, as JSON values, and a sentence for each that is malformed. `headers`: lower case.

    With any sentence the command prints it on stderr and ends with exit code 1. Raises `NotFound` for an unknown kind.
    """
    things = channel(kind).parse(raw, headers or {})
    return [one.to_json() for one in things], [one.reason or "" for one in things if one.kind == "invalid"]


def parse_response(kind: str, raw: bytes, status: int) -> dict[str, Any]:
    """What became of the call that was answered so."""
    return channel(kind).classify(status, raw).to_json()


def line(thing: dict[str, Any]) -> str:
    """One object a line; letters stay letters."""
    return json.dumps(thing, ensure_ascii=False, separators=(", ", ": "))
