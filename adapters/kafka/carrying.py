"""The relay's one promise, in one place: first the topics, then the cursor."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

R = TypeVar("R")


async def topics_then_cursor(
    send: Callable[[Sequence[R]], Awaitable[None]], save: Callable[[int], None], records: Sequence[R], last: int
) -> None:
    """`send` returns when all is acknowledged. The other way round loses what a crash catches between."""
    await send(records)
    save(last)
