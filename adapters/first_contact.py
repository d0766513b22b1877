"""Whom we write to first: the customer's id at the provider as a person types it, and the command that begins (§4).

The id is brought into the form in which the provider sends it, so that his answer finds the same customer.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from adapters.intake_commands import Hashes, sender_key
from domain.desk.outbound import StartDialog
from domain.errors import Invalid, Problem
from domain.kinds import ChannelKind

LONGEST = 320
_HIDDEN = re.compile(r"[A-Za-z]{2}\.([A-Za-z]+\.)?[0-9]+")


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _number_or_id(text: str) -> str:
    """Meta has an id of its own for who hides his number behind a username: `US.1349…`."""
    return text.upper() if _HIDDEN.fullmatch(text) else _digits(text)


FORMS: dict[ChannelKind, Callable[[str], str]] = {
    "whatsapp_official": _number_or_id,
    "whatsapp_messagebird": _digits,
    "whatsapp_infobip": _digits,
    "email": str.lower,
}


def address(kind: ChannelKind, typed: str) -> str:
    """Raises `Invalid` where nothing is left of it."""
    found = FORMS.get(kind, str)(typed.strip())
    if not found or len(found) > LONGEST:
        sentence = "to must be the customer's id at the provider: a telephone number, an address, an id."
        raise Invalid([Problem(field="to", code="bad_value", sentence=sentence)])
    return found


def start(
    hashes: Hashes,
    tenant: str,
    channel: str,
    kind: ChannelKind,
    to: str,
    *,
    agent: str,
    by: str,
    body: str,
    client_key: str,
    template: str | None = None,
    force: bool = False,
) -> StartDialog:
    sender = address(kind, to)
    return StartDialog(
        channel=channel,
        sender_key=sender_key(hashes, tenant, kind, sender),
        sender_id=sender,
        agent=agent,
        by=by,
        body=body,
        client_key=client_key,
        template=template,
        force=force,
    )
