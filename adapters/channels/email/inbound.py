"""A raw letter (RFC 5322) → one `Inbound`: a message, a bounce, a robot's letter, or an echo of our own.

`text` = the whole body, `reply_text` = what the customer wrote himself. Who wrote is told by `From`: that is what
people see; nobody vouches for it.
"""

from __future__ import annotations

from dataclasses import replace
from email import message_from_bytes, policy
from email.errors import MessageError
from email.message import Message
from hashlib import sha256

from adapters.channels.email import headers
from adapters.channels.email.parts import content_of
from adapters.channels.email.quotes import reply_text
from adapters.channels.email.reports import Report, report_in
from adapters.channels.email.robots import is_our_list, why_automatic
from adapters.channels.inbound import Inbound, InboundKind, invalid
from adapters.channels.text import readable

NO_SENDER = "The letter names no sender."
UNREADABLE = "The letter cannot be read: its parts are nested without end."
SENDERS = ("from", "sender", "return-path")
HIDDEN_SENDERS = ("x-original-from", "x-original-sender", "reply-to")


def parse(raw: bytes, account: str = "") -> list[Inbound]:
    """`account` = our address, by which our own letters and lists are known."""
    try:
        return [_thing(message_from_bytes(raw, policy=policy.compat32), raw, account)]
    except (RecursionError, MessageError):
        return [invalid(UNREADABLE)]


def _thing(letter: Message, raw: bytes, account: str) -> Inbound:
    sender = _sender(letter, account)
    found = report_in(letter)
    if found is not None:
        return _reported(_common(letter, raw, sender), found)
    if sender is None:
        return invalid(NO_SENDER)
    return _written(letter, _common(letter, raw, sender), account)


def _sender(letter: Message, account: str) -> headers.Address | None:
    """A group of ours that hides its writers (Google Groups, for DMARC) names them in another header."""
    shown = next(iter(headers.addresses(letter, *SENDERS)), None) or headers.local_sender(letter)
    if shown is None or not is_our_list(letter, account) or shown.address.lower() != account.lower():
        return shown
    behind = headers.addresses(letter, *HIDDEN_SENDERS)
    return next((one for one in behind if one.address.lower() != account.lower()), shown)


def _common(letter: Message, raw: bytes, sender: headers.Address | None) -> Inbound:
    """What every letter has, whatever it is. A report may name nobody: nobody is to answer it."""
    own = headers.message_id(letter)
    content = content_of(letter)
    text = readable(content.text)
    return Inbound(
        kind="message",
        external_message_id=own and readable(own),
        sender_id=sender and readable(sender.address),
        sender_name=_readable(sender.name if sender else headers.shown_name(letter)),
        timestamp=headers.date(letter),
        subject=_readable(headers.value(letter, "subject")),
        in_reply_to=_answered(letter),
        references=headers.ids(headers.raw_values(letter, "references")),
        dedup_key=f"message_id:{own}" if own else f"sha256:{sha256(raw).hexdigest()}",
        text=text,
        body_type=content.body_type,
        reply_text=reply_text(text),
        attachments=content.attachments,
        answer_to=_wanted_at(letter, sender),
    )


def _reported(thing: Inbound, report: Report) -> Inbound:
    return replace(
        thing,
        kind=report.kind,
        reason=report.reason,
        failed_recipient=report.recipient if report.kind == "bounce" else None,
        recipient=report.recipient,
        original_message_id=report.original,
        error_code=report.code,
        attachments=None,
    )


def _written(letter: Message, thing: Inbound, account: str) -> Inbound:
    kind: InboundKind = "message"
    reason = why_automatic(letter, account)
    if account and (thing.sender_id or "").lower() == account.lower():
        to = next((one.address for one in headers.addresses(letter, "to") if one.address.lower() != account), None)
        return replace(thing, kind="echo", reason="from_ourselves", recipient=to and to.lower())
    if reason is not None:
        kind = "auto_generated"
    return replace(thing, kind=kind, reason=reason)


def _answered(letter: Message) -> str | None:
    """The first id; some programs write a sentence around it."""
    texts = headers.raw_values(letter, "in-reply-to")
    found = headers.ids(texts)
    bare = (text.strip() for text in texts if "@" in text and " " not in text.strip())
    return found[0] if found else next(bare, None)


def _readable(text: str | None) -> str | None:
    return None if text is None else readable(text)


def _wanted_at(letter: Message, sender: headers.Address | None) -> str | None:
    """Where the answer is to go, if not to the sender: the first address of `Reply-To`."""
    wanted = next(iter(headers.addresses(letter, "reply-to")), None)
    if wanted is None or (sender is not None and wanted.address.lower() == sender.address.lower()):
        return None
    return wanted.address
