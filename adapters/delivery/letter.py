"""A message made ready for its provider: through which channel, to whom, what text. Personal fields are opened here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import httpx2

from adapters.attachments import Shelf
from adapters.attachments.refusals import Gone
from adapters.channels import channel as adapter_of
from adapters.channels.contract import ChannelAdapter
from adapters.channels.files import OutFile
from adapters.channels.http_client import Access
from adapters.channels.keys import TOKEN, channel_owner
from adapters.delivery.table import Due
from adapters.store.codec import Codec
from adapters.store.database import Database
from adapters.store.heads import Kept, StoredHeads
from adapters.store.log import Log
from adapters.vault.vault import KeyGone, Vault
from domain import customer as customers
from domain.channel import Channel, files_refusal, outbound_refusal
from domain.dialog.events import Attachment, AutoReplySent, ClosingMessageSent, MessageSent
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
    """`kind` and settings stand in `state`."""

    channel: str
    state: Channel
    chat: str
    text: str
    files: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class Letter:
    channel: str
    adapter: ChannelAdapter
    access: Access
    chat: str
    text: str
    files: tuple[OutFile, ...] = ()


class Desk:
    """Where letters are written. Reads only; raises `Undeliverable`. `client` None: nobody is going to be called."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        client: httpx2.Client | None,
        *,
        lane: int,
        provider_urls: Mapping[str, str],
        shelf: Shelf | None = None,
    ) -> None:
        self._shelf = shelf
        self._database = database
        self._vault = vault
        self._client = client
        self._lane = lane
        self._provider_urls = provider_urls
        self._log = Log(database)
        self._codec = Codec(vault)

    def letter(self, one: Due, now: datetime) -> Letter:
        it = self.written(one, now)
        adapter, access = _adapter(it.state), self._access(one.tenant, it)
        return Letter(it.channel, adapter, access, it.chat, it.text, self._files(one.tenant, it))

    def written(self, one: Due, now: datetime) -> Written:
        """The message alone, without the means to call anybody."""
        dialog, channel = self._heads(one)
        refusal = outbound_refusal(channel)
        if refusal is not None:
            raise Undeliverable(refusal.code)
        try:
            (text, files), chat = self._said(one, dialog, channel, now), self._chat(one.tenant, dialog)
        except KeyGone:
            raise Undeliverable("customer_erased") from None
        return Written(dialog.channel, channel, chat, text, files)

    def _heads(self, one: Due) -> tuple[Dialog, Channel]:
        with self._database.pool.connection() as connection:
            heads = StoredHeads(connection, one.tenant, Kept())
            dialog: Dialog = heads.head(f"dialog-{one.dialog}").state
            channel: Channel = heads.head(f"channel-{dialog.channel}").state
        return dialog, channel

    def _said(self, one: Due, dialog: Dialog, channel: Channel, now: datetime) -> tuple[str, tuple[Attachment, ...]]:
        event = self._opened(one.tenant, self._log.read(one.position - 1, 1, lane=self._lane)[0].event)
        template = event.template if isinstance(event, MessageSent) else None
        if template is None and not in_window(dialog, channel.kind, now):
            raise Undeliverable("window_closed")
        match event:
            case MessageSent(body=body, attachments=tuple() as files):
                return str(body), files
            case ClosingMessageSent(body=body) | AutoReplySent(body=body):
                return str(body), ()
            case _:
                raise Undeliverable("message_unknown")

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
        """The customer's id at the provider, which only the first event of his stream holds."""
        first = self._log.stream(tenant, f"customer-{dialog.customer}")[0].event
        created = self._opened(tenant, first)
        if not isinstance(created, customers.Created):
            raise Undeliverable("customer_unknown")
        return str(created.external_id)

    def _opened(self, tenant: str, event: Event) -> Event:
        return self._codec.opened(tenant, event)

    def _access(self, tenant: str, it: Written) -> Access:
        assert self._client is not None
        secrets = self._vault.secrets_of(tenant, channel_owner(it.channel))
        if KINDS[it.state.kind].secrets and TOKEN not in secrets:
            raise Undeliverable("bad_credentials")
        base_url = it.state.settings.base_url or self._provider_urls.get(it.state.kind)
        return Access(self._client, secrets, base_url, it.state.external_id or "")


def _adapter(channel: Channel) -> ChannelAdapter:
    """A release that cannot speak to this kind of provider says so on the message."""
    try:
        return adapter_of(channel.kind)
    except NotFound as unknown:
        raise Undeliverable(unknown.code) from None
