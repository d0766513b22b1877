"""Events of Messenger → `Inbound`, one reader for each body that an event may hold.

An echo is a message of the page's own: ours, or a person's in Meta's inbox.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from adapters.channels.facebook.content import attachments
from adapters.channels.facebook.models import Delivery, Edit, Event, From, Message, Postback, Reaction, Read
from adapters.channels.graph_body import Facts, seconds
from adapters.channels.inbound import Inbound


def _message(one: Facts, account: str | None) -> Sequence[Inbound]:
    message = Message.model_validate(one["message"])
    if message.is_echo:
        return (_echo(one, message, account),)
    event = From.model_validate(one)
    chat, common = event.sender.id, _common(event, account)
    if message.is_deleted:
        return (
            Inbound(
                kind="delete",
                external_message_id=message.mid,
                external_chat_id=chat,
                sender_id=chat,
                deletes_external_message_id=message.mid,
                dedup_key=f"delete:{message.mid}",
                **common,
            ),
        )
    written = Inbound(
        kind="message",
        external_message_id=message.mid,
        external_chat_id=chat,
        sender_id=chat,
        button_payload=message.quick_reply.payload if message.quick_reply else None,
        dedup_key=f"message:{message.mid}",
        **_written(message),
        **common,
    )
    return (written,)


def _echo(one: Facts, message: Message, account: str | None) -> Inbound:
    """Sender and recipient are the page and the customer: whoever of them is not the page is the chat."""
    event = Event.model_validate(one)
    people = [person.id for person in (event.recipient, event.sender) if person is not None]
    chat = next((person for person in people if person != account), None)
    return Inbound(
        kind="echo",
        external_message_id=message.mid,
        external_chat_id=chat,
        sender_id=account,
        our_key=message.metadata or None,
        dedup_key=f"echo:{message.mid}",
        attributes={"app_id": message.app_id} if message.app_id else {},
        **_written(message),
        **_common(event, account),
    )


def _edit(one: Facts, account: str | None) -> Sequence[Inbound]:
    event, edit = From.model_validate(one), Edit.model_validate(one["message_edit"])
    edited = Inbound(
        kind="edit",
        external_message_id=edit.mid,
        external_chat_id=event.sender.id,
        sender_id=event.sender.id,
        text=edit.text,
        edits_external_message_id=edit.mid,
        dedup_key=f"edit:{edit.mid}:{edit.num_edit}",
        **_common(event, account),
    )
    return (edited,)


def _postback(one: Facts, account: str | None) -> Sequence[Inbound]:
    """A press on a button; old ones have no id of their own."""
    event, pressed = From.model_validate(one), Postback.model_validate(one["postback"])
    itself = pressed.mid or f"{event.sender.id}:{event.timestamp}:{pressed.payload}"
    button = Inbound(
        kind="button",
        external_message_id=pressed.mid,
        external_chat_id=event.sender.id,
        sender_id=event.sender.id,
        text=pressed.title,
        button_payload=pressed.payload,
        dedup_key=f"postback:{itself}",
        **_common(event, account),
    )
    return (button,)


def _delivery(one: Facts, account: str | None) -> Sequence[Inbound]:
    """Everything up to the watermark is delivered; the messages may be named besides."""
    event, told = From.model_validate(one), Delivery.model_validate(one["delivery"])
    receipt = Inbound(
        kind="delivery_receipt",
        external_message_id=told.mids[0] if len(told.mids) == 1 else None,
        external_message_ids=told.mids or None,
        external_chat_id=event.sender.id,
        sender_id=event.sender.id,
        watermark_ms=told.watermark,
        dedup_key=f"delivery:{told.watermark}:{','.join(told.mids)}",
        **_common(event, account),
    )
    return (receipt,)


def _read(one: Facts, account: str | None) -> Sequence[Inbound]:
    """No message is named: all of ours up to the watermark were read."""
    event, told = From.model_validate(one), Read.model_validate(one["read"])
    receipt = Inbound(
        kind="read_receipt",
        external_chat_id=event.sender.id,
        sender_id=event.sender.id,
        watermark_ms=told.watermark,
        dedup_key=f"read:{told.watermark}",
        **_common(event, account),
    )
    return (receipt,)


def _reaction(one: Facts, account: str | None) -> Sequence[Inbound]:
    event, told = From.model_validate(one), Reaction.model_validate(one["reaction"])
    emoji = "" if told.action == "unreact" else told.emoji or told.reaction or ""
    reaction = Inbound(
        kind="reaction",
        external_chat_id=event.sender.id,
        sender_id=event.sender.id,
        target_message_id=told.mid,
        emoji=emoji,
        dedup_key=f"reaction:{told.mid}:{event.timestamp}:{told.action}:{emoji}",
        **_common(event, account),
    )
    return (reaction,)


READERS: dict[str, Callable[[Facts, str | None], Sequence[Inbound]]] = {
    "message": _message,
    "message_edit": _edit,
    "postback": _postback,
    "delivery": _delivery,
    "read": _read,
    "reaction": _reaction,
}


def _written(message: Message) -> dict[str, Any]:
    replied = message.reply_to.mid if message.reply_to else None
    return {
        "text": message.text,
        "attachments": attachments(message),
        "reply_to_external_message_id": replied,
    }


def _common(event: Event, account: str | None) -> dict[str, Any]:
    ours = account or (event.recipient.id if event.recipient else None)
    return {"account_id": ours, "timestamp": seconds(event.timestamp)}
