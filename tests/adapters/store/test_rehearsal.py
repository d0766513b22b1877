"""A rehearsal answers what the command would answer, and cannot write, whatever the handler tries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from adapters.store.rehearsal import rehearsed
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.world import World
from domain.errors import Rejected
from domain.recorded import SYSTEM
from tests.connections import connects
from tests.store import TENANT, Store, store


@pytest.fixture(scope="module")
def shop() -> Iterator[Store]:
    with store() as made:
        made.do(CreateChannel(channel="mail", kind="email", name="Mail"))
        for step in connects("mail", "email"):
            made.do(step)
        yield made


def rows(shop: Store) -> list[Any]:
    tables = ("event", "head", "command_result", "conversation", "timer", "dirty", "fact")
    return [shop.rows(f"SELECT count(*), max(ctid::text) FROM parley.{name}") for name in tables]


@pytest.mark.requirement("A11")
def test_what_would_be_recorded_is_told_and_nothing_is_stored(shop: Store) -> None:
    before = rows(shop)
    command = SaveChannel(channel="mail", changes={"priority": 3})
    with rehearsed(shop.database, shop.vault, TENANT, command, SYSTEM) as rehearsal:
        kinds = [one.event.kind for one in rehearsal.ran.events]
        assert rehearsal.world.channel("mail").settings.priority == 3
    assert "channel.settings_changed" in kinds
    assert rehearsal.read_at == shop.log.head()
    assert rows(shop) == before


def test_a_refusal_is_the_commands_own(shop: Store) -> None:
    for command in (
        SaveChannel(channel="mail", changes={"priority": 99}),
        SaveChannel(channel="mail", changes={"priority": 1}, expected=7),
        SaveChannel(channel="none", changes={}),
    ):
        with pytest.raises(Rejected) as told:
            shop.do(command)
        with (
            pytest.raises(Rejected) as rehearsal,
            rehearsed(shop.database, shop.vault, TENANT, command, SYSTEM),
        ):
            pass
        assert (type(rehearsal.value), rehearsal.value.code, rehearsal.value.detail) == (
            type(told.value),
            told.value.code,
            told.value.detail,
        )


@dataclass(frozen=True)
class Cheat:
    pass


def test_whoever_tries_to_write_is_stopped_by_the_database(shop: Store) -> None:
    """The control: the promise does not rest on handlers being good."""

    def cheat(world: World, command: Cheat) -> dict[str, Any]:
        return {}

    handlers = {Cheat: cheat}
    with (
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
        rehearsed(shop.database, shop.vault, TENANT, Cheat(), SYSTEM, handlers=handlers) as rehearsal,
    ):
        rehearsal.connection.execute("INSERT INTO parley.fact VALUES ('acme', 'bot', 'x', '{}')")
    assert shop.rows("SELECT 1") == [(1,)], "the connection went back to the pool in order"
