"""What a message of WhatsApp holds: text, attachments and the button that was pressed, each in the shared form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.channels.facts import said_in
from adapters.channels.graph_body import Facts, items
from adapters.channels.inbound import AttachmentType, InboundAttachment
from adapters.channels.whatsapp_official.models import Location, Media


@dataclass(frozen=True, slots=True)
class Content:
    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    button: str | None = None


def content(facts: Facts) -> Content:
    """Raises `ValidationError` where a form that we know is broken; one that we do not know is kept as it came."""
    kind = str(facts.get("type"))
    form, inner = FORMS.get(kind), facts.get(kind)
    if form is None:
        return Content(attachments=(InboundAttachment(type="unsupported", raw=_unknown(facts, kind)),))
    return form(inner)


def _text(inner: Any) -> Content:
    return Content(said_in(inner, "body"))


def _media(kind: AttachmentType) -> Callable[[Any], Content]:
    def media(inner: Any) -> Content:
        found = Media.model_validate(inner)
        attachment = InboundAttachment(
            type="voice" if found.voice else kind,
            media_id=found.id,
            url=found.url,
            mime=found.mime_type,
            file_name=found.filename,
        )
        return Content(found.caption, (attachment,))

    return media


def _location(inner: Any) -> Content:
    at = Location.model_validate(inner)
    place = InboundAttachment(
        type="location", latitude=at.latitude, longitude=at.longitude, name=at.name, address=at.address
    )
    return Content(attachments=(place,))


def _contacts(inner: Any) -> Content:
    cards = [one for one in inner if isinstance(one, Mapping)] if isinstance(inner, list) else []
    return Content(attachments=tuple(_card(one) for one in cards))


def _card(one: Facts) -> InboundAttachment:
    name = one.get("name")
    phones = [said_in(phone, "phone") or said_in(phone, "wa_id") for phone in items(one, "phones")]
    shown = said_in(name, "formatted_name") or said_in(name, "first_name")
    return InboundAttachment(type="contact", name=shown or None, phone=next(iter(phones), None) or None)


def _button(inner: Any) -> Content:
    """A quick reply under a template of ours."""
    return Content(said_in(inner, "text"), button=said_in(inner, "payload") or None)


def _interactive(inner: Any) -> Content:
    """A button, a line of a list, or a filled form, whose answer is JSON."""
    kind = said_in(inner, "type")
    answer = inner.get(kind) if isinstance(inner, Mapping) else None
    if kind in ("button_reply", "list_reply"):
        return Content(said_in(answer, "title"), button=said_in(answer, "id") or None)
    if kind == "nfm_reply":
        return Content(said_in(answer, "body"), button=said_in(answer, "response_json") or None)
    return Content(attachments=(InboundAttachment(type="unsupported", raw=inner),))


def _order(inner: Any) -> Content:
    return Content(said_in(inner, "text"), (InboundAttachment(type="order", raw=inner),))


FORMS: dict[str, Callable[[Any], Content]] = {
    "text": _text,
    "image": _media("image"),
    "video": _media("video"),
    "audio": _media("audio"),
    "voice": _media("voice"),
    "document": _media("file"),
    "sticker": _media("sticker"),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
}


def _unknown(facts: Facts, kind: str) -> dict[str, Any]:
    """The type, and what Meta says about it."""
    return {name: facts[name] for name in ("type", kind, "errors") if name in facts}
