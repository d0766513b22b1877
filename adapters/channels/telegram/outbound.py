"""Sending by the Bot API, and what its answers mean.

There is no idempotency key: a call whose answer was lost may have been carried out, so it is `unknown`, never repeated.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, BinaryIO
from urllib.parse import quote

from adapters.channels.contract import Outbound
from adapters.channels.files import OutFile
from adapters.channels.http_client import Access, Answer, Failure, call
from adapters.channels.http_client import ask as ask_http
from adapters.channels.outcomes import SendResult, after, again, answer_lost, bad_credentials, failed, sent
from adapters.channels.text import object_of

DEFAULT_URL = "https://api.telegram.org"
LONGEST_TEXT = 4096
LARGEST_PHOTO = 10 * 1024 * 1024
PHOTOS = frozenset({"image/jpeg", "image/png", "image/webp"})
WAYS = {
    "image": ("sendPhoto", "photo"),
    "video": ("sendVideo", "video"),
    "audio": ("sendAudio", "audio"),
    "file": ("sendDocument", "document"),
}
"""Type of a file → method and the field of the form that holds it."""
GATEWAY_TIMED_OUT = 504

FORBIDDEN: tuple[tuple[str, str], ...] = (
    ("blocked by the user", "blocked_by_user"),
    ("user is deactivated", "user_deactivated"),
    ("can't initiate conversation", "cannot_initiate"),
)
BAD_REQUEST: tuple[tuple[str, str], ...] = (
    ("chat not found", "chat_not_found"),
    ("message is too long", "message_too_long"),
    ("message text is empty", "message_empty"),
    ("replied not found", "reply_not_found"),
    ("message to reply not found", "reply_not_found"),
)
"""A part of `description`, in lower case, and the row of the table of errors that it means."""


def ask(access: Access, method: str, body: Mapping[str, Any]) -> Answer | Failure:
    """One call."""
    return call(access.client, address(access, method), body)


def ask_with(
    access: Access, method: str, form: Mapping[str, str], files: Mapping[str, tuple[str, BinaryIO, str]]
) -> Answer | Failure:
    return ask_http(access.client, "POST", address(access, method), form=form, files=files)


def address(access: Access, method: str, *, files: bool = False) -> str:
    """The token stands in the address, as the Bot API wants it, quoted so that it stays one segment."""
    base = f"{(access.base_url or DEFAULT_URL).rstrip('/')}{'/file' if files else ''}"
    return f"{base}/bot{quote(access.secret('token'), safe=':')}/{method}"


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    if message.files:
        return _send_file(access, chat, message, message.files[0])
    if not message.text.strip():
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    body: dict[str, Any] = {"chat_id": int(chat) if chat.lstrip("-").isdigit() else chat, "text": message.text}
    if message.reply_to_external_message_id is not None:
        body["reply_parameters"] = {"message_id": int(message.reply_to_external_message_id)}
    return after(ask(access, "sendMessage", body), classify)


def _send_file(access: Access, chat: str, message: Outbound, file: OutFile) -> SendResult:
    """The text goes as the caption: both are one message."""
    method, field = _way(file)
    form = {"chat_id": chat, **({"caption": message.text} if message.text else {})}
    if message.reply_to_external_message_id is not None:
        form["reply_parameters"] = json.dumps({"message_id": int(message.reply_to_external_message_id)})
    with file.open() as stream:
        parts = {field: (file.name, stream, file.mime)}
        return after(ask_with(access, method, form, parts), classify)


def _way(file: OutFile) -> tuple[str, str]:
    """What Telegram would refuse as a picture goes as a document, and arrives whole."""
    if file.type == "image" and (file.mime not in PHOTOS or file.size > LARGEST_PHOTO):
        return WAYS["file"]
    return WAYS[file.type]


def classify(status: int, body: bytes) -> SendResult:
    """Status and body of an answer → what became of the call."""
    facts = object_of(body)
    parameters = facts.get("parameters")
    parameters = parameters if isinstance(parameters, dict) else {}
    description = str(facts.get("description", "")).lower()
    match status:
        case 200:
            return _taken(facts)
        case 401 | 404:
            return bad_credentials("bot_not_found")
        case 429:
            return again("rate_limited", _seconds(parameters.get("retry_after")))
        case 403:
            return failed(_named(FORBIDDEN, description, "forbidden"))
        case 400 if "migrate_to_chat_id" in parameters:
            moved = str(parameters["migrate_to_chat_id"])
            return SendResult(outcome="chat_migrated", code="chat_migrated", new_chat_id=moved)
        case 400:
            return failed(_named(BAD_REQUEST, description, "refused"))
        case _ if status == GATEWAY_TIMED_OUT:
            return answer_lost()
        case _ if status >= 500 or 300 <= status < 400:
            return again()
        case _:
            return failed("refused")


def _taken(facts: Mapping[str, Any]) -> SendResult:
    """A 200 that is not the Bot API's "ok" comes from something between us and it: nobody knows what became of it."""
    if facts.get("ok") is not True:
        return answer_lost()
    result = facts.get("result")
    if not isinstance(result, dict):
        return sent()
    if "is_bot" in result:
        name = str(result.get("first_name", ""))
        return SendResult(outcome="sent", account_id=str(result.get("id", "")), account_name=name)
    return sent(str(result["message_id"]) if "message_id" in result else None)


def _named(rows: tuple[tuple[str, str], ...], description: str, otherwise: str) -> str:
    return next((code for part, code in rows if part in description), otherwise)


def _seconds(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and value >= 0 else None
