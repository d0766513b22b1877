"""In the store: the end of a lease is a timer, the loss sets those of his dialogs, and each is exact (§5, F31)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from domain.desk import administration as admin
from domain.desk.answering import AcceptOffer
from domain.desk.channels import SaveChannel
from domain.desk.presence import Heartbeat, SetActive
from domain.dialog.events import OffersMade
from tests.desk import open_shop, says
from tests.loop import quiet
from tests.store import Store, store

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self, _: datetime) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def shop(clock: Clock) -> Iterator[Store]:
    with store(clock=clock) as made:
        open_shop(made)
        yield made


def holds_one(shop: Store) -> tuple[str, str]:
    """A dialog, and the agent who has accepted it."""
    dialog = str(shop.do(says("ivan")).answer["dialog"])
    quiet(shop)
    made = [one.event for one in shop.log.stream("acme", f"dialog-{dialog}") if isinstance(one.event, OffersMade)]
    offer = made[-1].offers[0]
    shop.do(AcceptOffer(dialog=dialog, offer=offer.offer, agent=offer.agent))
    return dialog, offer.agent


def sends_to(agent: str) -> SaveChannel:
    changes = {"receiver": {"kind": "agent", "id": agent}}
    return SaveChannel(channel="shop", changes=changes, account_key="account-4711")


def kinds(shop: Store, stream: str) -> list[str]:
    return [one.event.kind.partition(".")[2] for one in shop.log.stream("acme", stream)]


def at(shop: Store, clock: Clock, moment: datetime) -> None:
    clock.now = moment
    quiet(shop, timers=moment)


@pytest.mark.requirement("F31", "F13")
def test_who_falls_silent_is_lost_at_the_end_of_his_lease_and_his_dialog_when_the_grace_is_over(
    shop: Store, clock: Clock
) -> None:
    dialog, agent = holds_one(shop)
    shop.do(Heartbeat(agent=agent, lease=60), remember=False)
    lost = NOON + timedelta(seconds=60)
    at(shop, clock, lost - MOMENT)
    assert kinds(shop, f"agent-{agent}")[-1] != "presence_changed"
    at(shop, clock, lost)
    assert kinds(shop, f"agent-{agent}")[-1] == "presence_changed"
    at(shop, clock, lost + timedelta(seconds=300) - MOMENT)
    assert "released" not in kinds(shop, f"dialog-{dialog}")
    at(shop, clock, lost + timedelta(seconds=300))
    assert kinds(shop, f"dialog-{dialog}")[-4:] == ["released", "queued", "routing_decided", "offers_made"]


@pytest.mark.requirement("F31")
def test_who_comes_back_in_time_keeps_it(shop: Store, clock: Clock) -> None:
    dialog, agent = holds_one(shop)
    shop.do(Heartbeat(agent=agent, lease=60), remember=False)
    at(shop, clock, NOON + timedelta(seconds=60))
    shop.do(admin.SetPresence(agent=agent, to="away"))
    at(shop, clock, NOON + timedelta(hours=1) - MOMENT)
    assert "released" not in kinds(shop, f"dialog-{dialog}")


def test_a_sign_of_life_moves_the_timer_and_offline_takes_it_away(shop: Store, clock: Clock) -> None:
    def timer() -> list[datetime]:
        return [moment for (moment,) in shop.rows("SELECT check_at FROM parley.timer WHERE stream = 'agent-anna'")]

    for second in (0, 20):
        clock.now = NOON + timedelta(seconds=second)
        shop.do(Heartbeat(agent="anna", lease=60), remember=False)
        assert timer() == [clock.now + timedelta(seconds=60)]
    shop.do(admin.SetPresence(agent="anna", to="offline"))
    assert timer() == []


@pytest.mark.requirement("A26", "A27")
def test_waiting_dialogs_follow_the_channel_page_by_page_through_the_worker(
    shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their receiver leaves, so they wait unrouted; another is saved, and every page finds its way."""
    monkeypatch.setattr("processors.receivers.PAGE", 3)
    shop.do(
        SaveChannel(channel="shop", changes={"receiver": {"kind": "agent", "id": "anna"}}, account_key="account-4711")
    )
    shop.do(SetActive(agent="anna", active=False))
    dialogs = [str(shop.do(says(f"customer {n}")).answer["dialog"]) for n in range(8)]
    quiet(shop)
    assert {kinds(shop, f"dialog-{dialog}")[-1] for dialog in dialogs} == {"queued"}
    shop.do(
        SaveChannel(channel="shop", changes={"receiver": {"kind": "agent", "id": "boris"}}, account_key="account-4711")
    )
    quiet(shop)
    assert {kinds(shop, f"dialog-{dialog}")[-1] for dialog in dialogs} == {"assigned"}
    assert shop.rows("SELECT count(*) FROM parley.dirty") == [(0,)]


@pytest.mark.requirement("F14")
def test_a_deactivated_agents_dialogs_go_page_by_page_through_the_worker(
    shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("domain.desk.presence.PAGE", 3)
    shop.do(
        SaveChannel(channel="shop", changes={"receiver": {"kind": "agent", "id": "anna"}}, account_key="account-4711")
    )
    dialogs = [str(shop.do(says(f"customer {n}")).answer["dialog"]) for n in range(8)]
    shop.do(SetActive(agent="anna", active=False))
    assert sum("released" in kinds(shop, f"dialog-{dialog}") for dialog in dialogs) == 3
    quiet(shop)
    assert [kinds(shop, f"dialog-{dialog}").count("released") for dialog in dialogs] == [1] * 8
