"""What doubles of providers with plain routes share: a server, its faults, and a courier for what goes to hooks."""

from __future__ import annotations

import re
import threading
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import Any

from adapters.doubles.couriers import Again, Attempt, Courier
from adapters.doubles.hooking import HookingDouble, S
from adapters.doubles.server import Asked, Reply


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


class RestDouble(HookingDouble[S, Attempt]):
    """`speed` shortens the provider's pauses: at 100, a second lasts 10 ms."""

    sends = "send"
    again: Again
    """When it tries a hook again."""

    def __init__(self, *, speed: float = 1.0, timeout: float = 10.0, port: int = 0) -> None:
        self.numbers = count(1)
        self.lock = threading.RLock()
        self._courier = Courier(type(self).again, speed=speed, timeout=timeout)
        super().__init__(self._courier, port=port)

    @abstractmethod
    def routes(self) -> tuple[Route, ...]:
        """In the order in which they are tried."""

    @abstractmethod
    def let_in(self, asked: Asked) -> None:
        """Raises `Refusal` for a call without the right key."""

    @abstractmethod
    def unknown(self) -> Reply:
        """The answer to a path that nothing is behind."""

    def answer(self, asked: Asked) -> Reply:
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
