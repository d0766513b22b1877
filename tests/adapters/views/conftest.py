"""Each test of views may have a database of its own."""

from collections.abc import Iterator

import pytest

from tests.adapters.views.place import Place


@pytest.fixture
def place() -> Iterator[Place]:
    made = Place()
    yield made
    made.close()
