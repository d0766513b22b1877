"""Notifications of Infobip → `Inbound`. One body holds several results, each on its own fate.

Messages, reports on ours and events of the account come to one address: what a thing is, its fields tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError

from adapters.channels.batch import attempt, once
from adapters.channels.facts import said_in
from adapters.channels.inbound import Inbound, invalid
from adapters.channels.moments import seconds_of
from adapters.channels.text import Unreadable, read_json
from adapters.channels.whatsapp_infobip.content import content
from adapters.channels.whatsapp_infobip.models import Contact, Event, Received
from adapters.channels.whatsapp_infobip.reports import report

BROKEN = "The body is not a notification of Infobip: it is no object."
WRONG = "The result is not as Infobip describes it"
OURS = "WHATSAPP"
UNREACT = frozenset({"UNREACT", "REMOVE", "REMOVED"})


def parse(raw: bytes) -> list[Inbound]:
    try:
        body = read_json(raw)
    except Unreadable as why:
        return [invalid(str(why))]
    if not isinstance(body, dict):
        return [invalid(BROKEN)]
    if "results" not in body:
        return list(attempt(partial(_event, body), WRONG))
    results = body["results"]
    if not isinstance(results, list):
        return [invalid(f"{WRONG}: results: no list.")]
    found = [thing for one in results for thing in attempt(partial(_result, one), WRONG)]
    return once(found) or [Inbound(kind="ignore", reason="empty")]


def _result(one: Any) -> Sequence[Inbound]:
    if not isinstance(one, Mapping):
        return (invalid(f"{WRONG}: no object."),)
    if "message" in one:
        return (_message(Received.model_validate(one)),)
    if "seenAt" in one or "status" in one or "doneAt" in one:
        return (report(one),)
    return (Inbound(kind="ignore", reason="result:unknown"),)


def _message(received: Received) -> Inbound:
    facts, who = received.message, _who(received)
    common: dict[str, Any] = {
        "external_message_id": received.message_id,
        "account_id": received.to,
        "timestamp": seconds_of(received.received_at),
        "dedup_key": f"message:{received.message_id}",
    }
    if received.integration_type not in (None, OURS):
        return Inbound(kind="ignore", reason=f"integration:{received.integration_type[:64]}", **common)
    if who["sender_id"] is None:
        return invalid(f"{WRONG}: from: nobody is named.")
    common |= {"external_chat_id": who["sender_id"], **who}
    answered = said_in(facts.get("context"), "id") or None
    if facts.get("type") == "REACTION":
        return _reaction(facts, answered, common)
    found = content(facts)
    return Inbound(
        kind="message",
        text=found.text,
        attachments=found.attachments,
        button_payload=found.button,
        reply_to_external_message_id=answered,
        **common,
    )


def _reaction(facts: Mapping[str, Any], target: str | None, common: dict[str, Any]) -> Inbound:
    """No emoji: he took it back."""
    gone = str(facts.get("action", "")).upper() in UNREACT
    emoji = "" if gone else said_in(facts, "emoji")
    target = target or said_in(facts, "messageId") or None
    if target is None:
        return Inbound(kind="ignore", reason="reaction:to_nothing", **common)
    return Inbound(kind="reaction", target_message_id=target, emoji=emoji, **common)


def _who(received: Received) -> dict[str, Any]:
    """By his number; where a username hides it, by the id that stands for it. A contact that cannot be read names
    nobody, and loses no message."""
    try:
        card = Contact.model_validate(received.contact or {})
    except ValidationError:
        card = Contact()
    number = received.sender or card.phone_number
    return {
        "sender_id": number or card.user_id,
        "sender_name": card.name or None,
        "sender_username": card.username or None,
        "sender_phone": number,
        "attributes": {"user_id": card.user_id} if card.user_id else {},
    }


def _event(body: Mapping[str, Any]) -> Sequence[Inbound]:
    event = Event.model_validate(body)
    if "messageTemplateId" in body or "change" in body:
        return (Inbound(kind="service", reason="template", timestamp=seconds_of(event.timestamp)),)
    kind = said_in(event.content, "type")
    if not kind:
        return (Inbound(kind="ignore", reason="event:unknown"),)
    who = said_in(event.content, "userNumber") or said_in(event.content, "from") or None
    ours = event.sender if isinstance(event.sender, str) else None
    at = seconds_of(event.created_at)
    return (Inbound(kind="service", reason=kind[:64], sender_id=who, account_id=ours, timestamp=at),)
