"""One customer with several ids at his provider: known by each of them, and never made one with somebody else."""

from __future__ import annotations

import pytest

from domain import customer
from domain.errors import NotFound
from domain.recorded import Stamp
from tests.example_events import AT

KEY = "key-1"
STAMP = Stamp(1, AT)
IVAN = customer.Customer(exists=True, subject_key_id=KEY, identities=("hash of 7916",))
HIDDEN = customer.AddIdentity(namespace="whatsapp_official:wa", external_key="hash of US.13", external_id="US.13")


def test_another_id_is_added_once() -> None:
    (added,) = customer.decide(HIDDEN, IVAN)
    assert (added.external_key, added.namespace) == ("hash of US.13", "whatsapp_official:wa")  # type: ignore[union-attr]
    after = customer.evolve(IVAN, added, STAMP)
    assert after.identities == ("hash of 7916", "hash of US.13")
    assert customer.decide(HIDDEN, after) == []


def test_nobody_has_no_ids() -> None:
    with pytest.raises(NotFound):
        customer.decide(HIDDEN, customer.Customer())
