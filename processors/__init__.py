"""Rules in motion: one file each. An event only marks what may have to be looked at; a worker looks, and decides.

`REGISTRY` is all of them: what they hear, what they mark, and the command that looks at the marks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from domain.desk import HANDLERS, Handler
from domain.recorded import Recorded
from processors import auto_close, distribution, presence, receivers


@dataclass(frozen=True, slots=True)
class Processor:
    """`marks` names the streams that an event makes dirty; `look` makes one command out of dirty streams."""

    name: str
    hears: frozenset[str]
    marks: Callable[[Recorded], Sequence[str]]
    look: Callable[[Sequence[str]], Any]


REGISTRY: dict[str, Processor] = {
    processor.name: processor
    for processor in (
        Processor("distribution", distribution.HEARS, distribution.marks, distribution.look),
        Processor("presence", presence.HEARS, presence.marks, presence.look),
        Processor("receivers", receivers.HEARS, receivers.marks, receivers.look),
        Processor("auto_close", auto_close.HEARS, auto_close.marks, auto_close.look),
    )
}

ALL_HANDLERS: dict[type[Any], Handler] = {
    **HANDLERS,
    distribution.Distribute: distribution.distribute,
    presence.LookAtAgents: presence.look_at,
    receivers.LookAtReceivers: receivers.look_at,
    auto_close.LookAtChannels: auto_close.look_at,
}
"""Commands from outside and those of the processors: what an executor can carry out."""
