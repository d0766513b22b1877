"""We write first: an agent begins a dialog with a customer, where the kind of channel allows it (§4, §3 first_contact).

What a kind allows is a row of `RULES`. Whether this very customer lets himself be written to, where the rule is the
provider's (subscribers, allowed messages), the provider says when the message is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from domain.channel import Channel, first_contact_refusal
from domain.desk.arrival import open_dialog
from domain.desk.directory import customer_of
from domain.desk.registering import namespace_of
from domain.desk.routing import assign
from domain.desk.wording import must_be_sendable
from domain.desk.world import Known, World
from domain.dialog import commands as ask
from domain.dialog.events import Author
from domain.errors import Conflict, NotFound
from domain.kinds import KINDS, FirstContact


@dataclass(frozen=True, slots=True, kw_only=True)
class StartDialog:
    """`sender_key` = keyed hash of the customer's id at the provider, `sender_id` the id; both made at the door.

    `template` = the name of an approved template, where the kind asks for one. `force` goes above the capacity.
    """

    channel: str
    sender_key: str
    sender_id: str
    agent: str
    by: str
    body: str
    client_key: str
    template: str | None = None
    force: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """`strangers`: also those who have never written to us, for we may know their id at the provider."""

    strangers: bool = True
    template: bool = False


NOT_ALLOWED = "first_contact_not_allowed"
RULES: dict[FirstContact, Rule] = {
    "existing_chat": Rule(strangers=False),
    "subscribers": Rule(strangers=False),
    "allowed_messages": Rule(),
    "template": Rule(template=True),
    "template_with_namespace": Rule(template=True),
    "yes": Rule(),
}
"""Of the kinds through which one may write first at all; which may not, `domain.channel.outbound` says."""


def start_dialog(world: World, command: StartDialog) -> dict[str, Any]:
    channel = world.channel(command.channel)
    if channel.phase == "unknown":
        raise NotFound("channel_unknown", "There is no such channel.")
    known = world.known(namespace_of(world, command.channel), command.sender_key)
    _may_write_first(channel, command, known)
    last = world.conversation(command.channel, known.customer) if known else None
    if last is not None and last.open:
        raise Conflict("dialog_open", "This customer has an open dialog in the channel.", dialog=last.dialog)
    _must_work_here(world, command.agent)
    must_be_sendable(channel.kind, command.body)
    who = known or customer_of(world, command.channel, channel.kind, command.sender_key, command.sender_id)
    dialog = open_dialog(world, command.channel, who, last, by_agent=True)
    message = str(uuid5(NAMESPACE_OID, f"{dialog}|{command.client_key}"))
    said = ask.Send(
        message=message,
        client_key=command.client_key,
        author=Author(kind="agent", id=command.agent),
        body=command.body,
        template=command.template,
    )
    world.do(f"dialog-{dialog}", said)
    assign(world, dialog, command.agent, "outbound", by=command.by, force=command.force)
    return {"outcome": "started", "dialog": dialog, "message": message}


def _may_write_first(channel: Channel, command: StartDialog, known: Known | None) -> None:
    if refusal := first_contact_refusal(channel):
        raise refusal
    rule = RULES[KINDS[channel.kind].first_contact]
    if not rule.strangers and known is None:
        raise Conflict(NOT_ALLOWED, "Only who has written to this channel before can be written to.")
    if rule.template and not command.template:
        raise Conflict("template_required", "A first message needs an approved template in this kind of channel.")


def _must_work_here(world: World, agent: str) -> None:
    found = world.agent(agent)
    if not found.exists:
        raise NotFound("agent_unknown", "There is no such agent.")
    if not found.active:
        raise Conflict("agent_deactivated", "The agent is deactivated.")
