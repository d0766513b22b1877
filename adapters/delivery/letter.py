"""A message made ready for its provider: through which channel, to whom, what text. Personal fields are opened here."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from adapters.attachments import Shelf
from adapters.attachments.refusals import Gone
from adapters.channels import channel as adapter_of
from adapters.channels.access import Accesses
from adapters.channels.contract import Answered, ChannelAdapter, Outbound
from adapters.channels.files import OutFile
from adapters.channels.http_client import Access
from adapters.delivery.table import Due
from adapters.store.codec import Codec
from adapters.store.database import Database
from adapters.store.heads import Kept, StoredHeads
from adapters.store.log import Log
from adapters.vault.vault import KeyGone, Vault
from domain import customer as customers
from domain.channel import Channel, files_refusal, outbound_refusal
from domain.dialog.events import Attachment, AutoReplySent, ClosingMessageSent, MessageReceived, MessageSent
from domain.dialog.state import Dialog
from domain.errors import NotFound
from domain.kinds import KINDS
from domain.recorded import Event
from domain.window import in_window


class Undeliverable(Exception):
    """It can never be sent; `code` goes into `dialog.message_failed`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Written:
    """`kind` and settings stand in `state`; the rest is what `Outbound` tells a channel."""

    channel: str
    state: Channel
    chat: str
    text: str
    template: str | None = None
    by_person: bool = True
    quiet_for: float | None = None
    asked_at: datetime | None = None
    files: tuple[Attachment, ...] = ()
    answers: Answered = field(default_factory=Answered)

    def outbound(self, key: str, files: tuple[OutFile, ...] = (), proof: str = "") -> Outbound:
        return Outbound(
            text=self.text,
            key=key,
            proof=proof,
            answers=self.answers,
            template=self.template,
            by_person=self.by_person,
            quiet_for=self.quiet_for,
            files=files,
        )


@dataclass(frozen=True, slots=True)
class Letter:
    channel: str
    adapter: ChannelAdapter
    access: Access
    chat: str
    written: Written
    files: tuple[OutFile, ...] = ()


class Desk:
    """Where letters are written. Reads only; raises `Undeliverable`. `accesses` None: nobody is going to be called."""

    def __init__(
        self, database: Database, vault: Vault, accesses: Accesses | None, *, lane: int, shelf: Shelf | None = None
    ) -> None:
        self._shelf = shelf
        self._database = database
        self._accesses = accesses
        self._lane = lane
        self._log = Log(database)
        self._codec = Codec(vault)

    def letter(self, one: Due, now: datetime) -> Letter:
        it = self.written(one, now)
        adapter, access = _adapter(it.state), self._access(one.tenant, it)
        return Letter(it.channel, adapter, access, it.chat, it, self._files(one.tenant, it))

    def written(self, one: Due, now: datetime) -> Written:
        """The message alone, without the means to call anybody."""
        dialog, channel = self._heads(one)
        refusal = outbound_refusal(channel)
        if refusal is not None:
            raise Undeliverable(refusal.code)
        try:
            event, chat = self._event(one), self._chat(one.tenant, dialog)
            text = _text(event, dialog, channel, now)
            answers = self._answers(one) if KINDS[channel.kind].threads else Answered()
        except KeyGone:
            raise Undeliverable("customer_erased") from None
        return Written(
            dialog.channel,
            channel,
            chat,
            text,
            template=event.template if isinstance(event, MessageSent) else None,
            by_person=isinstance(event, MessageSent) and event.author.kind == "agent",
            asked_at=dialog.last_customer_at,
            quiet_for=(now - dialog.last_customer_at).total_seconds() if dialog.last_customer_at else None,
            files=_files_of(event),
            answers=answers,
        )

    def words(self, one: Due) -> str:
        """What it says, whether or not it may still be sent. Raises `Undeliverable`."""
        try:
            return _body(self._event(one))
        except KeyGone:
            raise Undeliverable("customer_erased") from None

    def _heads(self, one: Due) -> tuple[Dialog, Channel]:
        with self._database.pool.connection() as connection:
            heads = StoredHeads(connection, one.tenant, Kept())
            dialog: Dialog = heads.head(f"dialog-{one.dialog}").state
            channel: Channel = heads.head(f"channel-{dialog.channel}").state
        return dialog, channel

    def _event(self, one: Due) -> Event:
        return self._opened(one.tenant, self._log.read(one.position - 1, 1, lane=self._lane)[0].event)

    def _files(self, tenant: str, it: Written) -> tuple[OutFile, ...]:
        """What was checked when it was written is checked again: a kind may have learned better meanwhile."""
        if refusal := files_refusal(it.state, it.files, it.text):
            raise Undeliverable(refusal.code)
        if not it.files:
            return ()
        if self._shelf is None:
            raise Undeliverable("attachment_lost")
        try:
            return self._shelf.out(tenant, it.files)
        except (LookupError, Gone):
            raise Undeliverable("attachment_lost") from None

    def _chat(self, tenant: str, dialog: Dialog) -> str:
        """The customer's id at the provider, which only his own stream holds. Of several the last telephone number: he
        may have a new one, and what hides a number is good for less."""
        events = [self._opened(tenant, one.event) for one in self._log.stream(tenant, f"customer-{dialog.customer}")]
        ids = [str(one.external_id) for one in events if isinstance(one, customers.Created | customers.IdentityAdded)]
        if not ids:
            raise Undeliverable("customer_unknown")
        return next((one for one in reversed(ids) if one.isdigit()), ids[-1]) if len(ids) > 1 else ids[0]

    def _answers(self, one: Due) -> Answered:
        """The customer's last letter before this message."""
        events = self._log.stream(one.tenant, f"dialog-{one.dialog}", upto=one.position)
        last = next((it.event for it in reversed(events) if isinstance(it.event, MessageReceived)), None)
        heard = self._opened(one.tenant, last) if last is not None else None
        if not isinstance(heard, MessageReceived):
            return Answered()
        letter = heard.letter if isinstance(heard.letter, dict) else {}
        return Answered(
            external_message_id=str(heard.provider_id),
            subject=letter.get("subject", ""),
            references=tuple(letter.get("references", "").split()),
            reply_to=letter.get("reply_to", ""),
        )

    def _opened(self, tenant: str, event: Event) -> Event:
        return self._codec.opened(tenant, event)

    def _access(self, tenant: str, it: Written) -> Access:
        assert self._accesses is not None
        access = self._accesses.of(tenant, it.channel, it.state)
        if KINDS[it.state.kind].secrets and not access.secrets:
            raise Undeliverable("bad_credentials")
        return access


def _files_of(event: Event) -> tuple[Attachment, ...]:
    files = event.attachments if isinstance(event, MessageSent) else ()
    return files if isinstance(files, tuple) else ()


def _text(event: Event, dialog: Dialog, channel: Channel, now: datetime) -> str:
    template = event.template if isinstance(event, MessageSent) else None
    if template is None and not in_window(dialog, channel.kind, now):
        raise Undeliverable("window_closed")
    return _body(event)


def _body(event: Event) -> str:
    match event:
        case MessageSent(body=body) | ClosingMessageSent(body=body) | AutoReplySent(body=body):
            return str(body)
        case _:
            raise Undeliverable("message_unknown")


def _adapter(channel: Channel) -> ChannelAdapter:
    """A release that cannot speak to this kind of provider says so on the message."""
    try:
        return adapter_of(channel.kind)
    except NotFound as unknown:
        raise Undeliverable(unknown.code) from None
