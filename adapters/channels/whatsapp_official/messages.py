"""A message of WhatsApp → `Inbound`: words and files, what is done to earlier ones, and what nobody wrote.

A customer is known by his number, or by an id of Meta's (`user_id`, BSUID) where a username hides the number.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from adapters.channels.graph_body import Facts
from adapters.channels.inbound import Inbound, InboundKind, invalid
from adapters.channels.whatsapp_official.content import content
from adapters.channels.whatsapp_official.models import Contact, Edited, Message, Reaction, Revoked, System
from adapters.channels.whatsapp_official.people import Person, moment, person

WRONG = "The message is not as the Cloud API describes it"


def message(one: Any, people: Sequence[Contact], account: str | None) -> Sequence[Inbound]:
    said = _read(one)
    who = person(said, people)
    common = {"account_id": account, "timestamp": moment(said.timestamp), **who.facts}
    if said.group_id is not None:
        return (Inbound(kind="ignore", account_id=account, reason="chat:several"),)
    if said.type == "system":
        return (_system(System.model_validate(one.get("system") or {}), said, common),)
    if who.id is None:
        return (invalid(f"{WRONG}: from: nobody is named."),)
    return (TYPES.get(said.type, _written)(one, said, who, common),)


def _written(one: Facts, message: Message, who: Person, common: dict[str, Any]) -> Inbound:
    return _said("message", one, message, common, who.id, f"message:{message.id}")


def _said(
    kind: InboundKind, one: Facts, message: Message, common: Mapping[str, Any], chat: str | None, itself: str
) -> Inbound:
    found = content(one)
    replied = message.context.id if message.context else None
    return Inbound(
        kind=kind,
        external_message_id=message.id,
        external_chat_id=chat,
        text=found.text,
        attachments=found.attachments,
        reply_to_external_message_id=replied,
        button_payload=found.button,
        dedup_key=itself,
        **common,
    )


def _reaction(one: Facts, message: Message, who: Person, common: dict[str, Any]) -> Inbound:
    """No emoji: he took it back."""
    told = Reaction.model_validate(one.get("reaction"))
    return Inbound(
        kind="reaction",
        external_message_id=message.id,
        external_chat_id=who.id,
        target_message_id=told.message_id,
        emoji=told.emoji or "",
        dedup_key=f"reaction:{message.id}",
        **common,
    )


def _edit(one: Facts, message: Message, who: Person, common: dict[str, Any]) -> Inbound:
    told = Edited.model_validate(one.get("edit"))
    now = content(told.message)
    return Inbound(
        kind="edit",
        external_message_id=message.id,
        external_chat_id=who.id,
        text=now.text,
        attachments=now.attachments,
        edits_external_message_id=told.original_message_id,
        dedup_key=f"edit:{message.id}",
        **common,
    )


def _revoke(one: Facts, message: Message, who: Person, common: dict[str, Any]) -> Inbound:
    told = Revoked.model_validate(one.get("revoke"))
    return Inbound(
        kind="delete",
        external_message_id=message.id,
        external_chat_id=who.id,
        deletes_external_message_id=told.original_message_id,
        dedup_key=f"delete:{message.id}",
        **common,
    )


def _welcome(one: Facts, message: Message, who: Person, common: dict[str, Any]) -> Inbound:
    """He has opened the chat and written nothing yet."""
    return Inbound(
        kind="service",
        external_message_id=message.id,
        external_chat_id=who.id,
        reason="request_welcome",
        dedup_key=f"welcome:{message.id}",
        **common,
    )


TYPES: dict[str, Callable[[Facts, Message, Person, dict[str, Any]], Inbound]] = {
    "reaction": _reaction,
    "edit": _edit,
    "revoke": _revoke,
    "request_welcome": _welcome,
}


def _system(told: System, message: Message, common: Mapping[str, Any]) -> Inbound:
    """`sender_also`: the number or id that he has from now on."""
    new = told.wa_id or told.user_id
    before = common["sender_id"] or told.previous_user_id
    return Inbound(
        kind="service",
        external_message_id=message.id,
        reason=told.type[:64] or "system",
        dedup_key=f"system:{message.id}",
        **{**common, "sender_id": before, "sender_also": (new,) if new and new != before else None},
    )


def echo(one: Any, account: str | None) -> Sequence[Inbound]:
    said = _read(one)
    chat = said.to or said.to_user_id
    common = {"account_id": account, "sender_id": said.sender, "timestamp": moment(said.timestamp)}
    return (_said("echo", one, said, common, chat, f"echo:{said.id}"),)


def _read(one: Any) -> Message:
    """`from` is a word of the language: it is read under another name."""
    return Message.model_validate({**one, "sender": one.get("from")} if isinstance(one, Mapping) else one)
