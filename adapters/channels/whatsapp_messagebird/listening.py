"""Our webhook at MessageBird: registered for one channel, found again, repaired, removed.

Its id is remembered, so that only ours is changed or removed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.http_client import Access, Answer
from adapters.channels.text import object_of
from adapters.channels.whatsapp_messagebird.calls import CHANNEL_ID, asked, call, items, key_refused, segment
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.errors import Conflict

WEBHOOK = "webhook_id"
EVENTS = ["message.created", "message.updated"]
TAKEN = (200, 201)


def set_webhook(access: Access, url: str) -> Mapping[str, Secret]:
    wanted = {"channelId": access.secret(CHANNEL_ID), "url": url, "events": EVENTS}
    found = _ours(access, url)
    if found is None:
        return _known(asked(access, "POST", "webhooks", json=wanted))
    if _same(found, wanted):
        return {WEBHOOK: Secret(str(found["id"]))}
    if found.get("channelId") != wanted["channelId"]:
        asked(access, "DELETE", f"webhooks/{segment(str(found['id']))}")
        return _known(asked(access, "POST", "webhooks", json=wanted))
    changes = {"url": url, "events": EVENTS, "status": "enabled"}
    return _known(asked(access, "PATCH", f"webhooks/{segment(str(found['id']))}", json=changes))


def delete_webhook(access: Access) -> bool:
    """One that is not there any more is as good as deleted."""
    known = access.secret(WEBHOOK)
    if not known:
        return False
    answer = call(access, "DELETE", f"webhooks/{segment(known)}")
    return isinstance(answer, Answer) and (200 <= answer.status < 300 or answer.status == 404)


def trouble(access: Access) -> Degradation | None:
    """Is the key still good, and our webhook still there? Where MessageBird had refused our address, nobody is told
    anything: that stands in the answer to the Save."""
    answer = asked(access, "GET", "webhooks", params={"limit": "100"})
    if key_refused(answer):
        return "authorisation"
    known = access.secret(WEBHOOK)
    if not known or answer.status != 200:
        return None
    heard = any(str(one.get("id")) == known and one.get("status", "enabled") == "enabled" for one in items(answer))
    return None if heard else "receiving_disabled"


def _ours(access: Access, url: str) -> Mapping[str, Any] | None:
    """By its id, else by its address: an answer of MessageBird that told the id may have been lost."""
    answer = asked(access, "GET", "webhooks", params={"limit": "100"})
    if key_refused(answer):
        raise _refused()
    listed = [one for one in items(answer) if one.get("id")]
    by_id = [one for one in listed if str(one["id"]) == access.secret(WEBHOOK)]
    return next(iter(by_id + [one for one in listed if one.get("url") == url]), None)


def _same(found: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    events = found.get("events")
    known = {name: found.get(name) for name in ("channelId", "url")}
    ours = {name: wanted[name] for name in ("channelId", "url")}
    return known == ours and found.get("status", "enabled") == "enabled" and set(events or ()) >= set(EVENTS)


def _known(answer: Answer) -> Mapping[str, Secret]:
    number = object_of(answer.body).get("id") if answer.status in TAKEN else None
    if not isinstance(number, str) or not number:
        raise _refused()
    return {WEBHOOK: Secret(number)}


def _refused() -> Conflict:
    return Conflict("webhook_refused", "MessageBird does not take this address, or the key may not set webhooks.")
