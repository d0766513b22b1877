"""Webhooks of the Cloud API → `Inbound`. One POST holds entries with changes, each of them messages and statuses.

What the business writes in WhatsApp's own application comes as an echo. Fields that we have no use for are
acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from pydantic import ValidationError

from adapters.channels.graph_body import Facts, attempt, items, things_of
from adapters.channels.inbound import Inbound, invalid
from adapters.channels.whatsapp_official.messages import WRONG, echo, message
from adapters.channels.whatsapp_official.models import Contact, Value
from adapters.channels.whatsapp_official.people import moment
from adapters.channels.whatsapp_official.statuses import status

WRONG_STATUS = "The status is not as the Cloud API describes it"
WRONG_CHANGE = "The change is not as the Cloud API describes it"


def parse(raw: bytes) -> list[Inbound]:
    return things_of(raw, "whatsapp_business_account", _entry)


def _entry(entry: Facts) -> Iterable[Inbound]:
    changes = items(entry, "changes")
    if not changes:
        return [Inbound(kind="ignore", reason="entry:empty")]
    return [thing for change in changes for thing in attempt(partial(_change, change), WRONG_CHANGE)]


def _change(change: Any) -> Sequence[Inbound]:
    if not isinstance(change, Mapping) or not isinstance(change.get("value"), Mapping):
        return (invalid("A change of the body has no value."),)
    field, facts = str(change.get("field")), change["value"]
    reader = FIELDS.get(field)
    if reader is None:
        return (Inbound(kind="ignore", reason=f"field:{field[:64]}"),)
    value = Value.model_validate(facts)
    account = value.metadata.phone_number_id if value.metadata else None
    found = list(reader(facts, _known(value.contacts), account))
    return found or (Inbound(kind="ignore", account_id=account, reason=f"empty:{field}"),)


def _messages(facts: Facts, people: Sequence[Contact], account: str | None) -> Iterable[Inbound]:
    for one in items(facts, "messages"):
        yield from attempt(partial(message, one, people, account), WRONG, account)
    for one in items(facts, "statuses"):
        yield from attempt(partial(status, one, account), WRONG_STATUS, account)
    for one in items(facts, "errors"):
        code = one.get("code") if isinstance(one, Mapping) else None
        yield Inbound(kind="ignore", account_id=account, reason=f"error:{code}")


def _echoes(facts: Facts, people: Sequence[Contact], account: str | None) -> Iterable[Inbound]:
    for one in items(facts, "message_echoes"):
        yield from attempt(partial(echo, one, account), WRONG, account)


def _calls(facts: Facts, people: Sequence[Contact], account: str | None) -> Iterable[Inbound]:
    for one in items(facts, "calls"):
        told = one if isinstance(one, Mapping) else {}
        yield Inbound(
            kind="service", account_id=account, reason="call", timestamp=moment(told.get("timestamp")), dedup_key=None
        )


FIELDS: dict[str, Callable[[Facts, Sequence[Contact], str | None], Iterable[Inbound]]] = {
    "messages": _messages,
    "smb_message_echoes": _echoes,
    "calls": _calls,
}


def _known(contacts: Sequence[Any]) -> list[Contact]:
    """Those of the contacts that can be read: a broken one must not lose the message beside it."""
    found = []
    for one in contacts:
        try:
            found.append(Contact.model_validate(one))
        except ValidationError:
            continue
    return found
