"""The third generation, Bird's API of 2026: how its webhooks are read. Sending by it is not built.

Each webhook is an event with a type and a time; what it is about stands in its data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import Field

from adapters.channels.facts import number_in, said_in
from adapters.channels.inbound import AttachmentType, Inbound, InboundAttachment, InboundKind, invalid
from adapters.channels.models import Key, Part
from adapters.channels.moments import seconds_of
from adapters.channels.whatsapp_messagebird.content import Content
from adapters.channels.whatsapp_messagebird.people import digits

WRONG = "The webhook is not as Bird's API describes it"
RECEIVED, REACTED = "whatsapp.received", "whatsapp.reacted"
RECEIPTS: dict[str, InboundKind] = {
    "whatsapp.sent": "sent_receipt",
    "whatsapp.delivered": "delivery_receipt",
    "whatsapp.read": "read_receipt",
    "whatsapp.failed": "failure_receipt",
    "whatsapp.rejected": "failure_receipt",
}
CAUSES = {
    "insufficient_balance": "payment_needed",
    "price_not_found": "payment_needed",
    "undeliverable": "no_device",
    "service_window_expired": "window_closed",
    "recipient_suppressed": "user_did_not_allow_messages",
}


class Data(Part):
    whatsapp_id: Key
    sender: Any = Field(default=None, alias="from")
    to: Any = None
    in_reply_to_message_id: str | None = None
    emoji: str | None = None
    error: Any = None


def read(body: Mapping[str, Any]) -> Inbound:
    """Raises `ValidationError`."""
    event, facts = str(body.get("type")), body.get("data")
    if event not in (RECEIVED, REACTED) and event not in RECEIPTS:
        return Inbound(kind="ignore", reason=f"event:{event[:64]}")
    data = Data.model_validate(facts)
    common: dict[str, Any] = {"timestamp": seconds_of(body.get("timestamp"))}
    if event in RECEIPTS:
        return _receipt(event, data, common)
    who = _who(data.sender)
    if who["sender_id"] is None:
        return invalid(f"{WRONG}: from: nobody is named.")
    if isinstance(data.to, Mapping) and data.to.get("group_id"):
        return Inbound(kind="ignore", reason="chat:several", **common)
    common |= {"external_chat_id": who["sender_id"], "account_id": said_in(data.to, "phone_number") or None, **who}
    if event == REACTED:
        itself = f"reacted:{data.whatsapp_id}:{body.get('timestamp')}:{data.emoji or ''}"
        return Inbound(
            kind="reaction", target_message_id=data.whatsapp_id, emoji=data.emoji or "", dedup_key=itself, **common
        )
    return _message(data, facts if isinstance(facts, Mapping) else {}, common)


def _message(data: Data, facts: Mapping[str, Any], common: dict[str, Any]) -> Inbound:
    found = _content(facts)
    return Inbound(
        kind="message",
        external_message_id=data.whatsapp_id,
        text=found.text,
        attachments=found.attachments,
        button_payload=found.button,
        reply_to_external_message_id=data.in_reply_to_message_id,
        dedup_key=f"created:{data.whatsapp_id}",
        **common,
    )


def _receipt(event: str, data: Data, common: dict[str, Any]) -> Inbound:
    kind, number = RECEIPTS[event], said_in(data.to, "phone_number")
    chat = digits(number) or said_in(data.to, "bsuid") or None
    code = said_in(data.error, "meta_error_code")
    failed = kind == "failure_receipt"
    return Inbound(
        kind=kind,
        external_message_id=data.whatsapp_id,
        external_chat_id=chat,
        recipient=chat,
        error_code=(int(code) if code.isdigit() and code.isascii() else None) if failed else None,
        reason=CAUSES.get(said_in(data.error, "code"), "refused") if failed else None,
        dedup_key=f"{event}:{data.whatsapp_id}",
        **common,
    )


def _who(sender: Any) -> dict[str, Any]:
    """By his number, or by the id that stands for it."""
    number, hidden = said_in(sender, "phone_number"), said_in(sender, "bsuid")
    return {
        "sender_id": digits(number) or hidden or None,
        "sender_name": said_in(sender, "display_name") or None,
        "sender_username": said_in(sender, "username") or None,
        "sender_phone": number or None,
        "attributes": {"user_id": hidden} if hidden else {},
    }


def _content(facts: Mapping[str, Any]) -> Content:
    """Never raises: the first field that holds a form that we know."""
    for name, form in FORMS.items():
        found = form(facts[name]) if facts.get(name) is not None else None
        if found is not None:
            return found
    return Content(attachments=(InboundAttachment(type="unsupported", raw=facts.get("unsupported")),))


def _text(inner: Any) -> Content | None:
    said = said_in(inner, "body")
    return Content(said) if said else None


def _media(kind: AttachmentType) -> Callable[[Any], Content | None]:
    def media(inner: Any) -> Content | None:
        url, known = said_in(inner, "url") or None, said_in(inner, "id") or None
        if url is None and known is None:
            return None
        mime, name = said_in(inner, "mime_type") or None, said_in(inner, "filename") or None
        file = InboundAttachment(type=kind, url=url, media_id=known, mime=mime, file_name=name)
        return Content(said_in(inner, "caption"), (file,))

    return media


def _place(inner: Any) -> Content | None:
    latitude, longitude = number_in(inner, "latitude"), number_in(inner, "longitude")
    if latitude is None or longitude is None:
        return None
    name, address = said_in(inner, "name") or None, said_in(inner, "address") or None
    return Content(
        attachments=(
            InboundAttachment(type="location", latitude=latitude, longitude=longitude, name=name, address=address),
        )
    )


def _cards(inner: Any) -> Content | None:
    cards = [one for one in inner if isinstance(one, Mapping)] if isinstance(inner, list) else []
    return Content(attachments=tuple(_card(one) for one in cards)) if cards else None


def _card(one: Mapping[str, Any]) -> InboundAttachment:
    phones, name = one.get("phone_numbers"), one.get("name")
    numbers = [said_in(phone, "phone_number") for phone in phones] if isinstance(phones, list) else []
    shown = said_in(name, "formatted_name") or said_in(name, "first_name")
    return InboundAttachment(type="contact", name=shown or None, phone=next((one for one in numbers if one), None))


def _reply(inner: Any) -> Content | None:
    """What was tapped: a button, or a row of a list."""
    tapped = inner.get(said_in(inner, "type")) if isinstance(inner, Mapping) else None
    text = said_in(tapped, "title") or said_in(tapped, "text")
    chosen = said_in(tapped, "id") or said_in(tapped, "payload")
    return Content(text, button=chosen or None) if text or chosen else None


FORMS: dict[str, Callable[[Any], Content | None]] = {
    "text": _text,
    "image": _media("image"),
    "video": _media("video"),
    "audio": _media("audio"),
    "sticker": _media("sticker"),
    "document": _media("file"),
    "location": _place,
    "contact_cards": _cards,
    "interactive_reply": _reply,
}
