"""Writing first: an agent begins a dialog with a customer (§4 "outbound first contact", E15, A30, C11, C12)."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from adapters.first_contact import start
from adapters.http import wire
from adapters.http.asking import Asking, may
from adapters.http.routes.acting import Done
from adapters.store.heads import Kept, StoredHeads
from domain.channel import Channel
from domain.errors import NotFound
from domain.kinds import ChannelKind

router = APIRouter(prefix="/v1/dialogs", tags=["dialogs"])


@router.post("", status_code=201, response_model_exclude_none=True)
async def start_dialog(body: wire.NewDialog, asking: Annotated[Asking, may("dialogs.act")]) -> Done:
    """Write to a customer first, where the kind of the channel allows it. 409 `dialog_open` names an open dialog."""
    me = asking.grant.actor
    if body.force or body.agent not in (None, me):
        await asking.only_leads("dialogs.act", "begin a dialog for somebody else, or above the capacity")
    wanted = start(
        asking.parts.vault,
        asking.tenant,
        body.channel,
        await run_in_threadpool(_kind, asking, body.channel),
        body.to,
        agent=body.agent or me,
        by=me,
        body=body.body,
        client_key=asking.key or uuid4().hex,
        template=body.template,
        force=body.force,
    )
    return Done.model_validate(await asking.run(wanted))


def _kind(asking: Asking, channel: str) -> ChannelKind:
    """From the head, so that a channel made a moment ago is known."""
    with asking.parts.database.pool.connection(timeout=3) as connection:
        head: Channel = StoredHeads(connection, asking.tenant, Kept()).head(f"channel-{channel}").state
    if head.phase == "unknown":
        raise NotFound("channel_unknown", "There is no such channel.")
    return head.kind
