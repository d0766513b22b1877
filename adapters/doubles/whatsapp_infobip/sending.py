"""What a call that sends holds: the refusals that come at once, and the failure that a report tells later."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.doubles.rest import Refusal
from adapters.doubles.whatsapp_infobip.account import DAY, PLACE, Account, Customer
from adapters.doubles.whatsapp_infobip.faults import newer

LONGEST_TEXT = 4096
LONGEST_ID = 50
FILES = ("image", "document", "video", "audio")
PENDING = {"groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE"}
DELIVERED = {"groupId": 3, "groupName": "DELIVERED", "id": 5, "name": "DELIVERED_TO_HANDSET"}
NO_WHATSAPP = {"groupId": 2, "groupName": "UNDELIVERABLE", "id": 9, "name": "UNDELIVERABLE_NOT_DELIVERED"}
TOO_LATE = {"groupId": 5, "groupName": "REJECTED", "id": 6, "name": "REJECTED_OUT_OF_WINDOW"}
"""How Infobip words a closed window is not documented; the name is this double's own."""


def checked(account: Account, wanted: Mapping[str, Any]) -> tuple[str, Customer, str]:
    """From which number, to whom, under which id."""
    number, phone, known = (str(wanted.get(name, "")) for name in ("from", "to", "messageId"))
    if number not in account.senders or not phone.isascii() or not phone.isdigit() or not 0 < len(known) <= LONGEST_ID:
        raise Refusal(400, newer("E400"))
    return number, account.customer(phone), known


def worded(account: Account, kind: str, wanted: Mapping[str, Any]) -> tuple[str, str | None]:
    """What the customer reads, and the name of the template."""
    content = wanted.get("content")
    if not isinstance(content, Mapping):
        raise Refusal(400, newer("E400"))
    if kind == "template":
        return _filled(account, content), str(content.get("templateName"))
    if kind in FILES and str(content.get("mediaUrl", "")).startswith("http"):
        return str(content.get("caption", "")), None
    text = content.get("text")
    if kind == "text" and isinstance(text, str) and 0 < len(text) <= LONGEST_TEXT:
        return text, None
    raise Refusal(400, newer("E400"))


def fate(who: Customer, kind: str) -> dict[str, Any]:
    """The status that a report tells."""
    if not who.here:
        return NO_WHATSAPP
    late = who.quiet_for is None or who.quiet_for >= DAY
    return TOO_LATE if late and kind != "template" else DELIVERED


def _filled(account: Account, content: Mapping[str, Any]) -> str:
    wanted = (content.get("templateName"), content.get("language"))
    found = next((one for one in account.templates if (one.name, one.language) == wanted), None)
    values = ((content.get("templateData") or {}).get("body") or {}).get("placeholders")
    if found is None or found.status != "APPROVED" or not isinstance(values, list) or len(values) != found.places:
        raise Refusal(400, newer("E400"))
    return PLACE.sub(lambda place: str(values[int(place[1]) - 1]), found.text)
