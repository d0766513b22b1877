"""An event on the wire and back: nothing is lost, everything is readable by strangers, and nonsense is told apart."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as some

from adapters.kafka.records import Bad, Frame, UnknownStream, Writer, read
from adapters.store.codec import encode_meta
from adapters.store.log import Row, recorded_of
from domain.recorded import Actor, Meta
from tests.example_events import ALL

EPOCH = "e" * 32
NOON = datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC)
META = Meta(actor=Actor(kind="agent", id="anna"), command="SendMessage", correlation_id="c-1")
ROW = Row(7, "acme", "dialog-1", 3, "dialog.held", 1, uuid4(), NOON, encode_meta(META), b'{"kind":"dialog.held"}')
names = some.text(some.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=20)
rows = some.builds(
    Row,
    position=some.integers(1, 2**63 - 1),
    tenant=names,
    stream=names.map(lambda name: f"dialog-{name}"),
    version=some.integers(1, 2**63 - 1),
    kind=names.map(lambda name: f"dialog.{name}"),
    schema=some.integers(1, 99),
    event_id=some.uuids(),
    recorded_at=some.datetimes(timezones=some.just(UTC)),
    meta=some.builds(Meta, correlation_id=names, causation_id=names).map(encode_meta),
    data=some.binary(),
)


def told(headers: list[tuple[str, bytes]]) -> dict[str, str]:
    return {name: value.decode() for name, value in headers}


@given(rows, some.integers(0, 99))
def test_what_is_written_is_read_again(row: Row, lane: int) -> None:
    record = Writer(lane, EPOCH).record(row)
    assert record is not None
    assert read(record.key, record.value, record.headers) == Frame(row, lane, EPOCH)
    assert record.value is row.data
    assert all(value.decode() is not None for _, value in record.headers)


def test_the_headers_are_those_of_cloudevents_in_binary_mode() -> None:
    record = Writer(2, EPOCH).record(ROW._replace(tenant="a tenant/ъ"))
    assert record is not None
    assert (record.topic, record.key.decode()) == ("dialogs.v1", "a tenant/ъ:dialog-1")
    assert told(record.headers) == {
        "ce_specversion": "1.0",
        "ce_type": "dialog.held.v1",
        "ce_dataschema": "urn:parley:schema:dialog.held.v1",
        "ce_source": "/tenants/a%20tenant%2F%D1%8A",
        "ce_id": str(ROW.event_id),
        "ce_subject": "dialog-1",
        "ce_time": "2026-03-02T12:00:00.000001Z",
        "content-type": "application/json",
        "ce_tenant": "a tenant/ъ",
        "ce_lane": "2",
        "ce_position": "7",
        "ce_version": "3",
        "ce_epoch": EPOCH,
        "ce_meta": ROW.meta.decode(),
        "correlation_id": "c-1",
    }


def test_a_moment_is_told_in_utc_whatever_its_zone_was() -> None:
    east = NOON.astimezone(timezone(timedelta(hours=3)))
    record = Writer(0, EPOCH).record(ROW._replace(recorded_at=east))
    assert record is not None
    assert told(record.headers)["ce_time"] == "2026-03-02T12:00:00.000001Z"


def test_a_trace_goes_on_where_the_meta_knows_one() -> None:
    meta = json.dumps({"actor": {"kind": "system", "id": "engine"}, "traceparent": "00-ab-cd-01"}).encode()
    record = Writer(0, EPOCH).record(ROW._replace(meta=meta))
    assert record is not None
    assert told(record.headers)["traceparent"] == "00-ab-cd-01"
    assert "correlation_id" not in told(record.headers)


@pytest.mark.parametrize("event", ALL, ids=lambda event: event.kind)
def test_every_event_is_rebuilt_or_has_no_topic(event) -> None:  # type: ignore[no-untyped-def]
    stream = f"{event.kind.partition('.')[0]}-1"
    data = event.model_dump_json(by_alias=True).encode()
    row = ROW._replace(stream=stream, kind=event.kind, schema=event.version_of_shape, data=data)
    record = Writer(0, EPOCH).record(row)
    if record is None:
        assert stream.partition("-")[0] in {"customer", "quarantine", "alert", "access"}
        return
    frame = read(record.key, record.value, record.headers)
    assert isinstance(frame, Frame)
    assert recorded_of(frame.row) == recorded_of(row)
    assert recorded_of(frame.row).meta == META  # type: ignore[union-attr]


def test_a_stream_of_a_newer_release_is_not_passed_by() -> None:
    with pytest.raises(UnknownStream, match="robot-1"):
        Writer(0, EPOCH).record(ROW._replace(stream="robot-1"))


def damaged(**changes: bytes | None) -> Frame | Bad:
    record = Writer(0, EPOCH).record(ROW)
    assert record is not None
    headers = {**dict(record.headers), **changes}
    return read(record.key, record.value, list(headers.items()))


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("ce_type", b"\xff"),
        ("ce_type", b"dialog.held"),
        ("ce_position", b"seven"),
        ("ce_position", b"0"),
        ("ce_version", b"-1"),
        ("ce_version", b"9" * 30),
        ("ce_id", b"no uuid"),
        ("ce_time", b"noon"),
        ("ce_subject", b"dialog-2"),
        ("ce_tenant", b"ac\0me"),
        ("ce_epoch", None),
        ("ce_meta", None),
    ],
)
def test_nonsense_is_told_apart_and_its_key_is_a_hint(header: str, value: bytes | None) -> None:
    bad = damaged(**{header: value})
    assert isinstance(bad, Bad)
    assert (bad.tenant, bad.stream) == ("acme", "dialog-1")
    assert bad.why
    assert "\0" not in bad.why


def test_headers_that_we_do_not_know_do_no_harm() -> None:
    assert damaged(**{"x-theirs": b"\xff\xfe", "x-null": None}) == Frame(ROW, 0, EPOCH)


@given(
    some.none() | some.binary(),
    some.none() | some.binary(),
    some.lists(some.tuples(names, some.none() | some.binary())),
)
def test_reading_never_raises(key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes | None]]) -> None:
    bad = read(key, value, headers)
    assert isinstance(bad, Bad)
    assert "\0" not in (bad.tenant or "") + (bad.stream or "")


def test_a_value_must_be_there() -> None:
    record = Writer(0, EPOCH).record(ROW)
    assert record is not None
    assert isinstance(read(record.key, None, record.headers), Bad)
    assert UUID(told(record.headers)["ce_id"]) == ROW.event_id
