"""How many dialogs each Save has closed: for every change of the period, what was closed for idleness under it.

A change of the period or the mode is in force from its Save to the next such Save. A dialog counts where it was closed
last: one that was closed, opened again and closed anew counts once.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from adapters.store.database import Connection
from domain.channel import SettingsChanged
from domain.recorded import Recorded

TIMED = frozenset({"auto_close", "idle_mode"})
CLOSED = """
SELECT width_bucket(closed_at, %(starts)s::timestamptz[]) AS place, count(*) AS n
FROM view.inbox
WHERE tenant = %(tenant)s AND channel = %(channel)s AND phase = 'closed' AND closed_cause = 'idle'
  AND closed_at >= (%(starts)s::timestamptz[])[1]
GROUP BY 1
"""


def closed_by(connection: Connection, tenant: str, channel: str, events: Sequence[Recorded]) -> dict[int, int]:
    """Version of the channel's stream → dialogs closed under that Save; only Saves that changed period or mode."""
    saves = [one for one in events if isinstance(one.event, SettingsChanged) and _timed(one.event)]
    if not saves:
        return {}
    starts: list[datetime] = [one.recorded_at for one in saves]
    asked = {"tenant": tenant, "channel": channel, "starts": starts}
    counted = dict(connection.execute(CLOSED, asked).fetchall())
    return {one.version: counted.get(place, 0) for place, one in enumerate(saves, 1)}


def _timed(event: SettingsChanged) -> bool:
    return any(change.field in TIMED for change in event.changes)
