"""What can go wrong at Avito, on demand."""

from __future__ import annotations

from adapters.doubles.faults import Fault, hang_up, slow
from adapters.doubles.server import Reply

__all__ = ["Fault", "broken", "error", "forbidden", "hang_up", "rate_limited", "slow", "unpaid"]


def rate_limited() -> Fault:
    """More calls than the minute had."""
    return Fault(Reply(429, {"error": {"code": 429, "message": "Too Many Requests"}}, {"X-RateLimit-Remaining": "0"}))


def unpaid() -> Fault:
    return Fault(error(402, "Payment required"))


def forbidden() -> Fault:
    """How an expired token is told."""
    return Fault(error(403, "Forbidden"))


def broken(status: int = 503) -> Fault:
    return Fault(error(status, "Service temporarily unavailable. Please, contact support"))


def error(status: int, message: str) -> Reply:
    return Reply(status, {"error": {"code": status, "message": message}})
