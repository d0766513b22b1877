from collections.abc import Iterator

import pytest

from tests.adapters.play.theatre import Theatre, theatre


@pytest.fixture
def stage() -> Iterator[Theatre]:
    with theatre() as made:
        yield made
