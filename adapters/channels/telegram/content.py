"""What a message holds: its attachments, and whether it is a message at all or a note of Telegram's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from adapters.channels.inbound import AttachmentType, InboundAttachment
from adapters.channels.telegram.models import Contact, File, Message

FILES: tuple[tuple[str, AttachmentType], ...] = (
    ("animation", "video"),
    ("video", "video"),
    ("video_note", "video"),
    ("audio", "audio"),
    ("voice", "voice"),
    ("document", "file"),
)
"""Field of the message and what it is to us. An animation also fills `document`, with the same file."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SERVICE = _words(
    """new_chat_members left_chat_member new_chat_title new_chat_photo delete_chat_photo group_chat_created
    supergroup_chat_created channel_chat_created message_auto_delete_timer_changed migrate_to_chat_id
    migrate_from_chat_id pinned_message users_shared user_shared chat_shared connected_website write_access_allowed
    passport_data proximity_alert_triggered boost_added chat_background_set forum_topic_created forum_topic_edited
    forum_topic_closed forum_topic_reopened general_forum_topic_hidden general_forum_topic_unhidden giveaway_created
    giveaway_completed video_chat_scheduled video_chat_started video_chat_ended video_chat_participants_invited
    successful_payment refunded_payment gift unique_gift paid_message_price_changed checklist_tasks_done
    checklist_tasks_added direct_message_price_changed"""
)

_ENVELOPE = _words(
    """message_id message_thread_id direct_messages_topic from sender_chat sender_boost_count sender_business_bot date
    edit_date business_connection_id chat forward_origin forward_from forward_from_chat forward_from_message_id
    forward_signature forward_sender_name forward_date is_topic_message is_automatic_forward is_paid_post
    reply_to_message external_reply quote reply_to_story reply_to_checklist_task_id via_bot has_protected_content
    is_from_offline media_group_id author_signature paid_star_count text entities link_preview_options effect_id
    caption caption_entities show_caption_above_media has_media_spoiler reply_markup suggested_post_info"""
)


def service_kind(everything: Mapping[str, Any]) -> str | None:
    """The name of the service field, where the message is Telegram's note and not a person's word."""
    return next((name for name in everything if name in SERVICE), None)


def attachments(message: Message, everything: Mapping[str, Any]) -> tuple[InboundAttachment, ...]:
    known = [*_photo(message), *_sticker(message), *_files(message), *_place(message), *_card(message)]
    return tuple(known) if known else _unsupported(message, everything)


def _photo(message: Message) -> list[InboundAttachment]:
    """Several sizes of one picture arrive; the largest stands for it."""
    if not message.photo:
        return []
    largest = max(message.photo, key=lambda size: ((size.width or 0) * (size.height or 0), size.file_size or 0))
    return [_file("image", largest)]


def _sticker(message: Message) -> list[InboundAttachment]:
    """A sticker is told by its emoji: to people that is what was said."""
    if message.sticker is None:
        return []
    return [replace(_file("sticker", message.sticker), emoji=message.sticker.emoji)]


def _files(message: Message) -> list[InboundAttachment]:
    found = [(kind, getattr(message, name)) for name, kind in FILES if getattr(message, name) is not None]
    if message.animation is not None:
        found = [(kind, file) for kind, file in found if kind != "file"]
    return [_file(kind, file) for kind, file in found]


def _file(kind: AttachmentType, file: File) -> InboundAttachment:
    return InboundAttachment(
        type=kind,
        external_file_id=file.file_id,
        mime=file.mime_type,
        file_name=file.file_name,
        size=file.file_size,
        width=file.width,
        height=file.height,
        duration=file.duration,
        title=file.title,
        name=file.performer,
    )


def _place(message: Message) -> list[InboundAttachment]:
    """A venue fills `location` as well: one place, not two."""
    place = message.venue.location if message.venue else message.location
    if place is None:
        return []
    title, address = (message.venue.title, message.venue.address) if message.venue else (None, None)
    return [
        InboundAttachment(
            type="location", latitude=place.latitude, longitude=place.longitude, title=title, address=address
        )
    ]


def _card(message: Message) -> list[InboundAttachment]:
    if message.contact is None:
        return []
    return [InboundAttachment(type="contact", phone=message.contact.phone_number, name=_name(message.contact))]


def _name(contact: Contact) -> str | None:
    return " ".join(part for part in (contact.first_name, contact.last_name) if part) or None


def _unsupported(message: Message, everything: Mapping[str, Any]) -> tuple[InboundAttachment, ...]:
    """A form that we do not know (a poll, dice, whatever comes next): kept as it came, so that nobody is lost.

    A text is whole by itself: new fields beside it are Telegram's ornaments.
    """
    if message.text:
        return ()
    other = {name: value for name, value in everything.items() if name not in _ENVELOPE}
    return (InboundAttachment(type="unsupported", raw=other),)
