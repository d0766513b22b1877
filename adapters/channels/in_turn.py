"""Answering a turn of a customer whose provider cannot be called: what waits for him goes into our 200.

The provider hangs up after a few seconds; when composing the answer begins too late for that, nothing is taken along,
because nobody would hear it. What he said is kept in any case.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import cache
from time import monotonic
from typing import Protocol

from starlette.background import BackgroundTask
from starlette.responses import Response

from adapters.channels import channel
from adapters.channels.contract import AnswersInTurn
from adapters.channels.doors import Door
from adapters.channels.inbound import Inbound
from adapters.intake import IntakeOutcome

HEARS_FOR = 4.0
"""Seconds from the request on in which an answer surely arrives: Alice waits 4.5."""
REACHED = frozenset({"routed", "duplicate"})


class Waiting(Protocol):
    """Texts of ours that wait for a chat's next turn. Both block."""

    def give(self, tenant: str, channel: str, chat: str, turn: str, *, longest: int, joint: str) -> list[str]: ...
    def given(self, tenant: str, channel: str, chat: str, turn: str) -> None: ...


@cache
def in_turn(kind: str) -> AnswersInTurn | None:
    """The adapter of a kind that answers in turn; None: its provider is called."""
    adapter = channel(kind)
    return adapter if isinstance(adapter, AnswersInTurn) else None


async def answer_turn(
    adapter: AnswersInTurn,
    door: Door,
    raw: bytes,
    outcomes: Sequence[IntakeOutcome],
    waiting: Waiting | None,
    began: float,
) -> Response:
    """`began` on the monotonic clock."""
    things = [one.thing for one in outcomes]
    speaker = next((thing for thing in things if thing.sender_id and thing.external_message_id), None)
    texts: list[str] = []
    left = None
    if waiting is not None and speaker is not None and monotonic() - began < HEARS_FOR:
        texts = await asyncio.to_thread(_taken, adapter, door, speaker, waiting)
        left = _told(door, speaker, waiting) if texts else None
    taken = all(one.fate in REACHED for one in outcomes)
    body = adapter.answer(raw, things, texts, taken=taken)
    return Response(body, media_type="application/json", background=left)


def _taken(adapter: AnswersInTurn, door: Door, who: Inbound, waiting: Waiting) -> list[str]:
    chat, turn = who.sender_id or "", who.external_message_id or ""
    return waiting.give(door.tenant, door.channel, chat, turn, longest=adapter.longest_turn, joint=adapter.joint)


def _told(door: Door, who: Inbound, waiting: Waiting) -> BackgroundTask:
    """Runs in a thread once the answer has left."""
    return BackgroundTask(waiting.given, door.tenant, door.channel, who.sender_id or "", who.external_message_id or "")
