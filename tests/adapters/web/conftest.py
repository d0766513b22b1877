"""An office with dialogs to look at, a client, and a browser for those tests that need one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from tests.adapters.http.door import Office, client_of, office


@pytest.fixture(scope="module")
def shop() -> Iterator[Office]:
    with office() as made:
        made.open_shop()
        made.settle()
        yield made


@pytest.fixture(scope="module")
def http(shop: Office) -> Iterator[TestClient]:
    with client_of(shop) as client:
        yield client
