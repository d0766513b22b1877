"""A webhook for tests of a double: keeps what it gets, and answers as it is told."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.doubles.server import Asked, LoopbackServer, Reply


class Listener:
    """`answers` are given first, in order; then 200."""

    def __init__(self) -> None:
        self.heard: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: deque[Reply] = deque()

    def __call__(self, asked: Asked) -> Reply:
        self.heard.append(json.loads(asked.body))
        self.headers.append(dict(asked.headers))
        return self.answers.popleft() if self.answers else Reply(200)

    @property
    def texts(self) -> list[str]:
        return [update["message"]["text"] for update in self.heard if "message" in update]


@contextmanager
def listening() -> Iterator[tuple[Listener, str]]:
    """The listener and its address."""
    listener = Listener()
    with LoopbackServer(listener) as server:
        yield listener, f"{server.url}/hook"
