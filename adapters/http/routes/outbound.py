"""Writing first: an agent begins a dialog with a customer (§4 "outbound first contact", E15, A30, C11, C12)."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from adapters.first_contact import start
from adapters.http import wire
from adapters.http.asking import Asking, may
from adapters.http.knowing import head_of
from adapters.http.routes.acting import Done

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
        (await run_in_threadpool(head_of, asking, body.channel)).kind,
        body.to,
        agent=body.agent or me,
        by=me,
        body=body.body,
        client_key=asking.key or uuid4().hex,
        template=body.template,
        force=body.force,
    )
    return Done.model_validate(await asking.run(wanted))
