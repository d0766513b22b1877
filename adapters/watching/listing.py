"""The channels that work, of all tenants of a lane that live in true time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from adapters.store.database import Connection
from adapters.store.heads import Kept, StoredHeads
from domain.channel import Channel

CHANNELS = """
SELECT head.tenant, substr(head.stream, 9)
FROM parley.head JOIN parley.tenant USING (tenant)
WHERE tenant.lane = %s AND tenant.virtual_now IS NULL AND head.stream LIKE 'channel-%%'
ORDER BY head.tenant, head.stream
"""


class Working(NamedTuple):
    tenant: str
    channel: str
    state: Channel


def working(connection: Connection, lane: int) -> Iterator[Working]:
    """Connected or degraded ones."""
    for tenant, channel in connection.execute(CHANNELS, (lane,)).fetchall():
        state: Channel = StoredHeads(connection, tenant, Kept()).head(f"channel-{channel}").state
        if state.working:
            yield Working(tenant, channel, state)
