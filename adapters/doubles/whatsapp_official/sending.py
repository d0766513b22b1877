"""`POST /{number}/messages` with the refusals that the Cloud API gives at once, and those that it tells by a status."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.doubles.graph import App, Call, Refusal
from adapters.doubles.whatsapp_official.numbers import DAY, PLACE, Book, Customer, Number, Said, Template

LONGEST_TEXT = 4096
UNDELIVERABLE, TOO_LATE = 131026, 131047
FILES = ("image", "video", "audio", "document", "sticker")


def taken(app: App, book: Book, number: Number, call: Call) -> tuple[Said, Customer, int | None]:
    """What was sent, to whom, and the number of the failure that its status will tell."""
    wanted = call.asked.json()
    if wanted.get("messaging_product") != "whatsapp":
        raise Refusal(100, "The parameter messaging_product is required.")
    if not number.registered:
        raise Refusal(133010, "The account is not registered")
    who = book.known(str(wanted.get("to", "")), str(wanted.get("recipient", "")))
    if who is None:
        raise Refusal(131062, "Business-scoped user id is not valid") if "recipient" in wanted else Refusal(100, "to")
    kind = str(wanted.get("type", "text"))
    text, template = _content(book, number, kind, wanted)
    with app.lock:
        said = Said(
            number=number.id,
            chat=who.id,
            id=f"wamid.{next(app.numbers):010d}",
            type=kind,
            text=text,
            key=wanted.get("biz_opaque_callback_data"),
            reply_to=(wanted.get("context") or {}).get("message_id"),
            template=template,
            content=wanted.get(kind),
        )
        book.sent.append(said)
    return said, who, _failure(who, kind)


def _failure(who: Customer, kind: str) -> int | None:
    if not who.here:
        return UNDELIVERABLE
    late = who.quiet_for is None or who.quiet_for >= DAY
    return TOO_LATE if late and kind != "template" else None


def _content(book: Book, number: Number, kind: str, wanted: Mapping[str, Any]) -> tuple[str, str | None]:
    inner = wanted.get(kind)
    if not isinstance(inner, dict):
        raise Refusal(100, f"The parameter {kind} is required.")
    if kind == "text":
        body = str(inner.get("body", ""))
        if not body or len(body) > LONGEST_TEXT:
            raise Refusal(100, f"Param text['body'] must be at most {LONGEST_TEXT} characters long.")
        return body, None
    if kind == "template":
        return _filled(book, inner), str(inner.get("name"))
    if kind in FILES:
        if "link" not in inner and inner.get("id") not in book.media:
            raise Refusal(131053, "Media upload error")
        return str(inner.get("caption", "")), None
    raise Refusal(131051, "Unsupported message type")


def _filled(book: Book, inner: Mapping[str, Any]) -> str:
    name, language = inner.get("name"), (inner.get("language") or {}).get("code")
    found = next((one for one in book.templates if (one.name, one.language) == (name, language)), None)
    if found is None:
        raise Refusal(132001, "Template name does not exist in the translation", status=404)
    if found.status != "APPROVED":
        raise Refusal(132015, "Template is paused")
    return _wording(found, inner)


def _wording(template: Template, inner: Mapping[str, Any]) -> str:
    parts = [part for part in inner.get("components") or [] if part.get("type") == "body"]
    told = parts[0].get("parameters", []) if parts else []
    if len(told) != template.places:
        raise Refusal(132000, "Number of parameters does not match the expected number of params")
    named = {str(one["parameter_name"]): one["text"] for one in told if "parameter_name" in one}
    values = iter([one["text"] for one in told])
    return PLACE.sub(lambda place: named.get(place[1]) or next(values), template.text)
