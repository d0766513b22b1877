"""What agents do with a dialog: accept, decline, take, transfer, answer, note, hold, close (§4, §5)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import NAMESPACE_OID, uuid5

from domain import agent as agents
from domain.channel import Channel, files_refusal, outbound_refusal, template_refusal
from domain.desk.offers import end_offers, free_slots, hold_ended
from domain.desk.rights import must_concern
from domain.desk.routing import assign, known_bot, route
from domain.desk.wording import must_be_sendable
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.decide import not_bot_turn
from domain.dialog.events import Attachment, Author, Target
from domain.dialog.state import Dialog
from domain.errors import Conflict, Invalid, NotAllowed, NotFound, Problem
from domain.kinds import KINDS
from domain.recorded import Policy

LONGEST_HOLD = timedelta(days=365)
"""As long as the longest period of auto-close (Q16)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptOffer:
    dialog: str
    offer: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclineOffer:
    dialog: str
    offer: str
    agent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeDialog:
    """By hand: the agent himself, or a supervisor for him. `force` goes above his capacity (F21)."""

    dialog: str
    agent: str
    by: str
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferDialog:
    """By the holder, or by a supervisor (`supervises`)."""

    dialog: str
    to: Target
    by: str
    supervises: bool = False
    comment: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SendMessage:
    """`answers`: the position of the last customer message that a bot's words answer; None = all so far.

    `by` = the agent whose dialog it must be; None = whoever leads. `limited`: what no provider takes is refused.
    `template` = the name of an approved one of which `body` is the wording: it goes out after the window, too (C19).
    """

    dialog: str
    client_key: str
    author: Author
    body: str
    template: str | None = None
    answers: int | None = None
    attachments: tuple[Attachment, ...] = ()
    by: str | None = None
    limited: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class TellDialog:
    """What concerns the dialog alone: hold, note, tag, topic, attribute, priority, report. `by` as above."""

    dialog: str
    command: (
        ask.Hold | ask.Unhold | ask.AddNote | ask.Tag | ask.SetTopic | ask.SetAttribute | ask.SetPriority | ask.Report
    )
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportMessages:
    """A provider's word about several messages of ours at once: (dialog, message), in the order of sending."""

    messages: tuple[tuple[str, str], ...]
    result: Literal["delivered", "read"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDialog:
    dialog: str
    cause: Literal["agent", "bot", "spam"] = "agent"
    by: str | None = None


def accept(world: World, command: AcceptOffer) -> dict[str, Any]:
    accepted = world.do(f"dialog-{command.dialog}", ask.Accept(offer=command.offer, agent=command.agent, at=world.now))
    if not accepted:
        return {"outcome": "accepted", "dialog": command.dialog}
    if not world.agent(command.agent).ready:
        raise Conflict("agent_not_ready", "Only an agent who is ready can accept an offer.")
    assign(world, command.dialog, command.agent, "offer", offer=command.offer)
    end_offers(world, command.dialog, "accepted_by_other")
    return {"outcome": "accepted", "dialog": command.dialog}


def decline(world: World, command: DeclineOffer) -> dict[str, Any]:
    ended = world.do(f"dialog-{command.dialog}", ask.Decline(offer=command.offer, agent=command.agent, at=world.now))
    for event in ended:
        free_slots(world, command.dialog, event.offers, "declined")
    return {"outcome": "declined", "dialog": command.dialog}


def take(world: World, command: TakeDialog) -> dict[str, Any]:
    dialog = open_dialog(world, command.dialog)
    if dialog.phase == "assigned":
        if dialog.assignee == command.agent:
            return {"outcome": "assigned", "dialog": command.dialog}
        raise Conflict("already_assigned", "The dialog is with another agent; transfer it instead.")
    end_offers(world, command.dialog, "manual_assignment")
    if dialog.phase == "bot":
        world.do(f"dialog-{command.dialog}", ask.HandOff(reason="manual"))
    assign(world, command.dialog, command.agent, "manual", by=command.by, force=command.force)
    return {"outcome": "assigned", "dialog": command.dialog}


def transfer(world: World, command: TransferDialog) -> dict[str, Any]:
    dialog = open_dialog(world, command.dialog)
    if not command.supervises and dialog.assignee != command.by:
        raise NotAllowed("not_holder", "Only the agent who holds the dialog, or a supervisor, may transfer it.")
    _may_receive(world, dialog, command.to)
    end_offers(world, command.dialog, "transferred")
    wanted = ask.Transfer(to=command.to, by=command.by, comment=command.comment, force=command.force)
    world.do(f"dialog-{command.dialog}", wanted)
    if dialog.assignee is not None:
        world.do(f"agent-{dialog.assignee}", agents.Release(dialog=command.dialog, reason="transferred"))
    if command.to.kind == "agent":
        assign(world, command.dialog, command.to.id, "transferred", by=command.by, force=command.force)
    else:
        route(world, command.dialog, command.to, "transfer", "transferred", fresh=True)
    return {"outcome": "transferred", "dialog": command.dialog}


def _may_receive(world: World, dialog: Dialog, target: Target) -> None:
    if target.kind == "agent" and not world.agent(target.id).exists:
        raise NotFound("agent_unknown", "There is no such agent.")
    if target.kind == "group" and (not world.group(target.id).exists or world.group(target.id).archived):
        raise NotFound("group_unknown", "There is no such group.")
    if target.kind not in KINDS[world.channel(dialog.channel).kind].receivers:
        raise Conflict("receiver_kind_not_allowed", f"Dialogs of this kind of channel cannot go to a {target.kind}.")
    if target.kind == "bot" and not known_bot(world, target.id):
        raise NotFound("bot_unknown", "There is no such bot.")


def send(world: World, command: SendMessage) -> dict[str, Any]:
    must_concern(world, command.dialog, command.by)
    dialog = open_dialog(world, command.dialog)
    channel = world.channel(dialog.channel)
    if refusal := outbound_refusal(channel) or files_refusal(channel, command.attachments, command.body):
        raise refusal
    if command.template is not None:
        _may_be_a_template(channel, command)
    if command.limited:
        must_be_sendable(channel.kind, command.body, files=bool(command.attachments))
    message = str(uuid5(NAMESPACE_OID, f"{command.dialog}|{command.client_key}"))
    wanted = ask.Send(
        message=message,
        client_key=command.client_key,
        author=command.author,
        body=command.body,
        answers=command.answers,
        attachments=command.attachments,
        template=command.template,
    )
    world.do(f"dialog-{command.dialog}", wanted)
    return {"outcome": "sent", "dialog": command.dialog, "message": message}


def _may_be_a_template(channel: Channel, command: SendMessage) -> None:
    if refusal := template_refusal(channel):
        raise refusal
    if command.attachments:
        raise Conflict("template_alone", "A template goes without files.")


def tell(world: World, command: TellDialog) -> dict[str, Any]:
    must_concern(world, command.dialog, command.by)
    if isinstance(command.command, ask.Hold) and command.command.until is not None:
        _must_lie_ahead(world, command.command.until)
    events = world.do(f"dialog-{command.dialog}", command.command)
    hold_ended(world, command.dialog, events)
    return {"outcome": "done" if events else "unchanged", "dialog": command.dialog}


def _must_lie_ahead(world: World, until: datetime) -> None:
    if not world.now < until <= world.now + LONGEST_HOLD:
        days = LONGEST_HOLD.days
        sentence = f"until must lie ahead, at most {days} days."
        raise Invalid([Problem(field="until", code="out_of_range", sentence=sentence, limits={"days": days})])


def report_messages(world: World, command: ReportMessages) -> dict[str, Any]:
    for dialog, message in command.messages:
        world.do(f"dialog-{dialog}", ask.Report(message=message, result=command.result))
    return {"outcome": "done", "messages": len(command.messages)}


def close(world: World, command: CloseDialog) -> dict[str, Any]:
    must_concern(world, command.dialog, command.by)
    dialog = world.dialog(command.dialog)
    settings = world.channel(dialog.channel).settings if dialog.channel else None
    asked = settings is not None and command.cause != "spam"
    if command.cause == "bot" and settings is not None and not settings.bot_may_close:
        raise NotAllowed("not_allowed", "Bots may not close dialogs of this channel.")
    if command.cause == "bot" and dialog.open and dialog.phase != "bot":
        raise not_bot_turn()
    version = world.version(f"channel-{dialog.channel}") if asked else None
    wanted = ask.Close(
        cause=command.cause,
        at=world.now,
        tag_needed=asked and settings is not None and settings.required_tag,
        topic_needed=asked and settings is not None and settings.required_topic,
        channel_version=version,
        policies=(Policy(stream=f"channel-{dialog.channel}", version=version),) if version else (),
    )
    closed = world.do(f"dialog-{command.dialog}", wanted)
    leave(world, command.dialog, dialog)
    return {"outcome": "closed" if closed else "unchanged", "dialog": command.dialog}


def leave(world: World, dialog_id: str, before: Dialog) -> None:
    """Give back every slot that a dialog held or had reserved (G16)."""
    free_slots(world, dialog_id, before.offers, "closed")
    if before.assignee is not None:
        world.do(f"agent-{before.assignee}", agents.Release(dialog=dialog_id, reason="closed"))


def open_dialog(world: World, dialog_id: str) -> Dialog:
    return must_be_open(world.dialog(dialog_id))


def must_be_open(dialog: Dialog) -> Dialog:
    """The same dialog. Raises `NotFound`, `Conflict`."""
    if dialog.phase == "unknown":
        raise NotFound("dialog_unknown", "There is no such dialog.")
    if not dialog.open:
        raise Conflict("dialog_closed", "The dialog is closed; the customer's next message opens a new one.")
    return dialog
