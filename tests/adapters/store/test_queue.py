"""The queue in the database: in order, without the classes that are passed over, in step with its dialogs (F17)."""

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.store.heads import Kept, StoredHeads
from domain.desk import administration as admin
from domain.desk.answering import DeclineOffer, TellDialog
from domain.desk.channels import SaveChannel
from domain.desk.world import Class
from domain.dialog.commands import SetPriority
from processors.distribution import Distribute
from tests.desk import open_shop, says
from tests.store import TENANT, Store, store

LOOK = Distribute(streams=("group-sales",))
PLAIN, REFUNDS = Class("shop", (), 1), Class("shop", ("refunds", "на русском"), 2)


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made, capacity=0)
        yield made


def queue(shop: Store, *passing: Class, limit: int = 100) -> list[str]:
    with shop.database.connect() as connection:
        return list(StoredHeads(connection, TENANT, Kept()).queue("sales", limit, passing))


def write(shop: Store, *customers: str) -> list[str]:
    return [shop.do(says(customer)).answer["dialog"] for customer in customers]


@pytest.mark.requirement("F17", "F27")
def test_a_class_that_is_passed_over_is_not_read(shop: Store) -> None:
    plain = write(shop, "vera", "ivan")
    shop.do(SaveChannel(channel="shop", changes={"required_skills": list(REFUNDS.skills), "weight": 2}))
    special = write(shop, "olga")
    assert queue(shop) == [*plain, *special]
    assert (queue(shop, PLAIN), queue(shop, REFUNDS)) == (special, plain)
    assert queue(shop, PLAIN, REFUNDS) == []
    assert queue(shop, REFUNDS, limit=1) == plain[:1]


@pytest.mark.requirement("F17")
def test_a_dialog_that_was_tried_is_of_another_class_and_of_a_third_when_its_round_is_over(shop: Store) -> None:
    (dialog,) = write(shop, "vera")
    shop.do(admin.SetAgent(agent="anna", capacity=1))
    shop.do(LOOK)
    offer = _offer(shop, dialog)
    shop.do(DeclineOffer(dialog=dialog, offer=offer, agent="anna"))
    assert (queue(shop, PLAIN), queue(shop, PLAIN._replace(tried=True))) == ([dialog], [])
    shop.do(LOOK)
    assert queue(shop, PLAIN._replace(tried=True)) == [dialog]
    assert queue(shop, PLAIN._replace(tried=True, settled=True)) == []


def _offer(shop: Store, dialog: str) -> str:
    with shop.database.connect() as connection:
        state: Any = StoredHeads(connection, TENANT, Kept()).head(f"dialog-{dialog}").state
    offer: str = state.offers[0].offer
    return offer


@pytest.mark.requirement("H07")
def test_urgent_ones_come_first(shop: Store) -> None:
    vera, ivan = write(shop, "vera", "ivan")
    shop.do(TellDialog(dialog=ivan, command=SetPriority(priority=3)))
    assert queue(shop) == [ivan, vera]


@pytest.mark.requirement("F30")
def test_a_longer_look_sets_every_timer_anew(shop: Store) -> None:
    """A wait that a group gets later rings for those who wait already."""
    write(shop, "vera", "ivan")
    shop.do(LOOK)
    before = _timers(shop)
    shop.do(admin.SetGroup(group="sales", changes={"max_queue_wait": 60}))
    shop.do(Distribute(streams=("whole-group-sales",)))
    after = _timers(shop)
    assert set(after) == set(before) and all(after[name] < before[name] for name in before)


def _timers(shop: Store) -> dict[str, Any]:
    return dict(shop.rows("SELECT stream, check_at FROM parley.timer WHERE tenant = %s", TENANT))
