"""Fifty channels register one Avito account at the same moment: exactly one is in effect, the last in the log (D17)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from domain.desk.administration import SetAgent
from domain.desk.channels import CreateChannel, SaveChannel
from tests.connections import connects, key_of
from tests.store import Store, store

CHANNELS = [f"flats-{number}" for number in range(50)]
CHANGES = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": {"value": 1, "unit": "days"}}


@pytest.fixture(scope="module")
def shop() -> Iterator[Store]:
    """All have been saved at once, by fifty threads."""
    with store() as made:
        made.do(SetAgent(agent="anna", name="Anna"))
        for name in CHANNELS:
            for step in (CreateChannel(channel=name, kind="avito"), *connects(name, "avito", account="flats")):
                made.do(step)
        with ThreadPoolExecutor(len(CHANNELS)) as people:
            answers = list(
                people.map(lambda name: made.do(SaveChannel(channel=name, changes=CHANGES)).answer, CHANNELS)
            )
        assert [answer["outcome"] for answer in answers] == ["saved"] * len(CHANNELS)
        yield made


def registered(shop: Store) -> list[tuple[int, str, str | None]]:
    """(position, channel, the one it replaced) in the order of the log."""
    return shop.rows(
        "SELECT position, convert_from(data, 'UTF8')::json ->> 'channel',"
        "       convert_from(data, 'UTF8')::json ->> 'replaces'"
        " FROM parley.event WHERE kind = 'account.registered' ORDER BY position"
    )  # type: ignore[return-value]


@pytest.mark.requirement("D17")
def test_exactly_one_is_in_effect_and_it_is_the_last(shop: Store) -> None:
    last = registered(shop)[-1][1]
    phases = dict(shop.rows("SELECT substr(stream, 9), convert_from(state, 'UTF8')::json ->> 'phase' FROM parley.head"
                            " WHERE stream LIKE 'channel-%%'"))  # fmt: skip
    assert sorted(phases) == sorted(CHANNELS)
    assert [name for name, phase in phases.items() if phase == "connected"] == [last]
    assert {phase for name, phase in phases.items() if name != last} == {"superseded"}
    (head,) = shop.rows(
        "SELECT convert_from(state, 'UTF8')::json ->> 'in_effect' FROM parley.head WHERE stream = %s",
        f"account-acme:avito:{key_of('flats')}",
    )
    assert head == (last,)


@pytest.mark.requirement("D17", "D13")
def test_each_replaced_the_one_before_it(shop: Store) -> None:
    rows = registered(shop)
    assert sorted(channel for _, channel, _ in rows) == sorted(CHANNELS)
    assert [replaced for _, _, replaced in rows] == [None, *(channel for _, channel, _ in rows[:-1])]


@pytest.mark.requirement("D17")
def test_account_new_and_old_channel_change_in_one_transaction(shop: Store) -> None:
    commands = shop.rows(
        "SELECT array_agg(kind ORDER BY position), count(DISTINCT xmin::text)"
        " FROM parley.event WHERE kind IN ('channel.connected', 'account.registered', 'channel.superseded')"
        " GROUP BY convert_from(meta, 'UTF8')::json ->> 'command_id'"
    )
    together = ["channel.connected", "account.registered", "channel.superseded"]
    assert sorted((tuple(kinds), n) for kinds, n in commands) == sorted(
        [(tuple(together), 1)] * (len(CHANNELS) - 1) + [(tuple(together[:2]), 1)]
    )
