"""One small contact centre with a few dialogs for the tests that only read the log."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.kafka import ensure_topics
from infra.migrate import migrate
from tests.adapters.kafka.wire import Wire
from tests.broker import kafka_address, topic_prefix
from tests.conformance.feeds import open_notebook
from tests.desk import open_shop, says
from tests.postgres import cluster, fresh_database, template
from tests.store import Store, store

__all__ = ["kafka_address"]


def _fill(dsn: str) -> None:
    migrate(dsn)
    with store(owner_dsn=dsn) as made:
        open_notebook(made)
        open_shop(made)
        for number in range(30):
            made.do(says(f"customer-{number % 6}", f"message {number}"))


@pytest.fixture
def shop() -> Iterator[Store]:
    """Six customers, thirty messages; a notebook is open. A copy of one that is made once a run."""
    with store(owner_dsn=fresh_database(cluster(), template("kafka_shop", _fill))) as made:
        yield made


@pytest.fixture
def wire(shop: Store, kafka_address: str) -> Wire:
    """The same with topics of three partitions, still empty."""
    prefix = topic_prefix()
    ensure_topics(kafka_address, partitions=3, prefix=prefix)
    return Wire(shop, kafka_address, prefix)
