"""Presence of recorded agents: ready from the first act to ten minutes after the last, away in longer gaps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from adapters.play.presence import STAYS, Shifts, changes

START = datetime(2026, 3, 2, tzinfo=UTC)
ACTS = st.lists(st.integers(0, 600), min_size=1, max_size=40).map(sorted)
"""Minutes."""


def _of(minutes: list[int]) -> Shifts:
    shifts = Shifts()
    for minute in minutes:
        shifts.act(START + timedelta(minutes=minute))
    return shifts


@given(ACTS)
def test_he_is_ready_whenever_he_acts_and_only_near_his_acts(minutes: list[int]) -> None:
    told = changes({"a": _of(minutes)})
    for minute in range(-1, 625):
        moment = START + timedelta(minutes=minute, seconds=1)
        ready = next((one.to == "ready" for one in reversed(told) if one.at <= moment), False)
        assert ready == _works(minutes, minute + 1 / 60)


def _works(acts: list[int], minute: float) -> bool:
    """By the words of the rule: an act at most ten minutes ago, or between two acts at most half an hour apart."""
    before = [act for act in acts if act <= minute]
    after = [act for act in acts if act > minute]
    if not before:
        return False
    return minute - before[-1] < 10 or (bool(after) and after[0] - before[-1] <= 30)


@given(ACTS)
def test_changes_alternate(minutes: list[int]) -> None:
    told = changes({"a": _of(minutes)})
    assert [one.to for one in told] == ["ready", "offline"] * (len(told) // 2)
    assert told[-1].at == START + timedelta(minutes=minutes[-1]) + STAYS


def test_who_leaves_is_gone_before_who_comes() -> None:
    told = changes({"a": _of([0]), "b": _of([10])})
    assert [(one.agent, one.to) for one in told if one.at == START + timedelta(minutes=10)] == [
        ("a", "offline"),
        ("b", "ready"),
    ]
