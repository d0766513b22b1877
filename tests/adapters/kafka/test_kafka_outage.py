"""The broker goes away and comes back: intake goes on, and afterwards the copy and the consumers are whole."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kafka.consumer import KafkaFeed
from infra.kafka import KafkaUnavailable, LocalKafka, ensure_topics
from tests.adapters.kafka.wire import Wire
from tests.broker import refuse
from tests.conformance.feeds import Notebook, in_order, until
from tests.desk import says
from tests.store import Store

pytestmark = [pytest.mark.kafka, pytest.mark.soak]


def test_an_outage_of_the_broker_is_survived(shop: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.kafka.relay.LONGEST_PAUSE", 0.5)
    monkeypatch.setattr("adapters.kafka.pages.REQUEST_MS", 2_000)
    broker = LocalKafka(tmp_path / "kafka")
    try:
        address = broker.start()
    except KafkaUnavailable as unavailable:
        refuse(unavailable)
    try:
        ensure_topics(address, partitions=3)
        relay = Wire(shop, address, "").relay()
        feed = KafkaFeed(shop.database, address, [Notebook()])
        relay.start()
        feed.start()
        assert feed.wait(shop.log.head(), timeout=30)
        broker.stop()
        for number in range(20):
            shop.do(says("ivan", f"Is anybody there? {number}"))
        assert until(lambda: relay.trouble is not None or relay.lag() > 0)
        assert broker.start() == address
        assert feed.wait(shop.log.head(), timeout=40)
        assert Wire(shop, address, "").verify().ok
        feed.stop()
        relay.stop()
    finally:
        broker.stop()
    noted = shop.rows("SELECT stream, version FROM view.notebook ORDER BY line")
    assert set(noted) == {(row.stream, row.version) for row in shop.log.rows(0, 10_000)}
    assert in_order(noted)
