"""The second generation, Bird's Channels API: how its webhooks are read. Sending by it is not built.

One webhook holds one message, with its direction and its present status.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ConfigDict
from pydantic.alias_generators import to_camel

from adapters.channels.facts import number_in, said_in
from adapters.channels.inbound import AttachmentType, Inbound, InboundAttachment, InboundKind, invalid
from adapters.channels.models import Key, Part
from adapters.channels.moments import seconds_of
from adapters.channels.whatsapp_messagebird.content import Content
from adapters.channels.whatsapp_messagebird.people import digits

WRONG = "The webhook is not as the Channels API describes it"
INCOMING, OUTGOING = "incoming", "outgoing"
RECEIPTS: dict[str, InboundKind] = {
    "sent": "sent_receipt",
    "delivered": "delivery_receipt",
    "read": "read_receipt",
    "sending_failed": "failure_receipt",
    "delivery_failed": "failure_receipt",
    "failed": "failure_receipt",
    "rejected": "failure_receipt",
}


class Payload(Part):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel)

    id: Key
    channel_id: Key | None = None
    sender: Any = None
    receiver: Any = None
    body: Any = None
    direction: str = ""
    status: str = ""
    created_at: Any = None
    last_status_at: Any = None


def read(body: Mapping[str, Any]) -> Inbound:
    """Raises `ValidationError`."""
    event = str(body.get("event"))
    if body.get("service") != "channels" or not event.startswith("whatsapp."):
        return Inbound(kind="ignore", reason=f"event:{event[:64]}")
    payload = Payload.model_validate(body.get("payload"))
    common: dict[str, Any] = {"external_message_id": payload.id, "account_id": payload.channel_id}
    if payload.direction == OUTGOING:
        return _outgoing(payload, common)
    if payload.direction != INCOMING:
        return Inbound(kind="ignore", reason=f"direction:{payload.direction[:64]}", **common)
    number, card = _number(payload.sender, "contact")
    known = digits(number) or number or said_in(card, "id")
    if not known:
        return invalid(f"{WRONG}: sender: nobody is named.")
    found = _content(payload.body)
    return Inbound(
        kind="message",
        external_chat_id=known,
        sender_id=known,
        sender_name=said_in(_inside(card, "annotations"), "name") or None,
        sender_phone=number or None,
        text=found.text,
        attachments=found.attachments,
        button_payload=found.button,
        timestamp=seconds_of(payload.created_at),
        dedup_key=f"created:{payload.id}",
        **common,
    )


def _outgoing(payload: Payload, common: dict[str, Any]) -> Inbound:
    """What became of a message of ours, told by its status."""
    contacts = payload.receiver.get("contacts") if isinstance(payload.receiver, Mapping) else None
    first = contacts[0] if isinstance(contacts, list) and contacts else _inside(payload.receiver, "contact")
    number = said_in(first, "identifierValue")
    common |= {"recipient": digits(number) or None, "external_chat_id": digits(number) or None}
    common |= {"timestamp": seconds_of(payload.last_status_at), "dedup_key": f"updated:{payload.id}:{payload.status}"}
    kind = RECEIPTS.get(payload.status)
    if kind is None:
        return Inbound(kind="ignore", reason=f"status:{payload.status[:64]}", **common)
    return Inbound(kind=kind, reason="refused" if kind == "failure_receipt" else None, **common)


def _number(party: Any, role: str) -> tuple[str, Any]:
    card = _inside(party, role)
    numbered = said_in(card, "identifierKey") in ("phonenumber", "")
    return (said_in(card, "identifierValue") if numbered else ""), card


def _content(body: Any) -> Content:
    """Never raises."""
    kind = said_in(body, "type")
    form, inner = FORMS.get(kind), _inside(body, kind)
    found = form(inner) if form is not None else None
    return found or Content(attachments=(InboundAttachment(type="unsupported", raw=body),))


def _text(inner: Any) -> Content | None:
    """With `actions` where a button was pressed."""
    actions = inner.get("actions") if isinstance(inner, Mapping) else None
    pressed = actions[0] if isinstance(actions, list) and actions else None
    postback = _inside(pressed, "postback")
    text = said_in(inner, "text")
    return Content(text, button=said_in(postback, "payload") or None) if text else None


def _files(kind: AttachmentType, several: str) -> Callable[[Any], Content | None]:
    def files(inner: Any) -> Content | None:
        listed = inner.get(several) if isinstance(inner, Mapping) else None
        items = [one for one in listed if said_in(one, "mediaUrl")] if isinstance(listed, list) else []
        return Content(said_in(inner, "text"), tuple(_file(kind, one) for one in items)) if items else None

    return files


def _file(kind: AttachmentType, one: Any) -> InboundAttachment:
    mime, name = said_in(one, "contentType") or None, said_in(one, "filename") or None
    return InboundAttachment(type=kind, url=said_in(one, "mediaUrl"), mime=mime, file_name=name)


def _place(inner: Any) -> Content | None:
    at = _inside(inner, "coordinates")
    latitude, longitude = number_in(at, "latitude"), number_in(at, "longitude")
    if latitude is None or longitude is None:
        return None
    label = said_in(_inside(inner, "location"), "label") or None
    place = InboundAttachment(type="location", latitude=latitude, longitude=longitude, name=label)
    return Content(attachments=(place,))


FORMS: dict[str, Callable[[Any], Content | None]] = {
    "text": _text,
    "image": _files("image", "images"),
    "file": _files("file", "files"),
    "location": _place,
}


def _inside(facts: Any, name: str) -> Any:
    return facts.get(name) if isinstance(facts, Mapping) else None
