"""The pace of a provider's limit: never more than it allows, in any stretch of time, and no slower than it must be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels.rates import RATES, SLOWED
from domain.kinds import KINDS
from processors.pace import Rate, goes_at, reserved

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
rates = st.builds(
    lambda most, seconds, part: Rate(most, seconds, "chat", burst=1 + int((most - 1) * part)),
    st.integers(1, 40),
    st.floats(0.5, 3600),
    st.floats(0, 1),
)


def leaving(rate: Rate, pauses: list[float]) -> list[datetime]:
    """When messages leave that are asked for with these pauses between them."""
    now, free_at, found = START, None, []
    for pause in pauses:
        now += timedelta(seconds=pause)
        free_at = reserved(free_at, rate, now)
        found.append(goes_at(free_at, rate, now))
    return found


@given(rate=rates, pauses=st.lists(st.one_of(st.just(0.0), st.floats(0, 100)), max_size=100))
def test_in_no_stretch_of_time_more_leave_than_the_limit_says(rate: Rate, pauses: list[float]) -> None:
    left = leaving(rate, pauses)
    stretch = timedelta(seconds=rate.seconds) - timedelta(microseconds=200)
    for begin in left:
        assert sum(begin <= moment < begin + stretch for moment in left) <= rate.most


@given(rate=rates, pauses=st.lists(st.floats(0, 100), max_size=40))
def test_they_leave_in_the_order_in_which_they_were_asked_for(rate: Rate, pauses: list[float]) -> None:
    left = leaving(rate, pauses)
    assert left == sorted(left)


@given(rate=rates)
def test_a_first_burst_leaves_at_once_and_the_next_must_wait(rate: Rate) -> None:
    left = leaving(rate, [0.0] * (rate.burst + 1))
    assert left[: rate.burst] == [START] * rate.burst and left[-1] > START


def test_after_a_quiet_time_nothing_waits() -> None:
    assert leaving(Rate(1, 1.0, "chat"), [0, 1, 1, 60]) == [START + timedelta(seconds=s) for s in (0, 1, 2, 62)]


@pytest.mark.parametrize(
    ("kind", "wanted"),
    [
        ("telegram", {(1, 1.0, "chat"), (30, 1.0, "account")}),
        ("whatsapp_official", {(1, 6.0, "chat"), (80, 1.0, "account")}),
        ("viber", {(100, 3600.0, "unanswered")}),
        ("vk", {(20, 1.0, "account")}),
    ],
)
def test_the_limits_are_the_published_ones(kind: str, wanted: set[tuple[int, float, str]]) -> None:
    assert {(one.most, one.seconds, one.per) for one in RATES[kind]} == wanted  # type: ignore[index]


def test_every_kind_says_who_must_wait_and_chats_come_before_accounts() -> None:
    assert set(SLOWED) == set(KINDS) and set(RATES) <= set(KINDS)
    for limits in RATES.values():
        scopes = [one.per == "account" for one in limits]
        assert scopes == sorted(scopes)
