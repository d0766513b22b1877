"""Delivery's rules, pure: which message is next, and what follows from a provider's answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels.errors import SEND_ERRORS
from domain.dialog.events import Author, AutoReplySent, ClosingMessageSent, MessageSent, NoteAdded
from domain.recorded import Meta, Recorded
from processors.delivery import (
    FIRST_PAUSE,
    GIVE_UP_AFTER,
    HEARS,
    LONGEST_PAUSE,
    OPEN,
    Outgoing,
    Verdict,
    marks,
    next_up,
    outgoing,
    pause,
    too_late,
    verdict,
)

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
LATER, EARLIER = NOON + timedelta(seconds=1), NOON - timedelta(seconds=1)
ANNA = Author(kind="agent", id="anna")


def recorded(event: Any, position: int = 7) -> Recorded:
    return Recorded(position, "acme", "dialog-d1", 3, "e1", NOON, Meta(), event)


SENT = MessageSent(message="m1", client_key="c", author=ANNA, subject_key_id="k", body="Yes")
CLOSING = ClosingMessageSent(message="m2", subject_key_id="k", body="Bye")
AUTO = AutoReplySent(message="m3", period_start=NOON, schedule_version=1)


@pytest.mark.parametrize("event", [SENT, CLOSING, AUTO])
def test_what_we_say_is_heard_and_becomes_a_letter(event: Any) -> None:
    assert event.kind in HEARS
    assert outgoing(recorded(event)) == Outgoing("d1", event.message, 7)
    assert marks(recorded(event)) == ["dialog-d1"]


def test_a_note_never_leaves_the_house() -> None:
    note = NoteAdded(note="n1", subject_key_id="k", body="He is angry")
    assert note.kind not in HEARS and outgoing(recorded(note)) is None


def waiting(position: int, **facts: Any) -> Outgoing:
    return Outgoing("d1", f"m{position}", position, **facts)


def test_nothing_is_next_where_nothing_waits() -> None:
    assert next_up([], NOON) is None
    assert next_up([waiting(1, state="sent"), waiting(2, state="failed"), waiting(3, state="unknown")], NOON) is None


def test_the_first_of_the_log_is_next_whatever_the_order_of_the_rows() -> None:
    assert next_up([waiting(3), waiting(1, state="sent"), waiting(2)], NOON) == waiting(2)


@pytest.mark.parametrize("first", [waiting(1, state="calling"), waiting(1, next_at=LATER)])
def test_nothing_overtakes_the_first_unfinished_message(first: Outgoing) -> None:
    assert next_up([first, waiting(2)], NOON) is None


def test_after_a_failure_the_next_one_goes_on() -> None:
    assert next_up([waiting(1, state="failed"), waiting(2, next_at=EARLIER)], NOON) == waiting(2, next_at=EARLIER)


states = st.sampled_from(["waiting", "calling", "sent", "failed", "unknown"])
rows = st.lists(st.tuples(states, st.sampled_from([None, EARLIER, NOON, LATER])), max_size=8).map(
    lambda drawn: [waiting(place, state=state, next_at=at) for place, (state, at) in enumerate(drawn)]
)


@given(rows)
def test_what_is_next_is_waiting_due_and_behind_finished_ones_only(messages: list[Outgoing]) -> None:
    chosen = next_up(messages, NOON)
    if chosen is None:
        first = next((one for one in messages if one.state in OPEN), None)
        assert first is None or first.state == "calling" or first.next_at == LATER
        return
    assert chosen.state == "waiting" and chosen.next_at != LATER
    assert all(one.state not in OPEN for one in messages if one.position < chosen.position)


def judged(
    outcome: str, code: str = "", *, attempts: int = 1, since: datetime = NOON, wait: float | None = None
) -> Verdict:
    return verdict(outcome, code, wait, attempts=attempts, waiting_since=since, now=NOON)


@pytest.mark.parametrize("outcome", ["sent", "accepted"])
def test_what_the_provider_took_is_sent(outcome: str) -> None:
    assert judged(outcome) == Verdict("sent")


def test_a_lost_answer_is_unknown_and_not_tried_again() -> None:
    assert judged("unknown", "answer_lost") == Verdict("unknown", "answer_lost")


@pytest.mark.parametrize("outcome", ["permanent_failure", "bad_credentials", "chat_migrated", "operator_action"])
def test_a_refusal_fails_with_its_code(outcome: str) -> None:
    assert judged(outcome, "blocked_by_user") == Verdict("failed", "blocked_by_user")


def test_what_was_not_taken_waits_as_long_as_the_provider_says() -> None:
    assert judged("retry", "rate_limited", wait=35) == Verdict("waiting", "rate_limited", NOON + timedelta(seconds=35))


def test_what_was_not_taken_for_a_day_fails() -> None:
    assert judged("retry", "provider_unavailable", since=NOON - GIVE_UP_AFTER) == Verdict(
        "failed", "provider_unavailable"
    )


def test_an_answer_of_yesterday_comes_too_late() -> None:
    assert too_late(NOON - GIVE_UP_AFTER, NOON)
    assert not too_late(NOON - GIVE_UP_AFTER + timedelta(seconds=1), NOON)


@given(st.integers(0, 10_000), st.none() | st.floats(-10, 1e12))
def test_a_pause_is_never_negative_nor_endless(attempts: int, retry_after: float | None) -> None:
    assert timedelta(0) <= pause(attempts, retry_after) <= GIVE_UP_AFTER


def test_pauses_double_from_a_second_to_five_minutes() -> None:
    pauses = [pause(attempt, None) for attempt in range(1, 12)]
    assert pauses[:4] == [FIRST_PAUSE, 2 * FIRST_PAUSE, 4 * FIRST_PAUSE, 8 * FIRST_PAUSE]
    assert pauses[-1] == LONGEST_PAUSE


@pytest.mark.parametrize("error", SEND_ERRORS.values(), ids=list(SEND_ERRORS))
def test_only_what_the_table_calls_retryable_waits_again(error: Any) -> None:
    outcome = "retry" if error.retryable else "permanent_failure"
    assert (judged(outcome, error.code).state == "waiting") is error.retryable
