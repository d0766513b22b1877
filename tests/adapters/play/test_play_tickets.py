"""Tickets: held while they are not resolved, closed by the engine's own rule, and compared with the recorded desk."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.play.files import FileRefused
from domain.dialog.events import Closed, Held, Unheld
from tests.adapters.play.theatre import DESK, DESK_OUTCOMES, Theatre, write

COMPARED = {
    "compared": 3,
    "matched": 1,
    "share": 0.3333,
    "by_cause": {"recorded_job_late": 1, "update_after_engine_had_closed": 1},
    "not_compared": {"closed_by_person": 1, "never_closed": 1},
}


@pytest.mark.requirement("G01", "G06")
def test_the_engine_closes_120_hours_after_the_last_update_while_resolved(stage: Theatre) -> None:
    figures = stage.play([*DESK, DESK_OUTCOMES])
    assert figures["idle_closes"] == COMPARED
    ends = [one for one in stage.log(figures) if isinstance(one.event, Closed)]
    assert [one.recorded_at for one in ends] == [
        datetime(2026, 3, 7, 8, 20, tzinfo=UTC),  # desk-2, resolved at once
        datetime(2026, 3, 7, 9, 5, tzinfo=UTC),  # desk-3
        datetime(2026, 3, 7, 9, 13, tzinfo=UTC),  # desk-5: the recorded close by a person is never sent
        datetime(2026, 3, 14, 12, 0, tzinfo=UTC),  # desk-1: reopening had cancelled the first 120 hours
    ]
    assert {one.event.cause for one in ends if isinstance(one.event, Closed)} == {"idle"}
    assert figures["dialogs"]["still_open"] == 1  # desk-4 was never resolved


def test_the_history_alone_compares_as_the_file_of_outcomes_does(stage: Theatre) -> None:
    assert stage.play(DESK)["idle_closes"] == COMPARED


def test_hold_follows_resolved_and_reopened(stage: Theatre) -> None:
    figures = stage.play(DESK)
    holds = [one for one in stage.log(figures) if isinstance(one.event, Held | Unheld)]
    first = next(one.stream for one in holds)
    mine = [(one.recorded_at.day, one.recorded_at.hour, one.event.kind) for one in holds if one.stream == first]
    assert mine == [(2, 8, "dialog.held"), (3, 10, "dialog.unheld"), (5, 11, "dialog.held"), (9, 12, "dialog.unheld")]


def test_every_later_line_is_a_message_of_the_assignee_at_its_own_time(stage: Theatre) -> None:
    figures = stage.play(DESK)
    said = stage.events(figures, "dialog.message_sent")
    assert {one.event.body for one in said} == {"[updated]"}  # type: ignore[attr-defined]
    assert figures["agent_messages"]["said"] == 12
    assert figures["agent_messages"]["refused"] == {"dialog_closed": 1}  # desk-2's update after the engine had closed
    assert figures["agent_messages"]["holds"]
    assert figures["dialogs"]["transfers"] == 5


def test_another_period_is_another_run_with_another_outcome(stage: Theatre) -> None:
    from adapters.play.options import period

    usual = stage.play(DESK)
    shorter = stage.play(DESK, auto_close=period("24h"))
    assert shorter["tenant"] != usual["tenant"]
    assert shorter["idle_closes"]["matched"] == 0


@pytest.mark.parametrize(
    ("closed_at", "code"),
    [("yesterday", "bad_time"), ("2026-03-14T12:59:00", "bad_time"), ("9999-12-31T23:59:59Z", "time_out_of_range")],
)
def test_a_bad_line_of_outcomes_is_told_with_its_place(
    stage: Theatre, tmp_path: Path, closed_at: str, code: str
) -> None:
    outcomes = write(
        tmp_path / "desk.dialogs.jsonl", [{"dialog": "desk-4"}, {"dialog": "desk-1", "closed_at": closed_at}]
    )
    with pytest.raises(FileRefused, match=r"desk\.dialogs\.jsonl:2: The line's time \(closed_at\)") as refused:
        stage.play([*DESK, outcomes])
    assert refused.value.code == code
