"""The loop on the embedded feed: a message in is offered; what time causes happens; no wake-up is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from adapters.feed.log_feed import LogFeed
from adapters.feed.worker import Worker
from adapters.views.apply import consumers
from domain.desk import administration as admin
from domain.desk import channels
from domain.desk.answering import AcceptOffer, SendMessage
from domain.dialog.events import Author, Closed, OffersMade
from domain.errors import Conflict
from processors import REGISTRY
from tests.desk import open_shop, says
from tests.loop import eventually, quiet, running
from tests.store import Store, store

NOON = datetime(2030, 5, 6, 12, tzinfo=UTC)


class Clock:
    """Virtual time: the test moves it."""

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


def offers(shop: Store) -> list[tuple[str, str, str]]:
    """(dialog, offer, agent) of every offer made, in order."""
    return [
        (recorded.entity, one.offer, one.agent)
        for recorded in shop.log.read(0, 10_000)
        if isinstance(recorded.event, OffersMade)
        for one in recorded.event.offers
    ]


def kinds(shop: Store, dialog: str) -> list[str]:
    return [recorded.event.kind.partition(".")[2] for recorded in shop.log.stream("acme", f"dialog-{dialog}")]


@pytest.mark.requirement("F02", "F29")
def test_a_message_that_comes_in_is_offered_in_threads_as_in_life(shop: Store) -> None:
    with running(shop, timers=False):
        dialog = shop.do(says("vera")).answer["dialog"]
        assert eventually(lambda: [one[0] for one in offers(shop)] == [dialog])


def test_the_story_of_a_dialog(shop: Store, clock: Clock) -> None:
    dialog = shop.do(says("vera")).answer["dialog"]
    quiet(shop)
    ((_, offer, agent),) = offers(shop)
    shop.do(AcceptOffer(dialog=dialog, offer=offer, agent=agent))
    shop.do(SendMessage(dialog=dialog, client_key="1", author=Author(kind="agent", id=agent), body="Good day"))
    clock.now += timedelta(hours=1)
    quiet(shop, timers=clock.now)
    assert kinds(shop, dialog) == [
        "opened",
        "message_received",
        "queued",
        "routing_decided",
        "offers_made",
        "offer_accepted",
        "assigned",
        "message_sent",
        "closed",
    ]
    assert shop.rows("SELECT count(*) FROM parley.timer") == [(0,)]


@pytest.mark.requirement("F05", "F06")
def test_an_offer_that_nobody_answers_goes_to_the_next(shop: Store, clock: Clock) -> None:
    dialog = shop.do(says("vera")).answer["dialog"]
    quiet(shop)
    clock.now += timedelta(seconds=60)
    quiet(shop, timers=clock.now)
    assert [agent for _, _, agent in offers(shop)] == ["anna", "boris"]
    with pytest.raises(Conflict) as refused:
        shop.do(AcceptOffer(dialog=dialog, offer=offers(shop)[0][1], agent="anna"))
    assert refused.value.code == "offer_expired"


@pytest.mark.requirement("F13")
def test_an_agent_who_leaves_loses_his_offers_at_once(shop: Store) -> None:
    shop.do(says("vera"))
    quiet(shop)
    shop.do(admin.SetPresence(agent="anna", to="away"))
    quiet(shop)
    assert [agent for _, _, agent in offers(shop)] == ["anna", "boris"]
    assert shop.rows("SELECT agent FROM parley.offer") == [("boris",)]


@pytest.mark.requirement("F09", "F11")
def test_thirty_in_the_queue_and_room_for_five_makes_five_offers_oldest_first() -> None:
    with store() as made:
        open_shop(made, ready=False)
        dialogs = [made.do(says(f"customer {number}")).answer["dialog"] for number in range(30)]
        made.do(admin.SetPresence(agent="anna", to="ready"))
        quiet(made)
        assert [dialog for dialog, _, _ in offers(made)] == dialogs[:5]


@pytest.mark.requirement("G05")
def test_a_message_before_the_close_wins_even_past_the_deadline(shop: Store, clock: Clock) -> None:
    dialog = shop.do(says("vera")).answer["dialog"]
    clock.now += timedelta(hours=2)
    shop.do(says("vera", "still here"))
    quiet(shop, timers=clock.now)
    assert "closed" not in kinds(shop, dialog)


@pytest.mark.requirement("G09")
def test_after_three_days_down_everything_overdue_closes_once_and_says_how_late(shop: Store, clock: Clock) -> None:
    for number in range(5):
        shop.do(says(f"customer {number}"))
    clock.now += timedelta(days=3)
    quiet(shop, timers=clock.now)
    quiet(shop, timers=clock.now)
    closed = [one.event for one in shop.log.read(0, 10_000) if isinstance(one.event, Closed)]
    assert [event.late_by for event in closed] == [timedelta(days=3, hours=-1).total_seconds()] * 5


@pytest.mark.requirement("G07")
def test_a_shorter_period_closes_nothing_before_the_floor(shop: Store, clock: Clock) -> None:
    shop.do(channels.SaveChannel(channel="shop", changes={"auto_close": {"value": 30, "unit": "days"}}))
    dialog = shop.do(says("vera")).answer["dialog"]
    clock.now += timedelta(days=2)
    shop.do(channels.SaveChannel(channel="shop", changes={"auto_close": {"value": 1, "unit": "hours"}}))
    quiet(shop, timers=clock.now)
    clock.now += timedelta(minutes=59)
    quiet(shop, timers=clock.now)
    assert "closed" not in kinds(shop, dialog)
    clock.now += timedelta(minutes=1)
    quiet(shop, timers=clock.now)
    assert kinds(shop, dialog)[-1] == "closed"


@pytest.mark.requirement("G07", "G10")
@pytest.mark.parametrize(("wakes", "closed"), [(True, 7), (False, 3)], ids=["every page", "planted: one page only"])
def test_a_shorter_period_reaches_more_dialogs_than_a_page_holds(
    shop: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, wakes: bool, closed: int
) -> None:
    monkeypatch.setattr("processors.auto_close.PAGE", 3)
    shop.do(channels.SaveChannel(channel="shop", changes={"auto_close": {"value": 30, "unit": "days"}}))
    for agent in ("anna", "boris"):
        shop.do(admin.SetPresence(agent=agent, to="away"))
    for number in range(7):
        shop.do(says(f"customer {number}"))
    quiet(shop)
    if not wakes:
        monkeypatch.setattr("domain.desk.world.World.wake", lambda *_: None)
    shop.do(channels.SaveChannel(channel="shop", changes={"auto_close": {"value": 1, "unit": "hours"}}))
    quiet(shop)
    clock.now += timedelta(hours=1)
    quiet(shop, timers=clock.now)
    assert len([one for one in shop.log.read(0, 10_000) if isinstance(one.event, Closed)]) == closed


@pytest.mark.requirement("F29")
def test_a_mark_set_while_the_worker_decides_is_not_lost(shop: Store) -> None:
    """The mark that the worker took up is older than the one that stands there when it is done."""
    shop.do(says("vera"))
    quiet(shop)
    worker = Worker(REGISTRY["distribution"], shop.database, shop.executor)
    with shop.database.connect() as connection:
        connection.execute("INSERT INTO parley.dirty VALUES (0, 'distribution', 'acme', 'group-sales', 5)")
        rows = [("acme", "group-sales", 5)]
        connection.execute("UPDATE parley.dirty SET marked = 9")
        worker._decide(rows)
        assert connection.execute("SELECT marked FROM parley.dirty").fetchall() == [(9,)]
        worker.look(connection)
        assert connection.execute("SELECT marked FROM parley.dirty").fetchall() == []


@pytest.mark.requirement("F29")
def test_the_sweep_finds_a_queue_whose_wake_up_was_lost(shop: Store) -> None:
    shop.do(says("vera"))
    worker = Worker(REGISTRY["distribution"], shop.database, shop.executor)
    with shop.database.connect() as connection:
        assert worker.look(connection) == 0, "nobody has heard of it"
        worker.sweep(connection)
        worker.look(connection)
    assert len(offers(shop)) == 1


def test_an_event_that_cannot_be_decoded_parks_its_stream_and_stops_nobody(shop: Store) -> None:
    vera = shop.do(says("vera")).answer["dialog"]
    with psycopg.connect(shop.owner_dsn) as owner:
        owner.execute("UPDATE parley.event SET data = 'no json' WHERE stream = %s AND version = 1", (f"dialog-{vera}",))
    ivan = shop.do(says("ivan")).answer["dialog"]
    LogFeed(shop.database, consumers(["inbox"])).pump()
    assert shop.rows("SELECT dialog FROM view.inbox") == [(ivan,)]
    parked = shop.rows("SELECT DISTINCT stream FROM parley.parked WHERE consumer = 'inbox'")
    assert parked == [(f"dialog-{vera}",)]
