"""What a call that sends holds: the refusals that come at once, and the failure that a status tells later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.doubles.rest import Refusal
from adapters.doubles.whatsapp_messagebird.account import DAY, PLACE, Account, Channel, Customer, Template
from adapters.doubles.whatsapp_messagebird.faults import errors

LONGEST_TEXT = 4096
TOO_LATE, NO_WHATSAPP = 470, 1013
FILES = ("image", "video", "audio", "file")


def to_whom(account: Account, wanted: Mapping[str, Any], channel: str) -> tuple[Channel, Customer]:
    found, phone = account.channels.get(str(wanted.get(channel, ""))), str(wanted.get("to", "")).removeprefix("+")
    if found is None:
        raise Refusal(422, errors(10, "channel not found", channel))
    if not phone.isascii() or not phone.isdigit():
        raise Refusal(422, errors(10, "to is not a valid MSISDN", "to"))
    return found, account.customer(phone)


def worded(account: Account, namespace: str, wanted: Mapping[str, Any]) -> tuple[str, str | None]:
    """What the customer reads, and the name of the template."""
    kind, content = str(wanted.get("type", "")), wanted.get("content")
    inner = content.get(kind) if isinstance(content, Mapping) else None
    if kind == "hsm" and isinstance(inner, Mapping):
        return _filled(account, namespace, inner), str(inner.get("templateName"))
    if kind == "text" and isinstance(inner, str) and 0 < len(inner) <= LONGEST_TEXT:
        return inner, None
    if kind in FILES and isinstance(inner, Mapping) and str(inner.get("url", "")).startswith("http"):
        return str(inner.get("caption", "")), None
    raise Refusal(422, errors(10, f"content is not valid for type {kind}", "content"))


def failure(who: Customer, kind: str) -> int | None:
    if not who.here:
        return NO_WHATSAPP
    late = who.quiet_for is None or who.quiet_for >= DAY
    return TOO_LATE if late and kind != "hsm" else None


def _filled(account: Account, namespace: str, inner: Mapping[str, Any]) -> str:
    if inner.get("namespace") != namespace:
        raise Refusal(422, errors(10, "namespace does not exist", "namespace"))
    language = (inner.get("language") or {}).get("code")
    known = (one for one in account.templates if (one.name, one.language) == (inner.get("templateName"), language))
    found = next(known, None)
    if found is None or found.status != "APPROVED":
        raise Refusal(422, errors(10, "template does not exist or is not approved", "templateName"))
    return _wording(found, [str(one.get("default", "")) for one in inner.get("params") or []])


def _wording(template: Template, values: list[str]) -> str:
    places = sorted({int(one) for one in PLACE.findall(template.text)})
    if len(places) != len(values):
        raise Refusal(422, errors(10, "number of params does not match the template", "params"))
    return PLACE.sub(lambda place: values[int(place[1]) - 1], template.text)
