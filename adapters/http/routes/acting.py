"""What agents do with a dialog. Every answer has `position`; give it to `wait_for` to read what you wrote."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from adapters.http import wire
from adapters.http.asking import Asking, may
from adapters.http.files import told
from domain.desk import answering as desk
from domain.dialog import commands as ask
from domain.dialog.events import Author

router = APIRouter(prefix="/v1/dialogs/{dialog}", tags=["dialogs"])
Acting = Annotated[Asking, may("dialogs.act")]


class Done(BaseModel):
    """`outcome` says what became of it; `position` = its last event, or the log's end if it changed nothing."""

    model_config = ConfigDict(extra="forbid")

    outcome: str
    dialog: str
    position: int
    message: str | None = None
    note: str | None = None


@router.post("/messages", response_model_exclude_none=True)
async def send_message(dialog: str, body: wire.NewMessage, asking: Acting) -> Done:
    """Answer the customer, with files or without. The same Idempotency-Key sends once.

    A file is brought in first: `POST /v1/attachments?dialog={dialog}&name=…` with its raw bytes as the body answers its
    `id`. The kind of channel says how many files a message may have, how large, and whether a text may stand beside.
    `template` (WhatsApp): the name of an approved one, and `body` its wording; it goes out after 24 hours too.
    """
    author = Author(kind="agent", id=asking.grant.actor)
    files = await run_in_threadpool(told, asking, dialog, body.attachments)
    wanted = desk.SendMessage(
        dialog=dialog,
        client_key=asking.key or uuid4().hex,
        author=author,
        body=body.body or "",
        attachments=files,
        template=body.template,
        by=_own(asking),
    )
    return await _done(asking, wanted)


@router.post("/notes", response_model_exclude_none=True)
async def add_note(dialog: str, body: wire.NewNote, asking: Acting) -> Done:
    """A note that only people on our side see."""
    note = (asking.key or uuid4().hex)[-32:]
    done = await _tell(asking, dialog, ask.AddNote(note=note, body=body.body))
    return done.model_copy(update={"note": note})


@router.post("/accept", response_model_exclude_none=True)
async def accept_offer(dialog: str, body: wire.Offer, asking: Acting) -> Done:
    """Accept an offer made to yourself: the dialog is yours, and other offers of it end."""
    return await _done(asking, desk.AcceptOffer(dialog=dialog, offer=body.offer, agent=asking.grant.actor))


@router.post("/decline", response_model_exclude_none=True)
async def decline_offer(dialog: str, body: wire.Offer, asking: Acting) -> Done:
    """Decline an offer made to yourself: the search for an agent goes on without you."""
    return await _done(asking, desk.DeclineOffer(dialog=dialog, offer=body.offer, agent=asking.grant.actor))


@router.post("/take", response_model_exclude_none=True)
async def take_dialog(dialog: str, body: wire.Take, asking: Acting) -> Done:
    """Take it by hand; a supervisor takes it for somebody else too."""
    me = asking.grant.actor
    if body.force or body.agent not in (None, me):
        await asking.only_leads("dialogs.act", "take a dialog for somebody else, or above the capacity")
    return await _done(asking, desk.TakeDialog(dialog=dialog, agent=body.agent or me, by=me, force=body.force))


@router.post("/transfer", response_model_exclude_none=True)
async def transfer_dialog(dialog: str, body: wire.TransferTo, asking: Acting) -> Done:
    """Hand it over to an agent or a group. Its holder may, and a supervisor; `force` goes above the capacity."""
    if body.force:
        await asking.only_leads("dialogs.act", "go above the capacity")
    wanted = desk.TransferDialog(
        dialog=dialog,
        to=body.to,
        by=asking.grant.actor,
        supervises=asking.leads,
        comment=body.comment,
        force=body.force,
    )
    return await _done(asking, wanted)


@router.post("/hold", response_model_exclude_none=True)
async def hold_dialog(dialog: str, body: wire.HoldUntil, asking: Acting) -> Done:
    """Not closed for idleness while it is held."""
    return await _tell(asking, dialog, ask.Hold(until=body.until, reason=body.reason))


@router.post("/unhold", response_model_exclude_none=True)
async def unhold_dialog(dialog: str, asking: Acting, body: wire.Nothing | None = None) -> Done:
    """End a hold: from now on the dialog may close for idleness again."""
    return await _tell(asking, dialog, ask.Unhold())


@router.post("/close", response_model_exclude_none=True)
async def close_dialog(dialog: str, asking: Acting, body: wire.CloseAs | None = None) -> Done:
    """Close it, if the tag and the topic that its channel requires are set. The next message opens a new dialog."""
    return await _done(asking, desk.CloseDialog(dialog=dialog, cause=(body or wire.CloseAs()).cause, by=_own(asking)))


@router.post("/tags", response_model_exclude_none=True)
async def change_tags(dialog: str, body: wire.Tags, asking: Acting) -> Done:
    """One event a tag that really changes."""
    wanted = [ask.Tag(tag=tag) for tag in body.add] + [ask.Tag(tag=tag, on=False) for tag in body.remove]
    done = Done(outcome="unchanged", dialog=dialog, position=0)
    for place, command in enumerate(wanted):
        told = await _tell(asking.part(place), dialog, command)
        changed = "done" in (told.outcome, done.outcome)
        done = told.model_copy(update={"outcome": "done" if changed else "unchanged"})
    return done


@router.post("/topic", response_model_exclude_none=True)
async def set_topic(dialog: str, body: wire.Topic, asking: Acting) -> Done:
    """Say what the dialog is about; null takes the topic away."""
    return await _tell(asking, dialog, ask.SetTopic(topic=body.topic))


@router.post("/priority", response_model_exclude_none=True)
async def set_priority(dialog: str, body: wire.Priority, asking: Acting) -> Done:
    """Set how urgent it is, 0 to 9: a higher priority is offered first."""
    return await _tell(asking, dialog, ask.SetPriority(priority=body.priority))


def _own(asking: Asking) -> str | None:
    """An agent works on his own and his groups' dialogs; who leads works on all."""
    return None if asking.leads else asking.grant.actor


async def _done(asking: Asking, command: Any) -> Done:
    return Done.model_validate(await asking.run(command))


async def _tell(asking: Asking, dialog: str, command: Any) -> Done:
    return await _done(asking, desk.TellDialog(dialog=dialog, command=command, by=_own(asking)))
