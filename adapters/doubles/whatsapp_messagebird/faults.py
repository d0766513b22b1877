"""What can go wrong at MessageBird, on demand: its errors are a list of numbers with a description."""

from __future__ import annotations

from typing import Any

from adapters.doubles.faults import Fault, hang_up, slow
from adapters.doubles.server import Reply

__all__ = ["Fault", "broken", "error", "errors", "hang_up", "rate_limited", "slow"]


def rate_limited(seconds: int = 1) -> Fault:
    return Fault(Reply(429, errors(22, "Too many requests"), {"retry-after": str(seconds)}))


def error(status: int, code: int, description: str = "Refused") -> Fault:
    return Fault(Reply(status, errors(code, description)))


def broken(status: int = 503) -> Fault:
    return Fault(Reply(status, b"<html>Bad Gateway</html>", {"content-type": "text/html"}))


def errors(code: int, description: str, parameter: str | None = None) -> dict[str, Any]:
    return {"errors": [{"code": code, "description": description, "parameter": parameter}]}
