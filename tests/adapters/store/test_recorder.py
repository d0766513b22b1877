"""Our recorder passes the test cases that the library ships for recorders, on our own table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from eventsourcing.persistence import IntegrityError, StoredEvent
from eventsourcing.postgres import PostgresDatastore
from eventsourcing.tests.persistence import ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase
from psycopg.conninfo import conninfo_to_dict

from adapters.store.recorder import ParleyRecorder
from tests.store import app_dsn, migrated


def datastore(dsn: str) -> PostgresDatastore:
    where = conninfo_to_dict(dsn)
    return PostgresDatastore(
        dbname=str(where["dbname"]),
        host=str(where["host"]),
        port=str(where.get("port", "")),
        user=str(where["user"]),
        password="",
        originator_id_type="text",
        pool_size=20,
        max_overflow=30,
    )


class Shipped:
    """What both of the library's cases need: a recorder on a fresh database."""

    INITIAL_VERSION = 1

    def setUp(self) -> None:
        self.datastore = datastore(app_dsn(migrated()))

    def tearDown(self) -> None:
        self.datastore.close()

    def create_recorder(self) -> ParleyRecorder:
        return ParleyRecorder(self.datastore)

    def new_originator_id(self) -> str:
        from uuid import uuid4

        return f"thing-{uuid4()}"


class TestApplicationRecorder(Shipped, ApplicationRecorderTestCase[ParleyRecorder]):
    pass


class TestNotificationsDoNotInterleave(Shipped, NonInterleavingNotificationIDsBaseCase):
    pass


del ApplicationRecorderTestCase, NonInterleavingNotificationIDsBaseCase


@pytest.fixture
def recorder() -> Iterator[ParleyRecorder]:
    store = datastore(app_dsn(migrated()))
    yield ParleyRecorder(store)
    store.close()


def event(stream: str, version: int, topic: str = "dialog.opened.v1") -> StoredEvent:
    return StoredEvent(originator_id=stream, originator_version=version, topic=topic, state=b"{}")


def test_a_conflict_fails_alone_among_saves_that_share_a_transaction(recorder: ParleyRecorder) -> None:
    recorder.insert_events([event("dialog-1", 1)])
    results: list[Any] = recorder._insert_batch(
        [[event("dialog-2", 1)], [event("dialog-1", 1)], [event("dialog-3", 1)]]
    )
    assert [type(result) for result in results] == [list, IntegrityError, list]
    assert recorder.max_notification_id() == 3


def test_kind_and_schema_are_the_librarys_topic(recorder: ParleyRecorder) -> None:
    recorder.insert_events([event("dialog-1", 1), event("dialog-1", 2, "free text")])
    assert [one.topic for one in recorder.select_events("dialog-1")] == ["dialog.opened.v1", "free text"]
    with recorder.datastore.get_connection() as connection:
        row = connection.execute("SELECT kind, schema FROM parley.event WHERE position = 1").fetchone()
    assert row == {"kind": "dialog.opened", "schema": 1}


def test_a_save_whose_commit_was_not_heard_is_found_not_repeated(recorder: ParleyRecorder) -> None:
    save = [event("dialog-1", 1)]
    recorder.insert_events(save)
    assert recorder._found(save) == [1]
    assert recorder._found([event("dialog-9", 1)]) is None
