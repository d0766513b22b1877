"""Agents at work: a sign of life, and an end to working here that is not for ever (F13, F14)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from adapters.http import shapes, wire
from adapters.http.asking import Asking, may
from domain.desk.presence import Heartbeat, SetActive

router = APIRouter(prefix="/v1/agents/{agent}", tags=["agents"])


@router.post("/heartbeat")
async def show_sign_of_life(
    agent: str, asking: Annotated[Asking, may("presence.set")], body: wire.Nothing | None = None
) -> shapes.SignOfLife:
    """Your presence is believed until `until`; send it again well before, a third of `lease` is right.

    Who sends one and then falls silent is offline, and must declare himself anew. Who never sends one is believed
    without an end. It leaves no trace in the log, and an `Idempotency-Key` means nothing to it.
    """
    if agent != asking.grant.actor:
        await asking.only_leads("presence.set", "show a sign of life for somebody else")
    lease = asking.parts.presence_lease
    return shapes.SignOfLife(**await asking.signal(Heartbeat(agent=agent, lease=lease)), lease=lease)


@router.post("/deactivate", response_model_exclude_none=True)
async def deactivate(
    agent: str, asking: Annotated[Asking, may("agents.activate")], body: wire.Nothing | None = None
) -> shapes.Saved:
    """Nothing goes to the agent any more; each dialog that he has is released and goes to others."""
    return shapes.Saved.model_validate(await asking.run(SetActive(agent=agent, active=False)))


@router.post("/reactivate", response_model_exclude_none=True)
async def reactivate(
    agent: str, asking: Annotated[Asking, may("agents.activate")], body: wire.Nothing | None = None
) -> shapes.Saved:
    """The agent is one again; dialogs that wait are looked at anew, those of channels that send to him are his."""
    return shapes.Saved.model_validate(await asking.run(SetActive(agent=agent, active=True)))
