"""An event as a Kafka record: CloudEvents 1.0 in binary mode. The value is the stored data, byte for byte.

Attributes are headers `ce_…`; beside those of the standard: `ce_tenant`, `ce_lane`, `ce_position` (gap-free in the
lane), `ce_version` (gap-free in the stream), `ce_epoch` (of the store), `ce_meta` (who and why, JSON). Every header is
UTF-8 and none is null. Reading is tolerant: unknown headers are ignored, a frame that makes no sense is `Bad`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote
from uuid import UUID

from adapters.store.codec import iso
from adapters.store.log import Row
from domain.streams import AGGREGATES, prefix_of

Headers = list[tuple[str, bytes]]

CARRIED = ("traceparent", "correlation_id")
"""Facts of the meta that have headers of their own, where they are known."""
LARGEST = 2**63 - 1
_CACHED = 10_000


class Record(NamedTuple):
    """What is sent. `topic` without the deployment's prefix."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


class Frame(NamedTuple):
    """A record that was understood: the row that it is a copy of, and the store that it comes from."""

    row: Row
    lane: int
    epoch: str


@dataclass(frozen=True, slots=True)
class Bad:
    """A record that was not. `tenant` and `stream` are those of its key, None if it has none either."""

    why: str
    tenant: str | None = None
    stream: str | None = None


class UnknownStream(Exception):
    """The log holds a stream of a newer release; this relay must not pass it by."""


class Writer:
    """Rows of one lane → records. Nothing of the row is decoded; what repeats is encoded once."""

    def __init__(self, lane: int, epoch: str) -> None:
        self._common: Headers = [("ce_lane", b"%d" % lane), ("ce_epoch", epoch.encode())]

    def record(self, row: Row) -> Record | None:
        """None: the stream is not published. Raises UnknownStream."""
        topic = topic_of(row.stream)
        if topic is None:
            return None
        stream = row.stream.encode()
        headers = [
            *_of_kind(row.kind, row.schema),
            *_of_tenant(row.tenant),
            *self._common,
            ("ce_id", str(row.event_id).encode()),
            ("ce_subject", stream),
            ("ce_time", _time(row.recorded_at)),
            ("ce_position", b"%d" % row.position),
            ("ce_version", b"%d" % row.version),
            *_of_meta(row.meta),
        ]
        return Record(topic, row.tenant.encode() + b":" + stream, row.data, headers)


def topic_of(stream: str) -> str | None:
    aggregate = AGGREGATES.get(prefix_of(stream))
    if aggregate is None:
        raise UnknownStream(f"The stream {stream} belongs to no aggregate of this release.")
    return aggregate.topic


@lru_cache(_CACHED)
def _of_kind(kind: str, schema: int) -> Headers:
    name = f"{kind}.v{schema}".encode()
    return [
        ("ce_specversion", b"1.0"),
        ("ce_type", name),
        ("ce_dataschema", b"urn:parley:schema:" + name),
        ("content-type", b"application/json"),
    ]


@lru_cache(_CACHED)
def _of_tenant(tenant: str) -> Headers:
    return [("ce_source", f"/tenants/{quote(tenant, safe='')}".encode()), ("ce_tenant", tenant.encode())]


@lru_cache(_CACHED)
def _of_meta(meta: bytes) -> Headers:
    """All events of one command share their meta, so this is computed once a command."""
    headers: Headers = [("ce_meta", meta)]
    if any(name.encode() in meta for name in CARRIED):
        facts = json.loads(meta)
        headers += [(name, str(facts[name]).encode()) for name in CARRIED if facts.get(name)]
    return headers


@lru_cache(_CACHED)
def _time(moment: datetime) -> bytes:
    return iso(moment.astimezone(UTC)).encode()


def read(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> Frame | Bad:
    """The other way round. Never raises: whatever is wrong with a record stands in `Bad.why`."""
    try:
        if value is None:
            raise ValueError("the record has no value")
        told = {name: data for name, data in headers if data is not None}
        frame = _frame(told, value)
        if key != f"{frame.row.tenant}:{frame.row.stream}".encode():
            raise ValueError("the key is not that of the stream")
    except KeyError as absent:
        return Bad(f"the header {absent.args[0]} is absent", *_of_key(key))
    except ValueError as error:
        return Bad(f"{type(error).__name__}: {error}".replace("\0", "?"), *_of_key(key))
    return frame


def _frame(told: dict[str, bytes], value: bytes) -> Frame:
    kind, _, schema = told["ce_type"].decode().rpartition(".v")
    row = Row(
        position=int(told["ce_position"]),
        tenant=told["ce_tenant"].decode(),
        stream=told["ce_subject"].decode(),
        version=int(told["ce_version"]),
        kind=kind,
        schema=int(schema),
        event_id=UUID(told["ce_id"].decode()),
        recorded_at=datetime.fromisoformat(told["ce_time"].decode()),
        meta=told["ce_meta"],
        data=value,
    )
    if not (0 < row.version <= LARGEST and 0 < row.position <= LARGEST):
        raise ValueError("positions and versions begin at 1")
    if "\0" in row.tenant + row.stream + row.kind:
        raise ValueError("a name holds a zero byte")
    return Frame(row, int(told["ce_lane"]), told["ce_epoch"].decode())


def _of_key(key: bytes | None) -> tuple[str, str] | tuple[None, None]:
    """Whom a record without sense may have been about: a hint to look into the log, never believed more than that."""
    text = (key or b"").decode(errors="replace").replace("\0", "?")
    parts = text.split(":")
    for cut in range(1, len(parts)):
        stream = ":".join(parts[cut:])
        if prefix_of(stream) in AGGREGATES and "-" in stream:
            return ":".join(parts[:cut]), stream
    return None, None
