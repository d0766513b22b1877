"""The door of the quarantine: what is needed to release an item, read from the item's own event (E06).

A view tells which items wait and where their events stand; the content comes from the log and is opened here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.store.codec import Codec
from adapters.store.database import Database
from adapters.store.log import Log
from adapters.vault.vault import KeyGone, Vault
from adapters.views.quarantine import Place, places
from domain.desk.quarantining import ReleaseQuarantined
from domain.errors import Conflict, NotFound, Rejected
from domain.quarantine import InboundQuarantined


@dataclass(frozen=True, slots=True)
class Wanted:
    """One item on its way out: the command, or why there can be none."""

    item: str
    ask: ReleaseQuarantined | Rejected


class Quarantine:
    """Reads only. The view must show the items already: wait for it where they have only just come."""

    def __init__(self, database: Database, vault: Vault, log: Log, *, lane: int) -> None:
        self._database = database
        self._codec = Codec(vault)
        self._log = log
        self._lane = lane

    def wanted(self, tenant: str, channel: str, items: Sequence[str] | None, limit: int) -> list[Wanted]:
        """For these items, or for the first `limit` that wait; in quarantine order, those that are not there last."""
        with self._database.pool.connection() as connection:
            found = places(connection, tenant, channel, items, limit)
        there = {place.item for place in found}
        missing = [item for item in dict.fromkeys(items or ()) if item not in there]
        return [
            *(self._one(tenant, channel, place) for place in found),
            *(Wanted(item, _unknown()) for item in missing),
        ]

    def _one(self, tenant: str, channel: str, place: Place) -> Wanted:
        if place.released:  # the desk remembers where it went; nothing of it has to be opened again
            return Wanted(place.item, ReleaseQuarantined(channel=channel, item=place.item, external_key=""))
        kept = self._log.read(place.position - 1, 1, lane=self._lane, tenant=tenant)[0].event
        try:
            event = self._codec.opened(tenant, kept)
        except KeyGone:
            return Wanted(place.item, Conflict("customer_erased", "The customer was erased; nobody can read it again."))
        assert isinstance(event, InboundQuarantined)
        return Wanted(place.item, _command(channel, event))


def _command(channel: str, event: InboundQuarantined) -> ReleaseQuarantined:
    return ReleaseQuarantined(
        channel=channel,
        item=event.item,
        external_key=event.external_key,
        provider_id=str(event.provider_id),
        body=str(event.body),
        attachments=event.attachments if isinstance(event.attachments, tuple) else (),
        provider_time=event.provider_time,
        letter=tuple(event.letter.items()) if isinstance(event.letter, dict) else (),
        change=event.change,
        of=event.of,
    )


def _unknown() -> NotFound:
    return NotFound("item_unknown", "There is no such item in the quarantine of this channel.")
