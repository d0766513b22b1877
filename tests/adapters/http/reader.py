"""A real server on the loopback, and a reader of its event streams: what a consumer of ours would write."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any

import httpx2

from infra.server import Server, listen
from tests.adapters.http.door import Office


@dataclass(frozen=True)
class Heard:
    id: int | None
    event: str
    data: Any


@contextmanager
def served(office: Office) -> Iterator[str]:
    listener = listen("127.0.0.1", 0)
    server = Server(office.app, listener, drain=lambda: setattr(office.app.state, "draining", True))
    server.start()
    try:
        yield server.url
    finally:
        server.stop()
        listener.close()


class Stream:
    """Reads in a thread of its own. `ended` is the moment the server closed the stream."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self.heard: list[Heard] = []
        self.status: int | None = None
        self.ended: float | None = None
        self._news = threading.Condition()
        self._client = httpx2.Client(trust_env=False, timeout=httpx2.Timeout(5, read=30))
        self._thread = threading.Thread(target=self._read, args=(url, headers), daemon=True)
        self._thread.start()

    def wait(self, wanted: Any, seconds: float = 10) -> Heard:
        """The first event for which `wanted(event)` holds."""
        end = monotonic() + seconds
        with self._news:
            while True:
                for one in self.heard:
                    if wanted(one):
                        return one
                left = end - monotonic()
                assert left > 0 and self._news.wait(left), f"not heard within {seconds} s: {self.heard[-3:]}"

    def wait_for_end(self, seconds: float) -> float:
        self._thread.join(seconds)
        assert self.ended is not None, "the stream did not end"
        return self.ended

    def close(self) -> None:
        self._client.close()

    def _read(self, url: str, headers: dict[str, str]) -> None:
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                self.status = response.status_code
                lines: list[str] = []
                for line in response.iter_lines():
                    if line:
                        lines.append(line)
                    else:
                        self._tell(lines)
                        lines = []
        except httpx2.HTTPError:
            pass  # closed by us, or cut by the server: `ended` says when
        self.ended = monotonic()

    def _tell(self, lines: list[str]) -> None:
        fields = dict(line.split(": ", 1) for line in lines if not line.startswith(":"))
        if "data" in fields:
            with self._news:
                self.heard.append(Heard(int(fields["id"]), fields["event"], json.loads(fields["data"])))
                self._news.notify_all()
