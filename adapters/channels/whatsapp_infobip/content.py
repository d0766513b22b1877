"""What a message of Infobip holds: text, attachments, the button that was pressed; its fields stand beside its type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from adapters.channels.facts import place_in, said_in
from adapters.channels.inbound import AttachmentType, InboundAttachment

Facts = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Content:
    text: str = ""
    attachments: tuple[InboundAttachment, ...] = ()
    button: str | None = None


def content(facts: Facts) -> Content:
    """Never raises: a form that we do not know, or a broken one, is kept as it came."""
    form = FORMS.get(str(facts.get("type")))
    found = form(facts) if form is not None else None
    return found or Content(attachments=(InboundAttachment(type="unsupported", raw=dict(facts)),))


def _text(facts: Facts) -> Content | None:
    return Content(facts["text"]) if isinstance(facts.get("text"), str) else None


def _media(kind: AttachmentType) -> Callable[[Facts], Content | None]:
    def media(facts: Facts) -> Content | None:
        url = said_in(facts, "url")
        return Content(said_in(facts, "caption"), (InboundAttachment(type=kind, url=url),)) if url else None

    return media


def _document(facts: Facts) -> Content | None:
    """Its caption is the name of the file, unless that is told by itself."""
    url, caption = said_in(facts, "url"), said_in(facts, "caption")
    name = said_in(facts, "filename") or said_in(facts, "fileName")
    if not url:
        return None
    file = InboundAttachment(type="file", url=url, file_name=name or caption or None)
    return Content(caption if name and caption != name else "", (file,))


def _place(facts: Facts) -> Content | None:
    place = place_in(facts)
    return Content(attachments=(place,)) if place else None


def _contacts(facts: Facts) -> Content | None:
    listed = facts.get("contacts")
    cards = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return Content(attachments=tuple(_card(one) for one in cards)) if cards else None


def _card(one: Facts) -> InboundAttachment:
    name, phones = one.get("name"), one.get("phones")
    numbers = [said_in(phone, "phone") for phone in phones] if isinstance(phones, list) else []
    shown = said_in(name, "formattedName") or said_in(name, "firstName")
    return InboundAttachment(type="contact", name=shown or None, phone=next((one for one in numbers if one), None))


def _button(facts: Facts) -> Content | None:
    """A quick reply under a template of ours."""
    text, payload = said_in(facts, "text"), said_in(facts, "payload")
    return Content(text, button=payload or None) if text or payload else None


def _choice(facts: Facts) -> Content | None:
    """A button, or a line of a list."""
    title, chosen = said_in(facts, "title"), said_in(facts, "id")
    return Content(title, button=chosen or None) if title or chosen else None


def _form(facts: Facts) -> Content | None:
    """A filled form, whose answer is an object."""
    answer = facts.get("response")
    if not isinstance(answer, str | dict):
        return None
    return Content(button=answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))


def _order(facts: Facts) -> Content | None:
    return Content(said_in(facts, "text"), (InboundAttachment(type="order", raw=dict(facts)),))


FORMS: dict[str, Callable[[Facts], Content | None]] = {
    "TEXT": _text,
    "IMAGE": _media("image"),
    "VIDEO": _media("video"),
    "AUDIO": _media("audio"),
    "VOICE": _media("voice"),
    "STICKER": _media("sticker"),
    "DOCUMENT": _document,
    "LOCATION": _place,
    "CONTACT": _contacts,
    "BUTTON": _button,
    "INTERACTIVE_BUTTON_REPLY": _choice,
    "INTERACTIVE_LIST_REPLY": _choice,
    "INTERACTIVE_FLOW_REPLY": _form,
    "ORDER": _order,
}
