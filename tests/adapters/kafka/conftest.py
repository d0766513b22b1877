"""One small contact centre with a few dialogs for the tests that only read the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.kafka import ensure_topics
from tests.adapters.kafka.wire import Wire
from tests.broker import kafka_address, topic_prefix
from tests.conformance.feeds import open_notebook
from tests.desk import open_shop, says
from tests.store import Store, store

__all__ = ["kafka_address"]


@pytest.fixture
def shop() -> Iterator[Store]:
    """Six customers, thirty messages; a notebook is open."""
    with store() as made:
        open_notebook(made)
        open_shop(made)
        for number in range(30):
            made.do(says(f"customer-{number % 6}", f"message {number}"))
        yield made


@pytest.fixture
def wire(shop: Store, kafka_address: str) -> Wire:
    """The same with topics of three partitions, still empty."""
    prefix = topic_prefix()
    ensure_topics(kafka_address, partitions=3, prefix=prefix)
    return Wire(shop, kafka_address, prefix)
