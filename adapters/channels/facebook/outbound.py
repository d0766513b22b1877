"""Sending by the Send API, and what its answers mean.

There is no idempotency key: a call whose answer was lost is `unknown`. Our key travels as `metadata`, which the echo of
the message tells again. After a day without a word of the customer only a person may answer him, for a week, under the
tag HUMAN_AGENT, which Meta allows an application on request.
"""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from typing import Any

from adapters.channels.contract import Outbound
from adapters.channels.files import OutFile
from adapters.channels.graph import graph, segment
from adapters.channels.graph_errors import Meanings, refused, regained_after
from adapters.channels.http_client import Access, Answer, Failure
from adapters.channels.outcomes import SendResult, after, answer_lost, failed, sent, waiting
from adapters.channels.text import object_of

LONGEST_TEXT = 2000
"""Meta states none on its present pages; this one has long been told by others."""
DAY = 86_400.0
WEEK = 7 * DAY

MEANINGS = Meanings(
    later={80006: "rate_limited", 1200: "provider_unavailable"},
    refusals={100: "refused", 551: "forbidden", 10903: "forbidden", 10904: "receiving_disabled"},
    subcodes={
        2018278: "window_closed",
        2018065: "window_closed",
        2534022: "window_closed",
        1545041: "forbidden",
        2018001: "chat_not_found",
        2018028: "forbidden",
    },
)
BAD_PARAMETER: tuple[tuple[str, str], ...] = (
    ("no matching user", "chat_not_found"),
    ("length", "message_too_long"),
    ("outside of allowed window", "window_closed"),
)
"""A part of the message of error 100, in lower case, and what it means."""


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    if not message.text.strip() and not message.files:
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    way = _messaging_type(message)
    if way is None:
        return failed("window_closed")
    body: dict[str, Any] = {**way, "recipient": {"id": chat}, "message": _content(message)}
    if message.reply_to_external_message_id is not None:
        body["reply_to"] = {"mid": message.reply_to_external_message_id}
    answer = _called(access, f"{segment(access.account or 'me')}/messages", body, message.files[:1])
    result = after(answer, classify)
    return waiting(result, regained_after(answer.headers)) if isinstance(answer, Answer) else result


def _content(message: Outbound) -> dict[str, Any]:
    """A text or a file: Messenger takes no words beside one."""
    if not message.files:
        return {"text": message.text, "metadata": message.key}
    return {"attachment": {"type": message.files[0].type, "payload": {}}, "metadata": message.key}


def _called(access: Access, path: str, body: dict[str, Any], files: Sequence[OutFile]) -> Answer | Failure:
    """With a file as a form, each field of which is JSON or a word."""
    if not files:
        return graph(access, "POST", path, json=body)
    file = files[0]
    form = {name: value if isinstance(value, str) else dumps(value) for name, value in body.items()}
    with file.open() as stream:
        return graph(access, "POST", path, form=form, files={"filedata": (file.name, stream, file.mime)})


def classify(status: int, body: bytes) -> SendResult:
    facts = object_of(body)
    if status == 200 and "error" not in facts:
        return _taken(facts)
    result = refused(status, body, MEANINGS)
    if result.code != "refused":
        return result
    told = str((facts.get("error") or {}).get("message", "")).lower() if isinstance(facts.get("error"), dict) else ""
    return failed(next((code for part, code in BAD_PARAMETER if part in told), "refused"))


def _taken(facts: dict[str, Any]) -> SendResult:
    """A 200 that is not the Send API's comes from something between us and it; a page's own facts are a check."""
    if isinstance(facts.get("message_id"), str):
        return sent(facts["message_id"])
    if isinstance(facts.get("id"), str):
        return SendResult(outcome="sent", account_id=facts["id"], account_name=str(facts.get("name", "")))
    return sent() if "recipient_id" in facts else answer_lost()


def _messaging_type(message: Outbound) -> dict[str, str] | None:
    """None: it is too late for it."""
    if message.quiet_for is None or message.quiet_for < DAY:
        return {"messaging_type": "RESPONSE"}
    if message.by_person and message.quiet_for < WEEK:
        return {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    return None
