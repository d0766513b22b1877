"""What can go wrong at Telegram, on demand: the faults of any provider, and the Bot API's own refusals."""

from __future__ import annotations

from adapters.doubles.faults import Fault, Faults, hang_up, slow
from adapters.doubles.server import Reply

__all__ = ["Fault", "Faults", "blocked", "broken", "error", "flood", "hang_up", "slow"]


def flood(retry_after: int = 1) -> Fault:
    """429: wait so many seconds."""
    return Fault(error(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}))


def blocked() -> Fault:
    return Fault(error(403, "Forbidden: bot was blocked by the user"))


def broken(status: int = 502) -> Fault:
    return Fault(error(status, "Bad Gateway"))


def error(code: int, description: str, parameters: dict[str, int] | None = None) -> Reply:
    """The Bot API's form of a refusal."""
    body = {"ok": False, "error_code": code, "description": description}
    return Reply(code, body | ({"parameters": parameters} if parameters else {}))
