"""What a provider's body may hold, in one vocabulary for all kinds of channel: `Inbound` and its attachments.

Ids are strings. An absent fact is None and stays out of `to_json`. `parse` of a channel answers a list of these, in
the body's order, each thing once; it never raises: a body that cannot be read is one `invalid` with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, Literal

InboundKind = Literal[
    "message",
    "edit",
    "delete",
    "reaction",
    "echo",
    "button",
    "typing",
    "sent_receipt",
    "delivery_receipt",
    "read_receipt",
    "failure_receipt",
    "service",
    "session_start",
    "ping",
    "handshake",
    "bounce",
    "auto_generated",
    "ignore",
    "invalid",
]
AttachmentType = Literal[
    "image",
    "video",
    "audio",
    "voice",
    "file",
    "sticker",
    "location",
    "contact",
    "link",
    "order",
    "unsupported",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundAttachment:
    """One file, place or card. Sizes in bytes and pixels, `duration` in seconds; `raw` where we know no form.

    `content`: the bytes, where they came with the message itself (a letter's); nobody prints them.
    """

    type: AttachmentType
    url: str | None = None
    external_file_id: str | None = None
    media_id: str | None = None
    mime: str | None = None
    file_name: str | None = None
    size: int | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    title: str | None = None
    name: str | None = None
    address: str | None = None
    phone: str | None = None
    emoji: str | None = None
    raw: Any = None
    content: bytes | None = field(default=None, repr=False)

    def to_json(self) -> dict[str, Any]:
        return _known(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Inbound:
    """One thing. `timestamp` = the provider's time in seconds since 1970 UTC; `account_id` = our side of the channel.

    `dedup_key` is equal for two deliveries of the same thing and for nothing else within one channel and kind.
    `external_message_ids`: all that one receipt is about, where it names several. `our_key`: the key that we sent with
    a message of ours, where the provider tells it again; with a customer's message, that of the one that he answers.
    `sender_also`: other ids of the sender, or his new one.
    """

    kind: InboundKind
    external_message_id: str | None = None
    external_chat_id: str | None = None
    sender_id: str | None = None
    sender_name: str | None = None
    sender_username: str | None = None
    sender_phone: str | None = None
    sender_avatar: str | None = None
    sender_also: tuple[str, ...] | None = None
    account_id: str | None = None
    timestamp: float | None = None
    text: str | None = None
    attachments: tuple[InboundAttachment, ...] | None = None
    reply_to_external_message_id: str | None = None
    edits_external_message_id: str | None = None
    deletes_external_message_id: str | None = None
    target_message_id: str | None = None
    button_payload: str | None = None
    emoji: str | None = None
    error_code: str | int | None = None
    reason: str | None = None
    recipient: str | None = None
    watermark_ms: int | None = None
    reply_status: int | None = None
    reply_body: str | None = None
    subject: str | None = None
    in_reply_to: str | None = None
    references: tuple[str, ...] | None = None
    body_type: str | None = None
    reply_text: str | None = None
    answer_to: str | None = None
    failed_recipient: str | None = None
    original_message_id: str | None = None
    external_message_ids: tuple[str, ...] | None = None
    our_key: str | None = None
    dedup_key: str | None = None
    attributes: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """One object as `parley channels parse` prints it: known facts only, in the order of this class."""
        facts = _known(self)
        if self.attachments is not None:
            facts["attachments"] = [one.to_json() for one in self.attachments]
        if self.external_message_ids is not None:
            facts["external_message_ids"] = list(self.external_message_ids)
        if self.sender_also is not None:
            facts["sender_also"] = list(self.sender_also)
        if self.references is not None:
            facts["references"] = list(self.references)
        return facts


def invalid(reason: str) -> Inbound:
    return Inbound(kind="invalid", reason=reason)


def _known(thing: Inbound | InboundAttachment) -> dict[str, Any]:
    values = {one.name: getattr(thing, one.name) for one in fields(thing)}
    return {name: value for name, value in values.items() if value is not None and value != {} and name != "content"}
