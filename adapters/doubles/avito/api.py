"""The Messenger API and the account's own page, as far as a channel calls them."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import time
from typing import Any

from adapters.doubles.avito.accounts import Account, Avito, Chat, Refusal, Said
from adapters.doubles.avito.webhooks import Webhooks
from adapters.doubles.server import Asked

LONGEST_TEXT = 1000
LARGEST_IMAGE = 24 * 1024 * 1024
DELETES_WITHIN = 3600
Method = Callable[[Avito, Webhooks, Account, Asked, dict[str, str]], Any]


def myself(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    return account.self()


def subscribe(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    """One address an account: the last one counts. It must answer an empty object first."""
    url = str(asked.json().get("url", ""))
    if not webhooks.probe(url):
        raise Refusal(400, "Validation error")
    account.webhook = url
    return {"ok": True}


def unsubscribe(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    if account.webhook == asked.json().get("url"):
        account.webhook = None
    return {"ok": True}


def subscriptions(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    return {"subscriptions": [{"url": account.webhook, "version": "3"}] if account.webhook else []}


def chats(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    query = asked.query()
    wanted = [one for one in account.chats.values() if one.unread or query.get("unread_only") != "true"]
    first = int(query.get("offset", "0"))
    found = sorted(wanted, key=lambda one: -one.updated)[first : first + int(query.get("limit", "100"))]
    return {"chats": [one.shown() for one in found]}


def one_chat(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    return _chat(account, at).shown()


def messages(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    """The newest first, as a bare list."""
    first, most = int(asked.query().get("offset", "0")), int(asked.query().get("limit", "100"))
    return list(reversed(_chat(account, at).messages))[first : first + most]


def send_text(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    said = asked.json().get("message") or {}
    text = str(said.get("text", ""))
    if not text.strip() or len(text) > LONGEST_TEXT or asked.json().get("type") != "text":
        raise Refusal(400, "Validation error")
    return _said(avito, webhooks, _chat(account, at), "text", {"text": text})


def send_image(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    known = str(asked.json().get("image_id", ""))
    if known not in avito.files:
        raise Refusal(400, "Validation error")
    sizes = {"1280x960": f"{at['double']}/files/{known}", "140x105": f"{at['double']}/files/{known}"}
    return _said(avito, webhooks, _chat(account, at), "image", {"image": {"sizes": sizes}}, known)


def upload(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    name, content = asked.parts().get("uploadfile[]", ("", b""))
    if not content or len(content) > LARGEST_IMAGE:
        raise Refusal(400, f"Validation error: {name}")
    known = f"{next(avito.numbers)}.{avito.message_id()}"
    avito.files[known] = content
    return {known: {"1280x960": f"{at['double']}/files/{known}"}}


def delete(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    chat = _chat(account, at)
    found = next((one for one in chat.messages if one["id"] == at["message"]), None)
    if found is None or found["created"] < time() - DELETES_WITHIN:
        raise Refusal(404, "Not found")
    found |= {"type": "deleted", "content": {}}
    return {}


def read(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    _chat(account, at).unread = False
    return {"ok": True}


def voices(avito: Avito, webhooks: Webhooks, account: Account, asked: Asked, at: dict[str, str]) -> Any:
    wanted = asked.query().get("voice_ids", "").split(",")
    return {"voices_urls": {one: f"{at['double']}/files/{one}" for one in wanted if one in avito.files}}


def _said(
    avito: Avito, webhooks: Webhooks, chat: Chat, kind: str, content: dict[str, Any], image: str | None = None
) -> dict[str, Any]:
    with avito.lock:
        facts = {"id": avito.message_id(), "created": int(time()), "type": kind, "content": content}
        avito.sent.append(Said(chat.account, chat.id, str(content.get("text", "")), str(facts["id"]), image))
        chat.messages.append({**facts, "author_id": chat.account, "direction": "out", "is_read": True})
    webhooks.tell(chat, facts, author=chat.account)
    return {**facts, "direction": "out"}


def _chat(account: Account, at: dict[str, str]) -> Chat:
    found = account.chats.get(at["chat"])
    if found is None:
        raise Refusal(404, "Not found")
    return found


_CHATS = r"/messenger/v[0-9]/accounts/(?P<account>\d+)/chats"
_CHAT = _CHATS + r"/(?P<chat>[^/]+)"
ROUTES: tuple[tuple[str, str, str, str, Method], ...] = (
    ("self", "GET", r"/core/v1/accounts/self", "user:read", myself),
    ("webhook", "POST", r"/messenger/v3/webhook", "messenger:read", subscribe),
    ("unsubscribe", "POST", r"/messenger/v1/webhook/unsubscribe", "messenger:read", unsubscribe),
    ("subscriptions", "POST", r"/messenger/v1/subscriptions", "messenger:read", subscriptions),
    ("chats", "GET", _CHATS, "messenger:read", chats),
    ("chat", "GET", _CHAT, "messenger:read", one_chat),
    ("history", "GET", _CHAT + "/messages/?", "messenger:read", messages),
    ("messages", "POST", _CHAT + "/messages", "messenger:write", send_text),
    ("image", "POST", _CHAT + "/messages/image", "messenger:write", send_image),
    ("delete", "POST", _CHAT + r"/messages/(?P<message>\w+)", "messenger:write", delete),
    ("read", "POST", _CHAT + "/read", "messenger:write", read),
    ("upload", "POST", r"/messenger/v1/accounts/(?P<account>\d+)/uploadImages", "messenger:write", upload),
    ("voices", "GET", r"/messenger/v1/accounts/(?P<account>\d+)/getVoiceFiles", "messenger:read", voices),
)
"""Name, method, path, the scope that it needs, and who answers."""


def routed(method: str, path: str) -> tuple[str, str, Method, dict[str, str]] | None:
    """Name, scope, who answers, and what the path names."""
    for name, by, pattern, scope, answers in ROUTES:
        found = re.fullmatch(pattern, path)
        if found and by == method:
            return name, scope, answers, found.groupdict()
    return None
