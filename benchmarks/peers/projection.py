"""The peer: a projection as the library's documentation writes one: `ProjectionRunner`, an event a transaction."""

from __future__ import annotations

from typing import Any

from eventsourcing.dispatch import singledispatchmethod
from eventsourcing.persistence import Tracking, TrackingRecorder
from eventsourcing.postgres import PostgresDatastore, PostgresTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from psycopg.sql import SQL, Identifier

from benchmarks.peers.aggregates import Dialogs


class InboxView(PostgresTrackingRecorder, TrackingRecorder):
    """One row a dialog: how many messages, and the last one."""

    def __init__(self, datastore: PostgresDatastore, *, tracking_table_name: str = "inbox_tracking", **kwargs: Any):
        super().__init__(datastore, tracking_table_name=tracking_table_name, **kwargs)
        self.sql_create_statements.append(
            SQL(
                "CREATE TABLE IF NOT EXISTS {}.peer_inbox"
                " (dialog uuid PRIMARY KEY, messages bigint NOT NULL, last text NOT NULL)"
            ).format(Identifier(self.datastore.schema))
        )

    def received(self, dialog: Any, message: str, tracking: Tracking) -> None:
        with self.datastore.transaction(commit=True) as cursor:
            self._insert_tracking(cursor, tracking)
            cursor.execute(
                "INSERT INTO public.peer_inbox VALUES (%s, 1, %s)"
                " ON CONFLICT (dialog) DO UPDATE SET messages = peer_inbox.messages + 1, last = excluded.last",
                (dialog, message),
                prepare=True,
            )


class InboxProjection(Projection[InboxView]):
    name = "inbox"

    @singledispatchmethod
    def process_event(self, domain_event: Any, tracking: Tracking) -> None:
        """Received messages and openings, which are all there is."""
        message = getattr(domain_event, "message", "")
        self.view.received(domain_event.originator_id, message, tracking)


def runner(env: dict[str, str]) -> ProjectionRunner[Dialogs, InboxView]:
    return ProjectionRunner(application_class=Dialogs, projection_class=InboxProjection, view_class=InboxView, env=env)


__all__ = ["runner"]
