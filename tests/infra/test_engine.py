"""The composition root: a message comes round the whole loop, and everything stops again, whatever fails."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from adapters.store.requests import Request
from domain.desk import administration as admin
from domain.errors import NotFound, Unavailable
from infra.engine import Engine, known_processors, known_projections, open_engine, start_feed
from infra.settings import Settings
from tests.infra.commands.terminal import open_shop, says
from tests.loop import eventually
from tests.store import MASTER, Store, store


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


def settings(**changes: object) -> Settings:
    return Settings.model_validate({"master_key": MASTER, "tenant": "acme", **changes})


def test_a_message_goes_round_the_loop(shop: Store) -> None:
    shop.do(admin.SetPresence(agent="anna", to="ready"))
    with open_engine(settings(database_url=shop.dsn)) as engine:
        start_feed(engine)
        own = Store(shop.owner_dsn, shop.dsn, shop.database, engine.vault, engine.log, engine.executor)
        dialog = says(own, "Hello?")
        row = "SELECT phase, offered_to FROM view.inbox WHERE dialog = %s"
        assert eventually(lambda: shop.rows(row, dialog) == [("offered", ["anna"])])


def test_only_what_is_named_runs(shop: Store) -> None:
    with open_engine(settings(database_url=shop.dsn)) as engine:
        start_feed(engine, processors=["presence"], projections=["groups"])
        assert engine.feed is not None
        assert engine.feed.wait(shop.log.head())
        tracked = {name for (name,) in shop.rows("SELECT consumer FROM parley.tracking")}
        assert tracked == {"processor:presence", "groups"}


def test_after_the_stop_nothing_runs(shop: Store) -> None:
    before = set(threading.enumerate())
    with open_engine(settings(database_url=shop.dsn)) as engine:
        start_feed(engine)
        assert len(set(threading.enumerate()) - before) > 10
    assert eventually(lambda: not [one for one in set(threading.enumerate()) - before if one.is_alive()])
    engine.stop()  # once more does nothing


def test_a_part_that_fails_to_stop_keeps_no_other_from_it(shop: Store) -> None:
    engine: Engine = open_engine(settings(database_url=shop.dsn))
    stopped: list[str] = []
    engine.stops.callback(stopped.append, "inner")

    def fails() -> None:
        raise RuntimeError("stuck")

    engine.stops.callback(fails)
    engine.stops.callback(stopped.append, "outer")
    with pytest.raises(RuntimeError, match="stuck"):
        engine.stop()
    assert stopped == ["outer", "inner"]
    with pytest.raises(Unavailable, match="stopping"):
        engine.executor.execute(Request(tenant="acme", command=admin.SetPresence(agent="anna", to="away")))


def test_the_owner_role_is_refused(shop: Store) -> None:
    with pytest.raises(Unavailable) as refused:
        open_engine(settings(database_url=shop.owner_dsn))
    assert refused.value.code == "rights_too_wide"


def test_without_a_database_it_says_what_to_do() -> None:
    with pytest.raises(Unavailable) as refused:
        open_engine(settings(database_url=None))
    assert refused.value.code == "no_database"
    assert "parley up" in refused.value.sentence


def test_names_are_checked() -> None:
    assert known_processors(None) == ["distribution", "presence", "receivers", "auto_close"]
    assert known_projections(["inbox", "inbox"]) == ["inbox"]
    with pytest.raises(NotFound, match="inbox"):
        known_projections(["nothing"])
