"""Sending through Infobip, and what its answers mean.

Our key is the message's id: every report tells it again, also where the answer to the call was lost. It does not keep
Infobip from sending twice (unconfirmed), so a lost answer stays `unknown` until a report comes. Free text is taken for
a day after the customer's last message; a first message is a template.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import ValidationError

from adapters.channels.contract import Outbound
from adapters.channels.files import FileType, OutFile, public_link
from adapters.channels.http_client import Access
from adapters.channels.outcomes import SendResult, after, again, answer_lost, bad_credentials, failed
from adapters.channels.text import object_of
from adapters.channels.whatsapp_infobip.calls import NOT_LET_IN, call, sender_of
from adapters.channels.whatsapp_infobip.models import Status
from adapters.channels.whatsapp_infobip.reports import FAILED, refusal
from adapters.channels.whatsapp_infobip.templates import template_content

LONGEST_TEXT = 4096
GATEWAY_TIMED_OUT = 504
FORMS: dict[FileType, str] = {"image": "image", "video": "video", "audio": "audio", "file": "document"}
"""Type of a file → the last part of the address; a caption may stand at all but audio."""


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    if not message.text.strip() and message.template is None and not message.files:
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    envelope = {"from": sender_of(access), "to": chat, "messageId": message.key}
    if message.template is not None:
        said = template_content(access, message.template, message.text)
        if isinstance(said, SendResult):
            return said
        body: dict[str, Any] = {"messages": [{**envelope, "content": said}]}
        return _ours(after(call(access, "POST", "whatsapp/1/message/template", json=body), classify), message)
    if message.files:
        return _send_file(access, envelope, message, message.files[0])
    body = {**envelope, "content": {"text": message.text, "previewUrl": False}}
    return _ours(after(call(access, "POST", "whatsapp/1/message/text", json=body), classify), message)


def _send_file(access: Access, envelope: Mapping[str, str], message: Outbound, file: OutFile) -> SendResult:
    """Infobip fetches it from us."""
    link, kind = public_link(access, file), FORMS[file.type]
    if link is None:
        return failed("no_public_address")
    content = {"mediaUrl": link}
    if message.text:
        content["caption"] = message.text
    if kind == "document":
        content["filename"] = file.name
    body = {**envelope, "content": content}
    return _ours(after(call(access, "POST", f"whatsapp/1/message/{kind}", json=body), classify), message)


def classify(status: int, body: bytes) -> SendResult:
    facts = object_of(body)
    if 200 <= status < 300:
        return _taken(facts)
    if status in NOT_LET_IN:
        return bad_credentials()
    if status == 429:
        return again("rate_limited")
    if status == GATEWAY_TIMED_OUT:
        return answer_lost()
    return again() if status >= 500 or status < 400 else failed("refused")


def _ours(result: SendResult, message: Outbound) -> SendResult:
    """Whether taken or lost, the message is known there by our key."""
    known = result.outcome in ("accepted", "unknown")
    return replace(result, external_message_id=message.key) if known else result


def _taken(facts: Mapping[str, Any]) -> SendResult:
    """Taken is not yet sent: a report tells that. A call with several messages answers a list; ours has one."""
    several = facts.get("messages")
    one = several[0] if isinstance(several, list) and several and isinstance(several[0], Mapping) else facts
    known = one.get("messageId")
    try:
        status = Status.model_validate(one.get("status") or {})
    except ValidationError:
        status = Status()
    if status.group_name in FAILED:
        return failed(refusal(status))
    if isinstance(known, str) and known:
        return SendResult(outcome="accepted", external_message_id=known)
    return (
        SendResult(outcome="sent")
        if facts.keys() & {"templates", "senders", "numbers", "businessInfo"}
        else answer_lost()
    )
