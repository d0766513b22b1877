"""What can go wrong at Telegram, on demand: each fault hits the next calls of one method, then is used up."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from adapters.doubles.server import Reply


@dataclass(frozen=True, slots=True)
class Fault:
    """`reply` is given instead of carrying the call out; with `carried_out` the call is done and its answer is lost.

    `delay` in seconds comes before anything else.
    """

    reply: Reply | None = None
    delay: float = 0.0
    carried_out: bool = False


def flood(retry_after: int = 1) -> Fault:
    """429: wait so many seconds."""
    return Fault(error(429, f"Too Many Requests: retry after {retry_after}", {"retry_after": retry_after}))


def blocked() -> Fault:
    return Fault(error(403, "Forbidden: bot was blocked by the user"))


def broken(status: int = 502) -> Fault:
    return Fault(error(status, "Bad Gateway"))


def slow(seconds: float) -> Fault:
    return Fault(delay=seconds)


def hang_up() -> Fault:
    """The message is taken, but the connection ends before the answer."""
    return Fault(carried_out=True)


class Faults:
    """Waiting faults by method, first come first served."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Fault]] = {}
        self._lock = threading.Lock()

    def add(self, fault: Fault, method: str, times: int) -> None:
        with self._lock:
            self._waiting.setdefault(method, deque()).extend([fault] * times)

    def next(self, method: str) -> Fault | None:
        with self._lock:
            waiting = self._waiting.get(method)
            return waiting.popleft() if waiting else None


def error(code: int, description: str, parameters: dict[str, int] | None = None) -> Reply:
    """The Bot API's form of a refusal."""
    body = {"ok": False, "error_code": code, "description": description}
    return Reply(code, body | ({"parameters": parameters} if parameters else {}))
