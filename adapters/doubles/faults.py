"""What can go wrong at any provider, on demand: each fault hits the next calls of one method, then is used up."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import sleep

from adapters.doubles.server import Reply


@dataclass(frozen=True, slots=True)
class Fault:
    """`reply` is given instead of carrying the call out; with `carried_out` the call is done and its answer is lost.

    `delay` in seconds comes before anything else.
    """

    reply: Reply | None = None
    delay: float = 0.0
    carried_out: bool = False


def slow(seconds: float) -> Fault:
    return Fault(delay=seconds)


def hang_up() -> Fault:
    """The call is carried out, but the connection ends before the answer."""
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

    def met(self, method: str, carry_out: Callable[[], Reply]) -> Reply:
        """The answer to a call of this method, with whatever fault awaits it."""
        fault = self.next(method) or Fault()
        sleep(fault.delay)
        if fault.reply is not None:
            return fault.reply
        reply = carry_out()
        return Reply(0, hang_up=True) if fault.carried_out else reply
