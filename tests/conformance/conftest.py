"""Every test of this folder runs on both feeds; the one on Kafka is marked, so that it can be left out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.conformance.feeds import Line, line
from tests.store import store


@pytest.fixture(params=["log", pytest.param("kafka", marks=pytest.mark.kafka)])
def either(request: pytest.FixtureRequest) -> Iterator[Line]:
    with store() as made, line(request.param, made) as running:
        yield running
