"""How a double brings what it has to tell to a hook: in order of their times, again and again as its provider would.

Nothing holds back anything else: what is refused comes again later, and what follows overtakes it. A provider's own
rules are one function, from what a try has met to the pause before the next one.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from time import monotonic

import httpx2


@dataclass(frozen=True, slots=True)
class Parcel:
    """`headers` are made for each try, from the number of those before it. `name` = what it is known by in tests."""

    name: str
    url: str
    body: bytes
    headers: Callable[[int], Mapping[str, str]] = field(default=lambda before: {})


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try, number `tries` from 1. What the hook answered: `status` None = nothing in time."""

    parcel: Parcel
    tries: int
    status: int | None
    text: str = ""
    retry_after: float | None = None

    @property
    def name(self) -> str:
        return self.parcel.name

    @property
    def taken(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


Again = Callable[[Attempt], float | None]
"""The pause before the next try, in the provider's seconds; None: it is taken, or given up."""


@dataclass(order=True)
class _Waiting:
    due: float
    number: int
    parcel: Parcel = field(compare=False)
    copies: int = field(compare=False, default=1)
    tries: int = field(compare=False, default=0)


class Courier:
    """`speed` shortens the provider's pauses. `timeout`: how long the provider waits for an answer, in true seconds."""

    def __init__(self, again: Again, *, speed: float = 1.0, timeout: float = 10.0) -> None:
        self.attempts: list[Attempt] = []
        self._again = again
        self._speed = speed
        self._client = httpx2.Client(timeout=timeout, trust_env=False)
        self._waiting: list[_Waiting] = []
        self._out = 0
        self._numbers = count()
        self._changed = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None

    def bring(self, parcel: Parcel, *, copies: int = 1, after: float = 0.0) -> None:
        """`copies`: how often it comes although it was taken. `after`: that many of the provider's seconds from now."""
        due = monotonic() + after / self._speed
        with self._changed:
            heapq.heappush(self._waiting, _Waiting(due, next(self._numbers), parcel, copies))
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="double-courier", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def try_now(self, parcel: Parcel) -> Attempt:
        """One try, at once and in the caller's thread; no other follows."""
        attempt = self._post(parcel, 1)
        self.attempts.append(attempt)
        return attempt

    @property
    def pending(self) -> int:
        return len(self._waiting) + self._out

    def settle(self, timeout: float) -> bool:
        """Wait until everything was taken or given up."""
        with self._changed:
            return self._changed.wait_for(lambda: self.pending == 0, timeout)

    def stop(self) -> None:
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        self._client.close()

    def _serve(self) -> None:
        while (one := self._next()) is not None:
            attempt = self._post(one.parcel, one.tries + 1)
            self.attempts.append(attempt)
            with self._changed:
                self._out -= 1
                self._keep(one, attempt)
                self._changed.notify_all()

    def _next(self) -> _Waiting | None:
        """The first whose time has come; None: it is over."""
        with self._changed:
            while not self._stopping:
                pause = self._waiting[0].due - monotonic() if self._waiting else None
                if pause is not None and pause <= 0:
                    self._out += 1
                    return heapq.heappop(self._waiting)
                self._changed.wait(pause)
        return None

    def _keep(self, one: _Waiting, attempt: Attempt) -> None:
        one.tries += 1
        pause = self._again(attempt)
        if pause is None and attempt.taken:
            one.copies -= 1
            pause = 0.0 if one.copies > 0 else None
        if pause is not None:
            one.due = monotonic() + pause / self._speed
            heapq.heappush(self._waiting, one)

    def _post(self, parcel: Parcel, tries: int) -> Attempt:
        headers = {"content-type": "application/json", **parcel.headers(tries - 1)}
        try:
            response = self._client.post(parcel.url, content=parcel.body, headers=headers)
        except httpx2.HTTPError:
            return Attempt(parcel, tries, None)
        named = response.headers.get("retry-after", "")
        wait = float(named) if named.isdigit() else None
        return Attempt(parcel, tries, response.status_code, response.text, wait)
