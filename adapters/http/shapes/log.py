"""The log and the intake counters, as the API answers them."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel


class Events(BaseModel):
    """`next` = the position to ask after; it also moves on over events that the filter left out."""

    events: list[dict[str, Any]]
    next: int
    head: int


class IntakeRow(BaseModel):
    """received = routed + duplicate + quarantined + ignored + rejected, always (E11)."""

    channel: str
    received: int
    routed: int
    duplicate: int
    quarantined: int
    ignored: int
    rejected: int


class IntakeCounts(BaseModel):
    channels: list[IntakeRow]
