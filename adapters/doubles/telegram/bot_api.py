"""The Bot API's methods, as far as a channel calls them, with the refusals that the real one gives."""

from __future__ import annotations

import re
from collections.abc import Callable
from time import time
from typing import Any
from urllib.parse import unquote, urlsplit

from adapters.doubles.server import LOOPBACK, Asked, Reply
from adapters.doubles.telegram.chats import Bot, Customer, Said, SentFile
from adapters.doubles.telegram.faults import error
from adapters.doubles.telegram.webhooks import Courier, Webhook

LONGEST_TEXT = 4096
LONGEST_CAPTION = 1024
MB = 1024 * 1024
LARGEST_DOWNLOAD = 20 * MB
_PATH = re.compile(r"/bot([^/]+)/(\w+)")
_FILE = re.compile(r"/file/bot([^/]+)/files/(\w+)")
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


def get_file(bot: Bot, courier: Courier, asked: Asked) -> Reply:
    ident = str(asked.json().get("file_id", ""))
    if ident not in bot.files:
        return error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
    size = len(bot.files[ident])
    if size > LARGEST_DOWNLOAD:
        return error(400, "Bad Request: file is too big")
    return ok({"file_id": ident, "file_unique_id": ident[-1:], "file_size": size, "file_path": f"files/{ident}"})


def download(bot: Bot, path: str) -> Reply:
    """`/file/bot<token>/<file_path>`: the bytes."""
    found = _FILE.fullmatch(path)
    if found is None or unquote(found[1]) != bot.token or found[2] not in bot.files:
        return error(404, "Not Found")
    return Reply(200, bot.files[found[2]], {"content-type": "application/octet-stream"})


def sender(field: str, largest: int) -> Callable[[Bot, Courier, Asked], Reply]:
    """`sendPhoto` and the like: a multipart form with the file in `field`."""

    def send_file(bot: Bot, courier: Courier, asked: Asked) -> Reply:
        parts = asked.parts()
        form = {name: content.decode() for name, (file, content) in parts.items() if not file}
        name, content = parts.get(field, ("", b""))
        who = _customer(bot, form.get("chat_id"))
        if not name or not content:
            return error(400, f"Bad Request: there is no {field} in the request")
        if len(content) > largest:
            return error(413, "Request Entity Too Large")
        if len(form.get("caption", "")) > LONGEST_CAPTION:
            return error(400, "Bad Request: message caption is too long")
        if who is None:
            return error(400, "Bad Request: chat not found")
        if who.blocked:
            return error(403, "Forbidden: bot was blocked by the user")
        with bot.lock:
            file = SentFile(field, name, content)
            said = Said(str(who.chat), form.get("caption", ""), next(bot.message_ids), file=file)
            bot.sent.append(said)
        return ok({"message_id": said.message_id, "date": int(time()), "chat": who.private()})

    return send_file


METHODS: dict[str, Callable[[Bot, Courier, Asked], Reply]] = {
    "getMe": get_me,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
    "sendMessage": send_message,
    "getFile": get_file,
    "sendPhoto": sender("photo", 10 * MB),
    "sendVideo": sender("video", 50 * MB),
    "sendAudio": sender("audio", 50 * MB),
    "sendDocument": sender("document", 50 * MB),
}


def ok(result: Any) -> Reply:
    return Reply(200, {"ok": True, "result": result})


def _customer(bot: Bot, chat: object) -> Customer | None:
    return bot.customers.get(int(chat)) if isinstance(chat, int | str) and str(chat).lstrip("-").isdigit() else None
