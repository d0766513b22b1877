"""What a call tells a bot: every message of its turn once, in order, whatever fails between (I02, E12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.dialog.events import Author, MessageReceived, MessageSent
from domain.recorded import Meta, Recorded
from processors.bots import MOST_AT_ONCE, ONE_CALL, TRIES, Told, again_at, time_for_call, to_tell

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)


def hears(position: int) -> Recorded:
    event = MessageReceived(
        message=str(position), external_key="k", subject_key_id="s", provider_id="p", body=str(position)
    )
    return _recorded(position, event)


def sends(position: int, kind: Any = "agent") -> Recorded:
    author = Author(kind=kind, id="anna")
    return _recorded(position, MessageSent(message="m", client_key="c", author=author, subject_key_id="s", body="Hi"))


def _recorded(position: int, event: Any) -> Recorded:
    return Recorded(position, "acme", "dialog-1", position, str(position), NOW, Meta(), event)


def tell(events: list[Recorded], started: int = 1, told: int = 0, asking: int = 0) -> Told | None:
    behind = [one for one in events if one.position > told]
    return to_tell(behind, started=started, told=told, asking=asking)


def places(told: Told | None) -> list[int]:
    return [one.position for one in told.messages] if told else []


def test_at_the_begin_it_is_told_what_nobody_has_answered() -> None:
    told = tell([hears(1), sends(2), hears(3), hears(4)], started=5)
    assert places(told) == [3, 4]
    assert told is not None and told.upto == 5, "the begin of its turn stands for what was said before it"


def test_if_everything_was_answered_there_is_nothing_to_tell() -> None:
    assert tell([hears(1), sends(2)], started=3) is None


def test_its_own_words_take_nothing_back() -> None:
    assert places(tell([hears(5), sends(6, "bot"), hears(7)], started=4, told=4)) == [5, 7]


def test_what_it_was_told_is_not_told_again() -> None:
    assert places(tell([hears(5), hears(7)], started=4, told=5)) == [7]


@pytest.mark.requirement("I02")
def test_a_call_that_failed_is_repeated_with_the_same_messages() -> None:
    told = tell([hears(5), hears(6), hears(9)], started=4, told=4, asking=6)
    assert places(told) == [5, 6] and told is not None and told.upto == 6


@pytest.mark.requirement("E12")
def test_a_flood_comes_in_pages() -> None:
    events = [hears(position) for position in range(10, 10 + MOST_AT_ONCE + 5)]
    first = tell(events, started=200)
    assert first is not None and len(first.messages) == MOST_AT_ONCE and first.upto == 10 + MOST_AT_ONCE - 1
    rest = tell(events, started=200, told=first.upto)
    assert rest is not None and len(rest.messages) == 5 and rest.upto == 200


LINES = st.lists(st.sampled_from(["customer", "bot"]), max_size=120)


@pytest.mark.requirement("I02", "E12")
@given(LINES, st.lists(st.booleans(), max_size=20))
def test_every_message_is_told_once_and_in_order(lines: list[str], successes: list[bool]) -> None:
    """Calls that fail are repeated; whatever is told was told by exactly one call that succeeded."""
    events = [hears(n) if who == "customer" else sends(n, "bot") for n, who in enumerate(lines, 2)]
    heard: list[int] = []
    told = asking = 0
    for success in [*successes, *[True] * len(lines)]:
        wanted = tell(events, started=1, told=told, asking=asking)
        if wanted is None:
            break
        assert wanted.upto > told
        asking = wanted.upto
        if success:
            heard += places(wanted)
            told = wanted.upto
    assert heard == [n for n, who in enumerate(lines, 2) if who == "customer"]


@pytest.mark.requirement("I02")
def test_it_is_tried_three_times() -> None:
    assert [again_at(attempt, NOW) is not None for attempt in range(1, 5)] == [True, True, False, False]
    assert TRIES == 3


@pytest.mark.requirement("I02")
def test_three_tries_of_full_length_fit_into_the_usual_time_limit() -> None:
    pauses = sum(((again_at(attempt, NOW) or NOW) - NOW for attempt in range(1, TRIES)), timedelta(0))
    assert TRIES * ONE_CALL + pauses < timedelta(seconds=60)


@pytest.mark.requirement("I02")
@pytest.mark.parametrize(("left", "seconds"), [(None, 10), (60, 10), (10, 10), (4, 4), (0, 0), (-5, -5)])
def test_a_call_never_lasts_beyond_the_time_limit(left: int | None, seconds: int) -> None:
    due = None if left is None else NOW + timedelta(seconds=left)
    assert time_for_call(due, NOW) == timedelta(seconds=seconds)
