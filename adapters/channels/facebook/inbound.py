"""Webhooks of Messenger → `Inbound`. One POST holds entries of several pages, each with several events.

Entries without `messaging` (what another application handles, what happens on the page) and events that we have no use
for are acknowledged as `ignore`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from adapters.channels.facebook.events import READERS
from adapters.channels.graph_body import Facts, attempt, items, things_of
from adapters.channels.inbound import Inbound, invalid

WRONG = "The event is not as the Messenger Platform describes it"


def parse(raw: bytes) -> list[Inbound]:
    return things_of(raw, "page", _entry)


def _entry(entry: Facts) -> Iterable[Inbound]:
    page = entry.get("id")
    account = str(page) if isinstance(page, str | int) and page else None
    if "messaging" not in entry:
        other = next((name for name in ("standby", "changes") if name in entry), "unknown")
        return [Inbound(kind="ignore", account_id=account, reason=f"entry:{other}")]
    return [thing for one in items(entry, "messaging") for thing in _event(one, account)]


def _event(one: Any, account: str | None) -> Sequence[Inbound]:
    if not isinstance(one, Mapping):
        return (invalid("An event of the body is no object."),)
    name = next((name for name in READERS if name in one), None)
    if name is None:
        left = sorted(set(one) - {"sender", "recipient", "timestamp"})
        return (Inbound(kind="ignore", account_id=account, reason=f"event:{left[0][:64] if left else 'empty'}"),)
    return attempt(partial(READERS[name], one, account), WRONG, account)
