"""One parsed thing → the command that takes it in, with its key. Reads nothing and waits for nothing but `find`.

Messages and buttons become `ReceiveMessage`; edits, deletions and reactions `ChangeReceived`; receipts a report on a
message of ours; what is malformed goes to the quarantine with its whole body. Everything else is acknowledged only.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Literal, Protocol

from adapters.attachments.stash import blob_of
from adapters.channels import channel as channel_of
from adapters.channels.cleaning import cleaned
from adapters.channels.errors import SEND_ERRORS
from adapters.channels.inbound import Inbound
from adapters.intake_content import Keep, as_text, attachment, cut, moment, profile, shown
from adapters.intake_letters import answered_dialog, letter_of, note_of, proven
from adapters.intake_outbox import Outbox, Result, Sent, Told
from domain.desk.answering import ReportMessages, TellDialog
from domain.desk.directory import Identities, KnowAlso
from domain.desk.intake import ChangeReceived, ReceiveMessage
from domain.desk.letters import ReceiveAutomatic
from domain.desk.outside import HearOutside
from domain.dialog.commands import Report
from domain.kinds import KINDS, ChannelKind

RECEIPTS: dict[str, Literal["sent", "delivered", "read", "failed"]] = {
    "sent_receipt": "sent",
    "delivery_receipt": "delivered",
    "read_receipt": "read",
    "failure_receipt": "failed",
    "bounce": "failed",
}
CHANGES = frozenset({"edit", "delete", "reaction"})
LOOKS_UP = CHANGES | frozenset(RECEIPTS) | {"echo"}
"""Things that may be about a message of ours: which one is found in the database."""


class Hashes(Protocol):
    """The vault, as far as the door needs it: the tenant's keyed hash."""

    def blind(self, tenant: str, *parts: str) -> str: ...


Command = ReceiveMessage | ReceiveAutomatic | ChangeReceived | HearOutside | KnowAlso | TellDialog | ReportMessages


@dataclass(frozen=True, slots=True)
class Asked:
    """`command` None: nothing to do, for `reason`. `receipt`: done, but counted as ignored (E11). `done`: what is
    left to be written down, once the command is committed; it blocks."""

    thing: Inbound
    command: Command | None = None
    key: str | None = None
    reason: str | None = None
    receipt: bool = False
    occurred_at: datetime | None = None
    done: Callable[[], None] | None = None


def asked(
    hashes: Hashes,
    outbox: Outbox,
    tenant: str,
    channel: str,
    kind: ChannelKind,
    thing: Inbound,
    raw: bytes,
    keep: Keep | None = None,
) -> Asked:
    """`keep` may block; None: bytes that came along are dropped, and a body of any size stays in its message."""
    thing = cleaned(thing)
    at = moment(thing.timestamp)
    door = _Door(hashes, outbox, tenant, channel, kind, keep)
    if thing.kind in ("message", "button"):
        if thing.our_key:
            outbox.reached(tenant, channel, thing.our_key)
        return Asked(thing, door.message(thing, at), door.key(thing), occurred_at=at)
    if thing.kind == "invalid":
        command, key = door.malformed(thing, raw)
        return Asked(thing, command, key)
    if thing.kind in CHANGES:
        return Asked(thing, door.change(thing), door.key(thing), occurred_at=at)
    if thing.kind in RECEIPTS:
        return door.receipt(thing, at)
    if thing.kind == "echo":
        return door.echo(thing, at)
    if thing.kind == "auto_generated":
        return Asked(thing, door.automatic(thing), door.key(thing), occurred_at=at)
    if thing.kind == "service" and thing.sender_id and thing.sender_also:
        return Asked(thing, door.known_also(thing), door.key(thing), reason=thing.reason, receipt=True)
    return Asked(thing, reason=thing.reason or thing.kind)


def external_key(hashes: Hashes, tenant: str, channel: str, chat: str | None, message: str | None) -> str:
    """The keyed hash by which a message is found again from the provider's ids for it."""
    return hashes.blind(tenant, "message", channel, chat or "", message or "")


def chat_key(hashes: Hashes, tenant: str, channel: str, chat: str) -> str:
    """The keyed hash of whom a message of ours goes to."""
    return hashes.blind(tenant, "chat", channel, chat)


def sender_key(hashes: Hashes, tenant: str, kind: ChannelKind, sender: str) -> str:
    """The keyed hash by which a customer is found again, the same in every channel of the kind: which of them share
    their customers, the directory knows (D19)."""
    return hashes.blind(tenant, "sender", kind, sender)


def _chats(thing: Inbound) -> list[str]:
    """The names of the chat that a thing about a message of ours is told in."""
    named = (thing.external_chat_id, thing.recipient, thing.sender_id)
    return list(dict.fromkeys(one for one in named if one)) or [""]


def _failure(thing: Inbound) -> str:
    """A row of the table of errors, where the channel names one; else the provider's own word."""
    return thing.reason if thing.reason in SEND_ERRORS else str(thing.error_code or thing.kind)


@dataclass(frozen=True, slots=True)
class _Door:
    hashes: Hashes
    outbox: Outbox
    tenant: str
    channel: str
    kind: ChannelKind
    keep: Keep | None

    def key(self, thing: Inbound) -> str:
        """A message is itself by chat and id; a button, an edit, a receipt by what its delivery says of itself."""
        if thing.kind == "message" and thing.external_message_id:
            own = ("id", thing.external_chat_id or "", thing.external_message_id)
        elif thing.dedup_key:
            own = ("dedup", thing.dedup_key, thing.external_message_id or "")
        else:
            own = ("whole", json.dumps(thing.to_json(), sort_keys=True, default=str), "")
        return self.hashes.blind(self.tenant, "inbound", self.channel, thing.kind, *own)

    def person(self, thing: Inbound) -> str:
        """By which the customer is known, and written to."""
        if KINDS[self.kind].by_chat:
            return thing.external_chat_id or thing.sender_id or ""
        return thing.sender_id or thing.external_chat_id or ""

    def message(self, thing: Inbound, at: datetime | None) -> ReceiveMessage:
        sender = self.person(thing)
        body, whole = cut(shown(thing), self.keep)
        files = tuple(attachment(one, self.keep) for one in thing.attachments or ())
        return ReceiveMessage(
            channel=self.channel,
            provider=self.kind,
            external_key=self._external(thing, thing.external_message_id)
            if thing.external_message_id
            else self.key(thing),
            provider_id=thing.external_message_id or "",
            sender_key=self._sender(sender),
            sender_id=sender,
            body=body,
            attachments=(whole, *files) if whole else files,
            profile=profile(thing),
            provider_time=at,
            blob=blob_of(whole),
            letter=letter_of(thing),
            answers=self._answers(thing),
            also=self._also(thing),
            to=thing.account_id if channel_of(self.kind).names_account else None,
        )

    def automatic(self, thing: Inbound) -> ReceiveAutomatic:
        own = thing.external_message_id
        return ReceiveAutomatic(
            channel=self.channel,
            external_key=self._external(thing, own) if own else self.key(thing),
            sender_key=self._sender(self.person(thing)),
            body=note_of(thing),
            answers=self._answers(thing),
        )

    def known_also(self, thing: Inbound) -> KnowAlso:
        return KnowAlso(channel=self.channel, sender_key=self._sender(thing.sender_id or ""), also=self._also(thing))

    def _also(self, thing: Inbound) -> Identities:
        return tuple((self._sender(one), one) for one in thing.sender_also or ())

    def malformed(self, thing: Inbound, raw: bytes) -> tuple[ReceiveMessage, str]:
        """The whole body is kept; its hash is its identity, so that a repeat of it is one."""
        text = as_text(raw) if raw else json.dumps(thing.to_json(), sort_keys=True, default=str)
        key = self.hashes.blind(self.tenant, "inbound", self.channel, "invalid", text)
        body, whole = cut(text, self.keep)
        command = ReceiveMessage(
            channel=self.channel,
            provider=self.kind,
            external_key=key,
            provider_id="",
            sender_key=key,
            sender_id="",
            body=body,
            attachments=(whole,) if whole else (),
            malformed=True,
            blob=blob_of(whole),
        )
        return command, key

    def change(self, thing: Inbound) -> ChangeReceived:
        target = thing.edits_external_message_id or thing.deletes_external_message_id or thing.target_message_id
        key = self._external(thing, target)
        keys = self._keys(thing, target) if thing.kind == "reaction" else []
        ours = next((found for one in keys if (found := self.outbox.find(self.tenant, self.channel, one))), None)
        return ChangeReceived(
            channel=self.channel,
            external_key=key,
            sender_key=self._sender(self.person(thing)),
            body=(thing.text or "") if thing.kind == "edit" else None,
            reaction=(thing.emoji or "") if thing.kind == "reaction" else None,
            message=ours.message if ours else None,
        )

    def receipt(self, thing: Inbound, at: datetime | None) -> Asked:
        """What a provider says of messages of ours. Nothing to do where we did not send them, or do not remember."""
        result = RECEIPTS[thing.kind]
        found = self._meant(thing, failed=result == "failed")
        if result in ("delivered", "read") and thing.watermark_ms is not None:
            return self._up_to(thing, result, found)
        code = _failure(thing) if result == "failed" else ""
        if not found and result != "sent":
            found = self._perhaps_early(thing, result, code)
        if result == "sent" or not found:
            return Asked(thing, reason=thing.kind)
        if result == "read" and KINDS[self.kind].reads_before:
            return self._with_all_before(thing, found)
        if len(found) > 1 and result != "failed":
            command: TellDialog | ReportMessages = ReportMessages(messages=tuple(found), result=result)
        else:
            command = TellDialog(
                dialog=found[0].dialog, command=Report(message=found[0].message, result=result, code=code)
            )
        return Asked(thing, command, self.key(thing), reason=thing.kind, receipt=True, occurred_at=at)

    def _with_all_before(self, thing: Inbound, found: list[Sent]) -> Asked:
        earlier = self.outbox.before(self.tenant, found[0], "read")
        messages = tuple(dict.fromkeys((*earlier, *found)))
        tell = partial(self.outbox.tell, self.tenant, messages, "read")
        command = ReportMessages(messages=messages, result="read")
        return Asked(thing, command, self.key(thing), reason=thing.kind, receipt=True, done=tell)

    def _meant(self, thing: Inbound, *, failed: bool) -> list[Sent]:
        """The messages that it names, by the provider's ids for them or by our own."""
        ours = thing.our_key or proven(self.hashes, self.tenant, self.channel, thing.original_message_id)
        found = [self.outbox.took(self.tenant, self.channel, keys, ours, failed=failed) for keys in self._named(thing)]
        return list(dict.fromkeys(one for one in found if one is not None))

    def _named(self, thing: Inbound) -> list[list[str]]:
        one = thing.original_message_id or thing.target_message_id or thing.external_message_id
        return [self._keys(thing, name) for name in thing.external_message_ids or (one,)]

    def _perhaps_early(self, thing: Inbound, result: Result, code: str) -> list[Sent]:
        """Some receipts overtake the answer to the call that they are about."""
        own = self.key(thing)
        found = [self.outbox.early(self.tenant, self.channel, keys, result, code, own) for keys in self._named(thing)]
        return list(dict.fromkeys(one for one in found if one is not None))

    def _up_to(self, thing: Inbound, result: Told, named: list[Sent]) -> Asked:
        """All that was sent to this chat up to a moment of the provider's; a second time nothing of it is new."""
        until = moment((thing.watermark_ms or 0) / 1000)
        chats = [chat_key(self.hashes, self.tenant, self.channel, chat) for chat in _chats(thing)]
        new = self.outbox.up_to(self.tenant, self.channel, chats, until, result) if until else []
        messages = tuple(dict.fromkeys((*new, *named)))
        if not messages:
            return Asked(thing, reason=thing.kind)
        command = ReportMessages(messages=messages, result=result)
        tell = partial(self.outbox.tell, self.tenant, messages, result)
        return Asked(thing, command, self.key(thing), reason=thing.kind, receipt=True, done=tell)

    def echo(self, thing: Inbound, at: datetime | None) -> Asked:
        """A message of our own account: sent by us, or by a person past us."""
        key = self._external(thing, thing.external_message_id) if thing.external_message_id else self.key(thing)
        keys = self._keys(thing, thing.external_message_id) if thing.external_message_id else [key]
        chats = [chat_key(self.hashes, self.tenant, self.channel, chat) for chat in _chats(thing)]
        if self.outbox.ours(self.tenant, self.channel, chats, keys, thing.our_key, thing.text or ""):
            return Asked(thing, reason="sent_by_us")
        by_chat = KINDS[self.kind].by_chat or not thing.recipient
        customer = (thing.external_chat_id if by_chat else thing.recipient) or ""
        heard = HearOutside(
            channel=self.channel,
            external_key=key,
            sender_key=self._sender(customer),
            body=thing.text or "",
            attachments=tuple(attachment(one) for one in thing.attachments or ()),
        )
        return Asked(thing, heard, self.key(thing), reason="echo", occurred_at=at)

    def _keys(self, thing: Inbound, message: str | None) -> list[str]:
        """By each name under which the message may have been written down."""
        return [external_key(self.hashes, self.tenant, self.channel, chat, message) for chat in _chats(thing)]

    def _answers(self, thing: Inbound) -> str | None:
        if not thing.in_reply_to and not thing.references:
            return None
        return answered_dialog(self.hashes, self.outbox, self.tenant, self.channel, thing)

    def _external(self, thing: Inbound, message: str | None) -> str:
        return external_key(self.hashes, self.tenant, self.channel, thing.external_chat_id, message)

    def _sender(self, sender: str) -> str:
        return sender_key(self.hashes, self.tenant, self.kind, sender)
