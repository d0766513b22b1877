"""The checker of the copy must see every way in which a copy can be wrong, or its green means nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from kafka import KafkaAdminClient, TopicPartition

from adapters.kafka.cursor import move_cursor
from adapters.kafka.records import Record, Writer
from adapters.kafka.topics import survey
from tests.adapters.kafka.wire import Wire

pytestmark = pytest.mark.kafka


def dialog_of_customer(wire: Wire) -> list[Record]:
    """The records of one dialog, as a relay would send them."""
    writer = Writer(0, wire.store.log.epoch())
    rows = [row for row in wire.store.log.rows(0, 10_000) if row.stream.startswith("dialog-")]
    records = [writer.record(row) for row in rows if row.stream == rows[0].stream]
    return [record for record in records if record is not None]


def changed(record: Record, header: str, value: bytes) -> Record:
    return record._replace(headers=[(name, value if name == header else data) for name, data in record.headers])


def swapped(records: list[Record]) -> list[Record]:
    return [records[0], records[2], records[1], *records[3:]]


def with_other_bytes(records: list[Record]) -> list[Record]:
    return [records[0]._replace(value=records[0].value + b" "), *records[1:]]


def with_another_actor(records: list[Record]) -> list[Record]:
    return [changed(records[0], "ce_meta", b'{"actor":{"kind":"agent","id":"mallory"}}'), *records[1:]]


def repeated_differently(records: list[Record]) -> list[Record]:
    return [*records, records[0]._replace(value=b"{}")]


def with_one_too_many(records: list[Record]) -> list[Record]:
    return [*records, changed(records[-1], "ce_version", b"999")]


def keyed_by_event(records: list[Record]) -> list[Record]:
    return [record._replace(key=dict(record.headers)["ce_id"]) for record in records]


def without_the_second(records: list[Record]) -> list[Record]:
    return [records[0], *records[2:]]


@pytest.mark.parametrize(
    ("spoil", "found"),
    [
        (swapped, {"reordered"}),
        (with_other_bytes, {"differing"}),
        (with_another_actor, {"differing"}),
        (repeated_differently, {"differing"}),
        (with_one_too_many, {"foreign"}),
        (keyed_by_event, {"unreadable"}),
        (without_the_second, set()),
    ],
)
def test_a_spoilt_copy_is_found_out(wire: Wire, spoil: Callable[[list[Record]], list[Record]], found: set[str]) -> None:
    records = spoil(dialog_of_customer(wire))
    wire.put("dialogs.v1", [(record.key, record.value, record.headers) for record in records])
    with wire.store.database.connect() as connection:
        move_cursor(connection, 0, wire.store.log.head())
    report = wire.verify()
    assert not report.ok
    assert set(report.counts) == found | {"lost"}, "all other streams are missing"


def test_what_has_expired_is_not_missed(wire: Wire) -> None:
    wire.publish_all()
    topic = wire.prefix + "dialogs.v1"
    spans = survey(wire.address, [topic])[topic].spans
    with KafkaAdminClient(bootstrap_servers=wire.address) as admin:
        admin.delete_records({TopicPartition(topic, n): min(4, one.end) for n, one in enumerate(spans)})
    report = wire.verify()
    assert report.ok, report
    assert report.expired == sum(min(4, one.end) for one in spans) > 0
    assert report.records == report.events - report.expired
