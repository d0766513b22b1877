"""Viber's calls, as far as a channel makes them, with the refusals of Viber's own table."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from adapters.doubles.server import Asked, Reply
from adapters.doubles.viber.bot import WITHOUT_REPLY, Bot, Person, Said
from adapters.doubles.viber.callbacks import ALWAYS, Callbacks
from adapters.doubles.viber.faults import status

LONGEST_TEXT = 7000
LONGEST_BESIDE = 768
LONGEST_NAME = 28
LARGEST_CALL = 30 * 1024
FILTERED = frozenset({"delivered", "seen", "failed", "conversation_started"})


def get_account_info(bot: Bot, callbacks: Callbacks, asked: Asked) -> Reply:
    facts = {"id": bot.id, "name": bot.name, "uri": bot.uri, "webhook": bot.url or ""}
    return status(0, **facts, event_types=sorted(bot.events), subscribers_count=len(bot.people))


def set_webhook(bot: Bot, callbacks: Callbacks, asked: Asked) -> Reply:
    """Viber calls the address before it answers; an empty one removes the webhook."""
    url, events = str(asked.json().get("url", "")), frozenset(asked.json().get("event_types") or FILTERED)
    if not url:
        bot.url, bot.events = None, frozenset()
        return status(0)
    if not callbacks.tried(url):
        return status(1)
    bot.url, bot.events = url, events
    return status(0, event_types=sorted(events | ALWAYS))


def send_message(bot: Bot, callbacks: Callbacks, asked: Asked) -> Reply:
    wanted = asked.json()
    known = bot.people.get(str(wanted.get("receiver", "")))
    fault = _not_as_it_must_be(wanted, asked) or _not_to(known)
    if fault or known is None:
        return status(fault or 5)
    with bot.lock:
        known.since_reply += 1
        if known.since_reply > WITHOUT_REPLY:
            return status(12)
        said = Said(
            known.id,
            str(wanted.get("text", "")),
            next(bot.tokens),
            str(wanted.get("tracking_data", "")),
            wanted["type"],
            wanted.get("media"),
        )
        bot.sent.append(said)
    for _ in range(known.devices):
        callbacks.tell("delivered", {"message_token": said.message_token, "user_id": known.id})
    return status(0, message_token=said.message_token, chat_hostname="SN-CHAT-05_", billing_status=1)


def get_user_details(bot: Bot, callbacks: Callbacks, asked: Asked) -> Reply:
    known = bot.people.get(str(asked.json().get("id", "")))
    return status(0, user=known.shown()) if known else status(5)


CALLS: dict[str, Callable[[Bot, Callbacks, Asked], Reply]] = {
    "get_account_info": get_account_info,
    "set_webhook": set_webhook,
    "send_message": send_message,
    "get_user_details": get_user_details,
}


def _not_as_it_must_be(wanted: dict[str, Any], asked: Asked) -> int | None:
    name = str((wanted.get("sender") or {}).get("name", ""))
    if not wanted.get("receiver") or not wanted.get("type") or not name:
        return 4
    if len(name) > LONGEST_NAME or len(asked.body) > LARGEST_CALL or len(str(wanted.get("tracking_data", ""))) > 4000:
        return 3
    text, media = str(wanted.get("text", "")), str(wanted.get("media", ""))
    match wanted["type"]:
        case "text":
            fits = 0 < len(text) <= LONGEST_TEXT
        case "picture":
            fits = "text" in wanted and len(text) <= LONGEST_BESIDE and bool(PurePosixPath(urlsplit(media).path).suffix)
        case "video":
            fits = bool(media) and int(wanted.get("size", 0)) > 0
        case "file":
            fits = bool(media) and int(wanted.get("size", 0)) > 0 and bool(wanted.get("file_name"))
        case other:
            fits = other in ("url", "location", "contact", "sticker")
    return None if fits else 3


def _not_to(known: Person | None) -> int | None:
    if known is None or not known.registered:
        return 5
    if known.devices == 0:
        return 11
    return None if known.subscribed or known.opened else 6
