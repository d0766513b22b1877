"""Webhooks of the Cloud API → `Inbound`. One POST holds entries with changes, each of them messages and statuses.

A customer is known by his number, or by an id of Meta's (`user_id`, BSUID) where a username hides the number. What the
business writes in WhatsApp's own application comes as an echo. Fields that we have no use for are acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError

from adapters.channels.graph_body import Facts, attempt, items, things_of
from adapters.channels.inbound import Inbound, InboundKind, invalid
from adapters.channels.whatsapp_official.content import content
from adapters.channels.whatsapp_official.models import Contact, Edited, Message, Reaction, Revoked, System, Value
from adapters.channels.whatsapp_official.people import Person, moment, person
from adapters.channels.whatsapp_official.statuses import status

WRONG = "The message is not as the Cloud API describes it"
WRONG_STATUS = "The status is not as the Cloud API describes it"
WRONG_CHANGE = "The change is not as the Cloud API describes it"


def parse(raw: bytes) -> list[Inbound]:
    return things_of(raw, "whatsapp_business_account", _entry)


def _entry(entry: Facts) -> Iterable[Inbound]:
    changes = items(entry, "changes")
    if not changes:
        return [Inbound(kind="ignore", reason="entry:empty")]
    return [thing for change in changes for thing in attempt(partial(_change, change), WRONG_CHANGE)]


def _change(change: Any) -> Sequence[Inbound]:
    if not isinstance(change, Mapping) or not isinstance(change.get("value"), Mapping):
        return (invalid("A change of the body has no value."),)
    field, facts = str(change.get("field")), change["value"]
    reader = FIELDS.get(field)
    if reader is None:
        return (Inbound(kind="ignore", reason=f"field:{field[:64]}"),)
    value = Value.model_validate(facts)
    account = value.metadata.phone_number_id if value.metadata else None
    found = list(reader(facts, _known(value.contacts), account))
    return found or (Inbound(kind="ignore", account_id=account, reason=f"empty:{field}"),)


def _messages(facts: Facts, people: Sequence[Contact], account: str | None) -> Iterable[Inbound]:
    for one in items(facts, "messages"):
        yield from attempt(partial(_message, one, people, account), WRONG, account)
    for one in items(facts, "statuses"):
        yield from attempt(partial(status, one, account), WRONG_STATUS, account)
    for one in items(facts, "errors"):
        code = one.get("code") if isinstance(one, Mapping) else None
        yield Inbound(kind="ignore", account_id=account, reason=f"error:{code}")


def _echoes(facts: Facts, people: Sequence[Contact], account: str | None) -> Iterable[Inbound]:
    for one in items(facts, "message_echoes"):
        yield from attempt(partial(_echo, one, account), WRONG, account)


def _calls(facts: Facts, people: Sequence[Contact], account: str | None) -> Iterable[Inbound]:
    for one in items(facts, "calls"):
        told = one if isinstance(one, Mapping) else {}
        yield Inbound(
            kind="service", account_id=account, reason="call", timestamp=moment(told.get("timestamp")), dedup_key=None
        )


FIELDS: dict[str, Callable[[Facts, Sequence[Contact], str | None], Iterable[Inbound]]] = {
    "messages": _messages,
    "smb_message_echoes": _echoes,
    "calls": _calls,
}


def _message(one: Any, people: Sequence[Contact], account: str | None) -> Sequence[Inbound]:
    message = _read(one)
    who = person(message, people)
    common = {"account_id": account, "timestamp": moment(message.timestamp), **who.facts}
    if message.group_id is not None:
        return (Inbound(kind="ignore", account_id=account, reason="chat:several"),)
    if message.type == "system":
        return (_system(System.model_validate(one.get("system") or {}), message, common),)
    if who.id is None:
        return (invalid(f"{WRONG}: from: nobody is named."),)
    return (TYPES.get(message.type, _written)(one, message, who, common),)


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


def _echo(one: Any, account: str | None) -> Sequence[Inbound]:
    message = _read(one)
    chat = message.to or message.to_user_id
    common = {"account_id": account, "sender_id": message.sender, "timestamp": moment(message.timestamp)}
    return (_said("echo", one, message, common, chat, f"echo:{message.id}"),)


def _read(one: Any) -> Message:
    """`from` is a word of the language: it is read under another name."""
    return Message.model_validate({**one, "sender": one.get("from")} if isinstance(one, Mapping) else one)


def _known(contacts: Sequence[Any]) -> list[Contact]:
    """Those of the contacts that can be read: a broken one must not lose the message beside it."""
    found = []
    for one in contacts:
        try:
            found.append(Contact.model_validate(one))
        except ValidationError:
            continue
    return found
