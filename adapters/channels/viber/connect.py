"""Connecting a bot: whose token is it, and where do its callbacks go (D01-D05)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from adapters.channels.contract import Account
from adapters.channels.http_client import Access, Answer
from adapters.channels.text import object_of
from adapters.channels.viber.outbound import CREDENTIALS, call
from domain.errors import Conflict, Unavailable

EVENTS = ("delivered", "seen", "failed", "subscribed", "unsubscribed", "conversation_started")
BAD_ADDRESS = 1


def check_token(access: Access) -> Account | None:
    """The bot behind the token; None: «Бот не найден». Viber says so with status 200."""
    facts = _asked(access, "get_account_info", {})
    if facts.get("status") in CREDENTIALS:
        return None
    if facts.get("status") != 0 or not isinstance(facts.get("id"), str):
        raise _unavailable()
    return Account(facts["id"], str(facts.get("name", "")), facts.get("uri"))


def foreign_webhook(access: Access, ours: str) -> str | None:
    """The host that gets the bot's callbacks now, if its webhook is not `ours`."""
    url = str(_asked(access, "get_account_info", {}).get("webhook") or "")
    if not url or url == ours:
        return None
    return urlsplit(url).hostname or "unknown"


def set_webhook(access: Access, url: str) -> None:
    """Viber calls the address before it answers: it must be there already."""
    wanted = {"url": url, "event_types": EVENTS, "send_name": True, "send_photo": True}
    status = _asked(access, "set_webhook", wanted).get("status")
    if status == BAD_ADDRESS:
        raise Conflict("webhook_refused", "Viber does not take this address: it must be a public https one.")
    if status != 0:
        raise _unavailable()


def delete_webhook(access: Access) -> bool:
    answer = call(access, "set_webhook", {"url": ""})
    return isinstance(answer, Answer) and answer.status == 200 and object_of(answer.body).get("status") == 0


def _asked(access: Access, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
    answer = call(access, method, body)
    if not isinstance(answer, Answer) or answer.status != 200:
        raise _unavailable()
    return object_of(answer.body)


def _unavailable() -> Unavailable:
    return Unavailable("provider_unavailable", "Viber does not answer now; the token was not checked.")
