"""Kafka may be away: intake, answers and deliveries go on; afterwards the topics get what they have missed."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from adapters.kafka.records import Record, Writer
from infra.kafka import KafkaUnavailable, LocalKafka, ensure_topics
from tests.acceptance.kill.checks_copy import wrong_copy
from tests.acceptance.kill.quiet import wait_until_quiet
from tests.acceptance.premises import Premises, eventually, premises
from tests.acceptance.shop import open_shop
from tests.broker import refuse

CHATS = (101, 102, 103, 104, 105)
pytestmark = [pytest.mark.kafka, pytest.mark.timeout(400)]


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[LocalKafka]:
    """A broker that this test may kill."""
    made = LocalKafka(tmp_path / "kafka")
    try:
        made.start()
    except KafkaUnavailable as unavailable:
        refuse(unavailable)
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.requirement("E01", "E11")
def test_while_kafka_is_away_intake_goes_on_and_then_the_topics_catch_up(broker: LocalKafka) -> None:
    address = broker.start()
    ensure_topics(address, partitions=3)
    with premises(kafka=address) as shop:
        open_shop(shop.root)
        shop.telegram.customer_says(CHATS[0], "Before")
        assert shop.telegram.settle(60)
        (row,) = eventually(lambda: shop.root.get("/v1/dialogs", list="offered")["dialogs"], within=60)
        _kill(broker)
        _goes_on(shop, row["dialog"])
        assert broker.start() == address
        assert wait_until_quiet(shop.engine.database, within=180) == []
        assert len(shop.root.get("/v1/dialogs", list="offered")["dialogs"]) == len(CHATS)
        assert list(wrong_copy(shop.engine.database, address, "")) == []
        _finds_what_is_planted(shop, address)


def _kill(broker: LocalKafka) -> None:
    assert broker.pid is not None
    os.kill(broker.pid, signal.SIGKILL)
    broker.stop()  # there is nothing to stop any more; it lets go of the folder


def _goes_on(shop: Premises, dialog: str) -> None:
    """Everything that needs PostgreSQL alone."""
    before = shop.head()
    for chat in CHATS[1:]:
        shop.telegram.customer_says(chat, "Meanwhile", copies=2)
    assert shop.telegram.settle(60)
    assert {one.status for one in shop.telegram.attempts} == {200}
    assert shop.kinds(before).count("dialog.message_received") == len(CHATS) - 1
    assert shop.root.client.get("/readyz").status_code == 200
    shop.root.post(f"/v1/dialogs/{dialog}/messages", {"body": "We are here."})
    assert [one.text for one in shop.telegram.wait_for_sent(1, 60)] == ["We are here."]


def _finds_what_is_planted(shop: Premises, address: str) -> None:
    """The comparison can say no: a record of a dialog that never was, and one of an event that was otherwise."""
    (row,) = shop.engine.log.rows(0, 1, kinds=["dialog.message_received"])
    write = Writer(0, shop.engine.log.epoch()).record
    assert list(wrong_copy(shop.engine.database, address, "")) == []
    _plant(address, write(row))
    assert list(wrong_copy(shop.engine.database, address, "")) == []  # a repeat is no fault
    _plant(address, write(row._replace(stream="dialog-nobody")))
    _plant(address, write(row._replace(data=row.data.replace(b"{", b'{"more":1,', 1))))
    found = [words.split(",")[0] for words in wrong_copy(shop.engine.database, address, "")]
    assert found == ["copy: 1 differing", "copy: 1 foreign"]


def _plant(address: str, record: Record | None) -> None:
    assert record is not None

    async def send() -> None:
        producer = AIOKafkaProducer(bootstrap_servers=address, acks="all")
        await producer.start()
        try:
            await producer.send_and_wait(record.topic, record.value, record.key, headers=record.headers)
        finally:
            await producer.stop()

    asyncio.run(send())
