"""Waiting for the executor from an event loop: one wake-up of the loop a batch, not one a command.

Whoever stops waiting does not call a command off: it may be half-way into the log.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")


async def finished(futures: Sequence[Future[Any]]) -> None:
    """Return when all are done, whatever their outcome."""
    loop = asyncio.get_running_loop()
    post = _mailbox(loop).post
    for future in futures:
        if not future.done():
            gate = loop.create_future()
            future.add_done_callback(_opening(post, gate))
            await gate


async def answered(future: Future[T]) -> T:
    """The result, or what the command was refused with."""
    await finished([future])
    return future.result()


def _opening(post: Callable[[Callable[[], None]], None], gate: asyncio.Future[None]) -> Callable[[Any], None]:
    def open_gate() -> None:
        if not gate.done():  # whoever waited may have been called off
            gate.set_result(None)

    return lambda _: post(open_gate)


class _Mailbox:
    """Callbacks for a loop from other threads; the loop is woken only when the box was empty."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._lock = threading.Lock()
        self._letters: list[Callable[[], None]] = []

    def post(self, letter: Callable[[], None]) -> None:
        with self._lock:
            self._letters.append(letter)
            first = len(self._letters) == 1
        if first:
            try:
                self._loop.call_soon_threadsafe(self._empty)
            except RuntimeError:  # the loop has ended, and with it all who waited there
                return

    def _empty(self) -> None:
        with self._lock:
            letters, self._letters = self._letters, []
        for letter in letters:
            letter()


_mailboxes: WeakKeyDictionary[asyncio.AbstractEventLoop, _Mailbox] = WeakKeyDictionary()


def _mailbox(loop: asyncio.AbstractEventLoop) -> _Mailbox:
    found = _mailboxes.get(loop)
    if found is None:
        found = _mailboxes[loop] = _Mailbox(loop)
    return found
