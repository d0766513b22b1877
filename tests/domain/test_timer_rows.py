"""Timers as the store keeps them: one row an open dialog, seldom written, and never later than what is due.

Each of these was found by the simulation.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from adapters.store.derived import NEVER
from domain.desk.answering import TellDialog
from domain.desk.presence import Heartbeat
from domain.dialog import commands as ask
from processors.distribution import Distribute
from tests.examples import ANNA, HOUR, IVAN, OFFICE_HOURS, SUPPORT, accepts, group, hours, is_now, says, shop, takes
from tests.memory.office import StoredOffice
from tests.office import MONDAY
from tests.spec import Story, settled, wait

MINUTE = timedelta(minutes=1)


def an_office(**settings: object) -> Story:
    return Story(StoredOffice()).given(*shop(staff=(ANNA,), settings={"auto_close": HOUR, **settings}))


def row(story: Story) -> object:
    office = story.office
    assert isinstance(office, StoredOffice)
    return office.timer(IVAN)


@pytest.mark.requirement("F05", "F30")
def test_an_offer_ends_in_time_though_the_longest_wait_was_changed_and_changed_back() -> None:
    """The row of the offer is written, whatever was due before it under the settings of that moment."""
    story = an_office().given(is_now(ANNA, "away"), says(IVAN))
    story.when(*group(members=(ANNA,), max_queue_wait=30), is_now(ANNA, "ready"), Distribute(streams=("agent-anna",)))
    assert row(story) == MONDAY + MINUTE
    story.when(*group(members=(ANNA,), max_queue_wait=0)).given(wait(seconds=60))
    story.then_dialog(IVAN, tried=(ANNA,), offers=())


@pytest.mark.requirement("F30")
def test_a_shorter_longest_wait_wakes_those_who_wait_already() -> None:
    story = an_office().given(is_now(ANNA, "away"), says(IVAN), *group(members=(ANNA,), max_queue_wait=60), settled)
    assert row(story) == MONDAY + MINUTE
    story.given(wait(seconds=60)).then_dialog(IVAN, stays_in_queue=True)


@pytest.mark.requirement("H07")
def test_who_waits_over_night_is_offered_when_work_begins() -> None:
    """Also where nothing of his own ever falls due, and somebody has become free in the night."""
    story = Story(StoredOffice()).given(hours())
    story.given(*shop(staff=(ANNA,), settings={"schedule": OFFICE_HOURS, "idle_mode": "waiting_for_customer"}))
    story.given(is_now(ANNA, "away"), says(IVAN), wait(hours=12), is_now(ANNA, "ready"), wait(hours=11))
    assert row(story) == NEVER
    story.then_dialog(IVAN, phase="queued").given(wait(hours=1)).then_dialog(IVAN, phase="offered")
    opening = MONDAY.replace(hour=9) + timedelta(days=1)
    assert [one.recorded_at for one in story.office.log if one.event.kind == "dialog.offers_made"] == [opening]


@pytest.mark.requirement("G02", "G06")
def test_what_is_past_when_a_hold_ends_is_set_to_now() -> None:
    """Where the ticker has looked already, it does not look again."""
    story = an_office().given(says(IVAN), accepts(ANNA))
    dialog = story.office.dialog_id(IVAN)
    story.given(TellDialog(dialog=dialog, command=ask.Hold(until=None)), wait(hours=5))
    story.given(TellDialog(dialog=dialog, command=ask.Unhold()))
    assert row(story) == story.office.now
    story.given(wait(seconds=0)).then_dialog(IVAN, closed_cause="idle")


@pytest.mark.requirement("F31")
def test_a_dialog_given_to_a_lost_agent_waits_for_him_as_it_was_set_when_he_was_lost() -> None:
    story = an_office().given(says(IVAN), is_now(ANNA, "ready"), Heartbeat(agent=ANNA, lease=15), wait(seconds=15))
    story.given(takes(ANNA, by="sofia"), wait(seconds=60))
    taken_at = MONDAY + timedelta(seconds=15)
    assert row(story) == taken_at + timedelta(seconds=300)
    story.given(*group(SUPPORT, members=(ANNA,), agent_lost_grace=20), wait(seconds=60)).then_dialog(
        IVAN, assignee=ANNA
    )
    story.given(wait(seconds=180)).then_dialog(IVAN, assignee=None, tried=(ANNA,))
