"""The record of refusals (A15, L09): streams of their own, in a lane and through an executor of their own.

A refusal is recorded before it is answered. If the store is away the refusal stands all the same.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from adapters.http.parts import Parts
from adapters.store.awaiting import answered
from adapters.store.executor import Executor
from adapters.store.requests import Request
from domain.access import AccessDenied
from domain.desk.world import World
from domain.errors import Unavailable
from domain.recorded import Actor

log = logging.getLogger("parley.http")
FIRST_LANE = 10_000
"""Access streams of lane n stand in lane 10,000 + n."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordDenied:
    operation: str
    object: str


def record_denied(world: World, command: RecordDenied) -> dict[str, Any]:
    day = world.now.date().isoformat()
    denied = AccessDenied(operation=command.operation, object=command.object)
    world.record(f"access-{world.tenant}:{day}", denied)
    return {"outcome": "recorded"}


class AccessRecord:
    """Its executor starts with the first refusal. `close` it with the application."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    @cached_property
    def _executor(self) -> Executor:
        parts = self._parts
        return Executor(
            parts.database, parts.vault, lane=FIRST_LANE + parts.lane, handlers={RecordDenied: record_denied}
        )

    async def denied(self, tenant: str, actor: Actor, operation: str, object: str) -> None:
        command = RecordDenied(operation=operation, object=object[:200])
        asked = Request(tenant=tenant, command=command, actor=actor, remember=False)
        try:
            await answered(self._executor.submit(asked))
        except Unavailable as error:
            log.warning("a refusal of %s was not recorded: %s", operation, error.code)

    def close(self) -> None:
        if "_executor" in self.__dict__:
            self._executor.close()
