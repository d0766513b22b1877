"""What became of everything that came in, per channel: the sum always agrees (E11)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from adapters.http.asking import Asking, may
from adapters.http.shapes import IntakeCounts, IntakeRow

router = APIRouter(prefix="/v1", tags=["intake"])
FATES = ("routed", "duplicate", "quarantined", "ignored", "rejected")


@router.get("/intake")
async def read_intake(asking: Annotated[Asking, may("intake.read")]) -> IntakeCounts:
    """How much came in by each channel, and what became of it: the five fates add up to `received`."""
    return await run_in_threadpool(_counts, asking)


def _counts(asking: Asking) -> IntakeCounts:
    """The counters stand in the transaction of what they count, so there is no lag to tell."""
    with asking.parts.database.pool.connection(timeout=3) as connection:
        rows = connection.execute(
            "SELECT channel, outcome, n FROM parley.intake_count WHERE tenant = %s ORDER BY channel", (asking.tenant,)
        ).fetchall()
    channels: dict[str, dict[str, int]] = {}
    for channel, outcome, n in rows:
        channels.setdefault(channel, dict.fromkeys(FATES, 0))[outcome] = n
    return IntakeCounts(
        channels=[
            IntakeRow(channel=channel, received=sum(counts.values()), **counts) for channel, counts in channels.items()
        ]
    )
