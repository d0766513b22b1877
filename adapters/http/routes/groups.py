"""The end of a group (F19)."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from adapters.http import shapes, wire
from adapters.http.asking import Asking, may
from domain.desk.receivers import ArchiveGroup

router = APIRouter(prefix="/v1/groups/{group}", tags=["groups"])


@router.post("/archive", response_model_exclude_none=True)
async def archive(
    group: str, asking: Annotated[Asking, may("groups.set")], body: wire.Nothing | None = None
) -> shapes.Saved:
    """409 `in_use` names the channels that send to it and the groups that overflow into it. What waits moves on."""
    return shapes.Saved.model_validate(await asking.run(ArchiveGroup(group=group)))
