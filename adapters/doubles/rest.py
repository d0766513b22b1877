"""What doubles of providers with plain routes share: a server, its faults, and a courier for what goes to hooks."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self

from adapters.doubles.couriers import Again, Attempt, Courier
from adapters.doubles.faults import Fault, Faults
from adapters.doubles.server import Asked, LoopbackServer, Reply


class Refusal(Exception):
    """What the provider answers instead of a result."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.reply = Reply(status, body, headers or {})


@dataclass(frozen=True, slots=True)
class Call:
    """`ids` = what the route's pattern has caught."""

    asked: Asked
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """`name`: by which its faults and calls are known. `answer`: a reply, or the JSON of a 200."""

    method: str
    pattern: str
    name: str
    answer: Callable[[Call], Any]


class RestDouble:
    """`speed` shortens the provider's pauses: at 100, a second lasts 10 ms."""

    again: Again
    """When it tries a hook again."""

    def __init__(self, *, speed: float = 1.0, timeout: float = 10.0, port: int = 0) -> None:
        self.calls: list[str] = []
        self.numbers = count(1)
        self.lock = threading.RLock()
        self._faults = Faults()
        self._courier = Courier(type(self).again, speed=speed, timeout=timeout)
        self._server = LoopbackServer(self._answer, port=port)

    def routes(self) -> tuple[Route, ...]:
        """In the order in which they are tried."""
        raise NotImplementedError

    def let_in(self, asked: Asked) -> None:
        """Raises `Refusal` for a call without the right key."""
        raise NotImplementedError

    def unknown(self) -> Reply:
        """The answer to a path that nothing is behind."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The `base_url` of a channel that is to talk to this double."""
        return self._server.url

    @property
    def attempts(self) -> list[Attempt]:
        """Every try to bring a body to a hook, in order."""
        return list(self._courier.attempts)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self._courier.stop()
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def fails(self, fault: Fault, *, method: str = "send", times: int = 1) -> None:
        """The next calls of the routes of this name meet the fault."""
        self._faults.add(fault, method, times)

    def settle(self, timeout: float = 5.0) -> bool:
        """Wait until every body was taken by its hook, or given up."""
        return self._courier.settle(timeout)

    def _answer(self, asked: Asked) -> Reply:
        for route in self.routes():
            caught = re.fullmatch(route.pattern, asked.route)
            if caught and route.method == asked.method:
                self.calls.append(route.name)
                return self._faults.met(route.name, partial(self._carried_out, route, asked, caught.groups()))
        return self.unknown()

    def _carried_out(self, route: Route, asked: Asked, ids: tuple[str, ...]) -> Reply:
        try:
            self.let_in(asked)
            result = route.answer(Call(asked, ids))
        except Refusal as refusal:
            return refusal.reply
        return result if isinstance(result, Reply) else Reply(200, result)


def waited_for(sent: list[Any], number: int, timeout: float) -> list[Any]:
    """What was sent, as soon as it is so many messages, or when time is up."""
    end = monotonic() + timeout
    while len(sent) < number and monotonic() < end:
        sleep(0.005)
    return list(sent)
