"""What a message of the Conversations API holds: text, attachments, the button that was pressed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.channels.facts import place_in, said_in
from adapters.channels.inbound import AttachmentType, InboundAttachment


@dataclass(frozen=True, slots=True)
class Content:
    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    button: str | None = None
    replies_to: str | None = None


def content(kind: str, everything: Any) -> Content:
    """Never raises: a form that we do not know, or a broken one, is kept as it came."""
    facts = everything if isinstance(everything, Mapping) else {}
    form = FORMS.get(kind)
    found = form(facts.get(kind)) if form is not None else None
    return found or Content(attachments=(InboundAttachment(type="unsupported", raw={"type": kind, "content": facts}),))


def _text(inner: Any) -> Content | None:
    return Content(inner) if isinstance(inner, str) else None


def _whatsapp_text(inner: Any) -> Content | None:
    """A text that answers another one."""
    context = inner.get("context") if isinstance(inner, Mapping) else None
    body = inner.get("text") if isinstance(inner, Mapping) else None
    said = said_in(body, "body")
    return Content(said, replies_to=said_in(context, "id") or None) if said else None


def _media(kind: AttachmentType) -> Callable[[Any], Content | None]:
    def media(inner: Any) -> Content | None:
        url = said_in(inner, "url") or said_in(inner, "link")
        if not url:
            return None
        return Content(said_in(inner, "caption"), (InboundAttachment(type=kind, url=url),))

    return media


def _place(inner: Any) -> Content | None:
    place = place_in(inner)
    return Content(attachments=(place,)) if place else None


def _interactive(inner: Any) -> Content | None:
    """A button, or a line of a list, that the customer has chosen."""
    reply = inner.get("reply") if isinstance(inner, Mapping) else None
    text, chosen = said_in(reply, "text") or said_in(reply, "title"), said_in(reply, "id")
    return Content(text, button=chosen or None) if text or chosen else None


def _button(inner: Any) -> Content | None:
    """A quick reply under a template of ours."""
    text, payload = said_in(inner, "text"), said_in(inner, "payload")
    return Content(text, button=payload or None) if text or payload else None


def _order(inner: Any) -> Content | None:
    if not isinstance(inner, Mapping):
        return None
    return Content(said_in(inner, "text"), (InboundAttachment(type="order", raw=dict(inner)),))


FORMS: dict[str, Callable[[Any], Content | None]] = {
    "text": _text,
    "whatsappText": _whatsapp_text,
    "image": _media("image"),
    "video": _media("video"),
    "audio": _media("audio"),
    "voice": _media("voice"),
    "file": _media("file"),
    "whatsappSticker": _media("sticker"),
    "location": _place,
    "interactive": _interactive,
    "button": _button,
    "whatsappOrder": _order,
}
