"""The Bot API's methods, as far as a channel calls them, with the refusals that the real one gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import time
from typing import Any
from urllib.parse import unquote, urlsplit

from adapters.doubles.server import LOOPBACK, Asked, Reply
from adapters.doubles.telegram.chats import Bot, Customer, Said
from adapters.doubles.telegram.faults import error
from adapters.doubles.telegram.webhooks import Courier, Webhook

LONGEST_TEXT = 4096
_PATH = re.compile(r"/bot([^/]+)/(\w+)")
_SECRET = re.compile(r"[A-Za-z0-9_-]{0,256}")
_NEAR = frozenset({LOOPBACK, "localhost", "::1"})


def parsed(path: str) -> tuple[str, str] | None:
    """Token and method of a path."""
    found = _PATH.fullmatch(path.partition("?")[0])
    return (unquote(found[1]), found[2]) if found else None


def get_me(bot: Bot, courier: Courier, asked: Asked) -> Reply:
    return ok(bot.me())


def set_webhook(bot: Bot, courier: Courier, asked: Asked) -> Reply:
    wanted = asked.json()
    url, secret = str(wanted.get("url", "")), str(wanted.get("secret_token", ""))
    if urlsplit(url).hostname not in _NEAR:
        return error(400, "Bad Request: bad webhook: this double delivers to the loopback interface only")
    if not _SECRET.fullmatch(secret):
        return error(400, "Bad Request: secret token contains unallowed characters")
    courier.set_webhook(Webhook(url, secret, tuple(wanted.get("allowed_updates") or ())))
    return ok(True)


def delete_webhook(bot: Bot, courier: Courier, asked: Asked) -> Reply:
    courier.set_webhook(None)
    return ok(True)


def get_webhook_info(bot: Bot, courier: Courier, asked: Asked) -> Reply:
    url = courier.webhook.url if courier.webhook else ""
    return ok({"url": url, "has_custom_certificate": False, "pending_update_count": courier.pending})


def send_message(bot: Bot, courier: Courier, asked: Asked) -> Reply:
    wanted = asked.json()
    text, who = str(wanted.get("text", "")), _customer(bot, wanted.get("chat_id"))
    if not text.strip():
        return error(400, "Bad Request: message text is empty")
    if len(text) > LONGEST_TEXT:
        return error(400, "Bad Request: message is too long")
    if who is None:
        return error(400, "Bad Request: chat not found")
    if who.blocked:
        return error(403, "Forbidden: bot was blocked by the user")
    reply_to = (wanted.get("reply_parameters") or {}).get("message_id")
    with bot.lock:
        said = Said(str(who.chat), text, next(bot.message_ids), reply_to)
        bot.sent.append(said)
    return ok({"message_id": said.message_id, "date": int(time()), "chat": who.private(), "text": text})


METHODS: dict[str, Callable[[Bot, Courier, Asked], Reply]] = {
    "getMe": get_me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
}


def ok(result: Any) -> Reply:
    return Reply(200, {"ok": True, "result": result})


def _customer(bot: Bot, chat: object) -> Customer | None:
    return bot.customers.get(int(chat)) if isinstance(chat, int | str) and str(chat).lstrip("-").isdigit() else None
