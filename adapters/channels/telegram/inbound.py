"""Updates of the Bot API → `Inbound`. One update holds one thing.

Private chats only: a group is nobody's enquiry. A kind of update that we do not know is acknowledged as `ignore`;
refusing it would make Telegram repeat it for a day and hold back that customer's next messages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from pydantic import ValidationError

from adapters.channels.inbound import Inbound, InboundKind, invalid
from adapters.channels.models import what_is_wrong
from adapters.channels.telegram.content import attachments, service_kind
from adapters.channels.telegram.models import Callback, MemberUpdated, Message, ReactionUpdated, Update, User
from adapters.channels.text import Unreadable, read_json


def parse(raw: bytes) -> list[Inbound]:
    try:
        everything = read_json(raw)
        update = Update.model_validate(everything)
        return [_thing(update, everything)]
    except Unreadable as why:
        return [invalid(str(why))]
    except ValidationError as why:
        return [invalid(what_is_wrong(why, "The update is not as the Bot API describes it"))]


def _thing(update: Update, everything: Mapping[str, Any]) -> Inbound:
    dedup = f"update_id:{update.update_id}"
    name = next((name for name in READERS if everything.get(name) is not None), None)
    if name is not None:
        return READERS[name](everything[name], dedup)
    other = sorted(name for name in everything if name != "update_id")
    return Inbound(kind="ignore", reason=f"update_kind:{other[0][:64] if other else 'none'}", dedup_key=dedup)


def _message(body: Any, dedup: str) -> Inbound:
    return _written("message", Message.model_validate(body), body, dedup)


def _edited(body: Any, dedup: str) -> Inbound:
    return _written("edit", Message.model_validate(body), body, dedup)


def _written(kind: InboundKind, message: Message, everything: Mapping[str, Any], dedup: str) -> Inbound:
    if message.chat.type != "private":
        return _not_private(message.chat.type, str(message.chat.id), dedup)
    service = service_kind(everything)
    person = message.sender or User(id=message.chat.id)
    moment = message.date if message.edit_date is None or kind == "message" else message.edit_date
    if service is not None:
        return Inbound(
            kind="service",
            external_message_id=str(message.message_id),
            external_chat_id=str(message.chat.id),
            timestamp=moment,
            reason=service,
            dedup_key=dedup,
            **_who(person),
        )
    return Inbound(
        kind=kind,
        external_message_id=str(message.message_id),
        external_chat_id=str(message.chat.id),
        sender_phone=_own_phone(message, person),
        timestamp=moment,
        text=message.text or message.caption or "",
        attachments=attachments(message, everything),
        reply_to_external_message_id=str(message.reply_to_message.message_id) if message.reply_to_message else None,
        edits_external_message_id=str(message.message_id) if kind == "edit" else None,
        dedup_key=dedup,
        **_who(person),
    )


def _own_phone(message: Message, person: User) -> str | None:
    """A shared contact is the sender's own number only if Telegram says that it is his."""
    contact = message.contact
    return contact.phone_number if contact is not None and contact.user_id == person.id else None


def _pressed(body: Any, dedup: str) -> Inbound:
    callback = Callback.model_validate(body)
    chat = callback.message.chat if callback.message else None
    if chat is not None and chat.type != "private":
        return _not_private(chat.type, str(chat.id), dedup)
    return Inbound(
        kind="button",
        external_message_id=callback.id,
        external_chat_id=str(chat.id if chat else callback.sender.id),
        target_message_id=str(callback.message.message_id) if callback.message else None,
        button_payload=callback.data or "",
        dedup_key=dedup,
        **_who(callback.sender),
    )


def _membership(body: Any, dedup: str) -> Inbound:
    """The customer blocked (`kicked`) or unblocked (`member`) our bot."""
    changed = MemberUpdated.model_validate(body)
    if changed.chat.type != "private":
        return _not_private(changed.chat.type, str(changed.chat.id), dedup)
    return Inbound(
        kind="service",
        external_chat_id=str(changed.chat.id),
        timestamp=changed.date,
        reason=f"bot_{changed.new_chat_member.status}",
        dedup_key=dedup,
        **_who(changed.sender),
    )


def _reaction(body: Any, dedup: str) -> Inbound:
    """The list of reactions after the change; an empty one means that the last was taken back."""
    changed = ReactionUpdated.model_validate(body)
    if changed.chat.type != "private":
        return _not_private(changed.chat.type, str(changed.chat.id), dedup)
    first = changed.new_reaction[0] if changed.new_reaction else None
    return Inbound(
        kind="reaction",
        external_chat_id=str(changed.chat.id),
        timestamp=changed.date,
        target_message_id=str(changed.message_id),
        emoji=(first.emoji or first.custom_emoji_id or first.type) if first else "",
        dedup_key=dedup,
        **_who(changed.user or User(id=changed.chat.id)),
    )


Reader = Callable[[Any, str], Inbound]
READERS: dict[str, Reader] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _pressed,
    "my_chat_member": _membership,
    "message_reaction": _reaction,
}


def _who(person: User) -> dict[str, Any]:
    return {"sender_id": str(person.id), "sender_name": person.name or None, "sender_username": person.username}


def _not_private(kind: str, chat: str, dedup: str) -> Inbound:
    return Inbound(kind="ignore", external_chat_id=chat, reason=f"chat:{kind[:64]}", dedup_key=dedup)
