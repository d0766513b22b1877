"""FastStream's inside that we lean on: should a release change it, this says so before a benchmark does."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import anyio.to_thread
import pytest
from aiokafka import ConsumerRecord
from faststream._internal.context import Context
from faststream.kafka import KafkaBroker
from faststream.middlewares import AckPolicy

from adapters.kafka import subscriber
from adapters.kafka.subscriber import AsyncContext, new_broker, subscribe

RECORD = ConsumerRecord(
    topic="dialogs.v1",
    partition=0,
    offset=5,
    timestamp=0,
    timestamp_type=0,
    key=b"acme:dialog-1",
    value=b"\xff",
    checksum=None,
    serialized_key_size=13,
    serialized_value_size=1,
    headers=[("ce_type", b"\xff"), ("null", None)],
)


class HopsError(AssertionError):
    """A worker thread was asked for."""


def handle(monkeypatch: pytest.MonkeyPatch, records: tuple[Any, ...]) -> list[Any]:
    """What `take` gets of a batch that FastStream handles, if it needs no worker thread for it."""
    taken: list[Any] = []

    async def take(message: Any) -> None:
        taken.append(message.raw_message)

    async def no_thread(*_: Any, **__: Any) -> None:
        raise HopsError

    async def run() -> None:
        broker = new_broker("127.0.0.1:1")
        made = subscribe(broker, ["dialogs.v1"], "group", None, take)
        await broker.connect()
        made._build_fastdepends_model()
        monkeypatch.setattr(anyio.to_thread, "run_sync", no_thread)
        await made.process_message(records)

    asyncio.run(run())
    return taken


def test_a_batch_comes_raw_and_without_a_hop_to_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Headers that are null or no UTF-8 would make FastStream's own parser lose the message."""
    assert handle(monkeypatch, (RECORD, RECORD)) == [(RECORD, RECORD)]


def test_the_stock_context_would_hop(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AsyncContext, "use", Context.use)
    with pytest.raises(HopsError):
        handle(monkeypatch, (RECORD,))


def test_the_stock_context_is_still_what_we_derive_from() -> None:
    assert not inspect.iscoroutinefunction(Context.use)
    assert inspect.iscoroutinefunction(AsyncContext.use)


def test_nothing_is_committed_but_by_us() -> None:
    broker: KafkaBroker = new_broker("127.0.0.1:1")
    made = subscribe(broker, ["dialogs.v1"], "group", None, lambda message: asyncio.sleep(0))
    assert made.ack_policy is AckPolicy.MANUAL
    options = made._connection_args
    assert not options["enable_auto_commit"]
    assert options["auto_offset_reset"] == "earliest"
    assert options["session_timeout_ms"] == subscriber.SESSION_TIMEOUT_MS == 45_000
    assert (made.max_records, made.batch_timeout_ms) == (500, 5)
