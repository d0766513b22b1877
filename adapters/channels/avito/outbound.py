"""Sending on Avito, and what its answers mean. Only into a chat that the customer has begun; no idempotency."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from adapters.channels.contract import Outbound
from adapters.channels.http_client import Access, ask, bearer
from adapters.channels.keys import TOKEN
from adapters.channels.outcomes import SendResult, after, again, answer_lost, bad_credentials, failed
from adapters.channels.text import object_of

DEFAULT_URL = "https://api.avito.ru"
LONGEST_TEXT = 1000
EXPIRED = (401, 403)
"""An access token lasts a day; whoever sees this asks for a new one once, and only then takes it for a refusal."""
REFUSALS: dict[int, str] = {402: "no_messenger_subscription", 404: "chat_not_found"}


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    if not message.text.strip():
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    base = (access.base_url or DEFAULT_URL).rstrip("/")
    url = f"{base}/messenger/v1/accounts/{quote(access.account, safe='')}/chats/{quote(chat, safe='')}/messages"
    body = {"type": "text", "message": {"text": message.text}}
    return after(ask(access.client, "POST", url, json=body, headers=bearer(access.secret(TOKEN))), classify)


def classify(status: int, body: bytes) -> SendResult:
    if status == 429:
        return again("rate_limited")
    if status in EXPIRED:
        return bad_credentials()
    if status == 504:
        return answer_lost()
    if status >= 500 or 300 <= status < 400:
        return again()
    return _taken(object_of(body)) if status in (200, 201) else failed(REFUSALS.get(status, "refused"))


def _taken(facts: Mapping[str, Any]) -> SendResult:
    if isinstance(facts.get("access_token"), str):
        return SendResult(outcome="token")
    known = facts.get("id")
    if known is None:
        return answer_lost()
    if "direction" in facts or "content" in facts:
        return SendResult(outcome="accepted", external_message_id=str(known))
    return SendResult(outcome="accepted", account_id=str(known), account_name=str(facts.get("name", "")))
