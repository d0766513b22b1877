"""Hears which channels have to be asked: from their connection on, and anew where their account is another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from adapters.channels import channel as adapter_of
from adapters.channels import kinds
from adapters.channels.contract import Polls, PollsPatiently
from adapters.polling import table
from adapters.polling.table import Row
from adapters.store.database import Connection
from adapters.store.heads import Kept, StoredHeads
from domain.channel import Channel, Connected, Disconnected, Reactivated, Recovered, SettingsChanged, Superseded
from domain.kinds import KINDS
from domain.recorded import Recorded

HEARS = frozenset(
    one.model_fields["kind"].default
    for one in (Connected, Disconnected, Reactivated, Recovered, SettingsChanged, Superseded)
)


class Ear:
    """A `Consumer`, in the feed's transaction."""

    name = "processor:polling"
    hears: frozenset[str] | None = HEARS

    def __init__(self, lane: int, wake: Callable[[], None]) -> None:
        self._lane = lane
        self._wake = wake

    def apply(self, connection: Connection, events: Sequence[Recorded]) -> None:
        for event in events:
            if event.stream.startswith("channel-"):
                self._heard(connection, event, event.stream.removeprefix("channel-"))
        self._wake()

    def _heard(self, connection: Connection, event: Recorded, channel: str) -> None:
        match event.event:
            case Disconnected() | Superseded():
                table.end(connection, event.tenant, channel, event.position)
            case Recovered():
                table.soon(connection, event.tenant, channel, event.recorded_at)
            case Connected() | Reactivated() | SettingsChanged():
                self._begin(connection, event, channel)

    def _begin(self, connection: Connection, event: Recorded, channel: str) -> None:
        """What stood in the mailbox before is not taken in, also when a channel gets another one."""
        heads = StoredHeads(connection, event.tenant, Kept())
        state: Channel = heads.head(f"channel-{channel}").state
        if state.kind not in kinds() or not state.working:
            return
        named = KINDS[state.kind].named_by
        if isinstance(event.event, SettingsChanged) and named not in {one.field for one in event.event.changes}:
            return
        adapter: object = adapter_of(state.kind)
        if isinstance(adapter, Polls):
            at = event.recorded_at
            cursor = adapter.cursor_at(at.timestamp()) if isinstance(adapter, PollsPatiently) else ""
            table.begin(connection, self._lane, Row(event.tenant, channel, cursor, event.position, at))
