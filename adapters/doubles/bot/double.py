"""A bot on the loopback interface: what it answers is a function of what it is told; faults come before that."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.doubles.shell import Shell

Answering = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One call as it came in. `at` = the monotonic clock, in seconds."""

    headers: Mapping[str, str]
    raw: bytes
    body: dict[str, Any]
    at: float

    @property
    def texts(self) -> list[str]:
        return [message["text"] for message in self.body["messages"]]


@dataclass(frozen=True, slots=True)
class _Fault:
    reply: Reply | None = None
    delay: float = 0.0


def echo(told: dict[str, Any]) -> dict[str, Any]:
    """Says again what it was told, message by message."""
    return {"messages": [{"text": f"You said: {message['text']}"} for message in told["messages"]]}


class BotDouble(Shell):
    """`answering` gives the body of the reply; None = an empty one: it will answer later, by itself.

    with BotDouble(lambda told: {"hand_off": True}) as bot:
        bot.calls[-1].texts
    """

    def __init__(self, answering: Answering = echo, *, port: int = 0) -> None:
        self.answering = answering
        self._calls: list[Call] = []
        self._faults: deque[_Fault] = deque()
        self._lock = threading.Lock()
        self._server = LoopbackServer(self._answer, port=port)

    @property
    def url(self) -> str:
        return f"{self._server.url}/answer"

    @property
    def calls(self) -> list[Call]:
        with self._lock:
            return list(self._calls)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._server.stop()

    def fails(
        self, status: int = 500, *, body: Any = None, headers: Mapping[str, str] | None = None, times: int = 1
    ) -> None:
        """The next calls are answered like this."""
        self._add(_Fault(Reply(status, body, headers or {})), times)

    def hangs_up(self, *, times: int = 1) -> None:
        """The next calls are heard, and their connection is closed without an answer."""
        self._add(_Fault(Reply(0, hang_up=True)), times)

    def thinks(self, seconds: float, *, times: int = 1) -> None:
        """The next calls are answered after so long."""
        self._add(_Fault(delay=seconds), times)

    def wait_for_calls(self, number: int, timeout: float = 5.0) -> list[Call]:
        """The calls, as soon as there are so many, or when time is up."""
        end = monotonic() + timeout
        while len(self.calls) < number and monotonic() < end:
            sleep(0.005)
        return self.calls

    def _add(self, fault: _Fault, times: int) -> None:
        with self._lock:
            self._faults.extend([fault] * times)

    def _answer(self, asked: Asked) -> Reply:
        call = Call(dict(asked.headers), asked.body, asked.json(), monotonic())
        with self._lock:
            self._calls.append(call)
            fault = self._faults.popleft() if self._faults else _Fault()
        sleep(fault.delay)
        return fault.reply or Reply(200, self.answering(call.body))
