"""What a call says to a bot. Personal fields are opened here; a provider's ids and addresses of files are not told."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from adapters.bots.table import Due
from adapters.store.codec import Codec
from adapters.store.database import Database
from adapters.store.heads import Kept, StoredHeads
from adapters.store.log import Log
from adapters.vault.vault import Vault
from domain import customer as customers
from domain.channel import Channel
from domain.desk.bot_turns import answer_due
from domain.dialog.events import Attachment, MessageReceived
from domain.dialog.state import Dialog
from domain.recorded import Recorded
from processors.bots import KINDS, Told, to_tell

LONGEST_READ = 10_000


@dataclass(frozen=True, slots=True)
class Letter:
    """`due` = when the dialog hands itself off; None = the bot owes no answer. `ident` is that of every repetition."""

    told: Told
    ident: str
    due: datetime | None
    facts: dict[str, Any]

    def body(self, attempt: int) -> bytes:
        return json.dumps(self.facts | {"attempt": attempt}, ensure_ascii=False, separators=(",", ":")).encode()


class TurnOver(Exception):
    """The dialog is not with this bot any more."""


class Desk:
    """Where letters are written. Reads only. Raises `KeyGone` where the customer was erased."""

    def __init__(self, database: Database, vault: Vault, *, lane: int) -> None:
        self._database = database
        self._lane = lane
        self._log = Log(database)
        self._codec = Codec(vault)

    def letter(self, one: Due) -> Letter | None:
        """None: there is nothing that the bot has not been told. Raises `TurnOver`."""
        dialog, channel = self._heads(one)
        if (dialog.bot, dialog.bot_position) != (one.bot, one.started):
            raise TurnOver
        stream = f"dialog-{one.dialog}"
        events = self._log.read(one.told, LONGEST_READ, lane=self._lane, tenant=one.tenant, stream=stream, kinds=KINDS)
        told = to_tell(events, started=one.started, told=one.told, asking=one.asking)
        if told is None:
            return None
        facts = {
            "bot": one.bot,
            "dialog": one.dialog,
            "channel": dialog.channel,
            "kind": channel.kind,
            "customer": {"name": self._name(one.tenant, dialog)},
            "messages": [self._message(one.tenant, recorded) for recorded in told.messages],
        }
        return Letter(told, _ident(one, told), answer_due(dialog, channel), facts)

    def _heads(self, one: Due) -> tuple[Dialog, Channel]:
        with self._database.pool.connection() as connection:
            heads = StoredHeads(connection, one.tenant, Kept())
            dialog: Dialog = heads.head(f"dialog-{one.dialog}").state
            channel: Channel = heads.head(f"channel-{dialog.channel}").state
        return dialog, channel

    def _message(self, tenant: str, recorded: Recorded) -> dict[str, Any]:
        event = self._codec.opened(tenant, recorded.event)
        assert isinstance(event, MessageReceived)
        return {
            "id": event.message,
            "text": event.body,
            "attachments": _files(event.attachments) if isinstance(event.attachments, tuple) else [],
            "at": recorded.recorded_at.isoformat(),
        }

    def _name(self, tenant: str, dialog: Dialog) -> str | None:
        """As the provider tells it; the newest counts."""
        names = [
            opened.fields.get("name")
            for recorded in self._log.stream(tenant, f"customer-{dialog.customer}")
            if isinstance(opened := self._codec.opened(tenant, recorded.event), customers.ProfileChanged)
            and isinstance(opened.fields, dict)
        ]
        return next((name for name in reversed(names) if name), None)


def _files(attachments: Sequence[Attachment]) -> list[dict[str, Any]]:
    return [one.model_dump(include={"type", "mime", "file_name", "size"}, exclude_none=True) for one in attachments]


def _ident(one: Due, told: Told) -> str:
    return f"msg_{uuid5(NAMESPACE_OID, f'{one.tenant}|{one.dialog}|{one.started}|{told.upto}').hex}"
