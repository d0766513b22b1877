"""An open shop for a module's tests, with one dialog that is closed already and nothing else to do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.acceptance.premises import Premises, eventually, premises
from tests.acceptance.shop import open_shop

CLOSED = 900
"""The chat of the customer whose dialog is closed."""


@pytest.fixture(scope="module")
def shop() -> Iterator[Premises]:
    with premises() as made:
        open_shop(made.root)
        made.telegram.customer_says(CLOSED, "Bread?")
        assert made.telegram.settle(30)
        (row,) = eventually(lambda: made.root.get("/v1/dialogs", list="offered")["dialogs"])
        told = made.root.post(f"/v1/dialogs/{row['dialog']}/close")
        made.root.get(f"/v1/dialogs/{row['dialog']}", wait_for=told["position"])
        yield made


@pytest.fixture(scope="module")
def closed(shop: Premises) -> str:
    return str(shop.root.get("/v1/dialogs", list="closed")["dialogs"][0]["dialog"])
