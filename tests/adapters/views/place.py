"""A migrated database for views, and a log put into it as it is: the events of a day played in memory."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import NAMESPACE_OID, uuid5

from adapters.feed.log_feed import LogFeed
from adapters.store.codec import encode_meta
from adapters.store.database import Connection, Database
from adapters.views.apply import consumers
from domain.recorded import Recorded
from tests.projections.days import sealed
from tests.store import TENANT, app_dsn, migrated

COLUMNS = "lane, position, tenant, stream, version, kind, schema, event_id, recorded_at, meta, data"
TYPES = ["int2", "int8", "text", "text", "int8", "text", "int4", "uuid", "timestamptz", "bytea", "bytea"]


class Place:
    """A database: `owner` may make tables, `app` is what the engine runs with."""

    def __init__(self) -> None:
        dsn = migrated()
        self.owner = Database(dsn)
        self.app = Database(app_dsn(dsn))
        with self.owner.connect() as connection:
            tenant = "INSERT INTO parley.tenant (tenant, lane, blind_key) VALUES (%s, 0, '')"
            connection.execute(tenant, (TENANT,))

    def write(self, log: Sequence[Recorded]) -> None:
        """Append these events, personal fields sealed, with the positions that they have."""
        copy = f"COPY parley.event ({COLUMNS}) FROM STDIN (FORMAT binary)"
        with self.owner.connect() as connection, connection.cursor() as cursor, cursor.copy(copy) as target:
            target.set_types(TYPES)
            for one in log:
                target.write_row(_stored(one))

    def feed(self, *names: str, page: int = 500) -> LogFeed:
        return LogFeed(self.app, consumers(names or None), page=page)

    def connect(self) -> Connection:
        return self.app.connect()

    def close(self) -> None:
        self.owner.close()
        self.app.close()


def _stored(one: Recorded) -> tuple[object, ...]:
    event = sealed(one.event)
    ident = uuid5(NAMESPACE_OID, f"{one.tenant} {one.event_id}")
    head = (0, one.position, one.tenant, one.stream, one.version, event.kind, event.version_of_shape, ident)
    return (*head, one.recorded_at, encode_meta(one.meta), event.model_dump_json(by_alias=True).encode())
