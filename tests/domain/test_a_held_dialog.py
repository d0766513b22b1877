"""It is held: until a moment, until the customer writes, or until somebody ends it (G06)."""

from datetime import timedelta

import pytest

from domain.dialog import commands as ask
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    accepts,
    holds,
    replies,
    says,
    shop,
    tells,
)
from tests.spec import fact, given, wait

ANNAS = [*shop(staff=(ANNA, BORIS)), says(IVAN), accepts(ANNA)]
FIRST_REPLY = [*shop(staff=(ANNA, BORIS), first_reply_wait=120), says(IVAN), accepts(ANNA)]


@pytest.mark.requirement("G06")
def test_it_is_held_until_a_moment_and_then_no_more() -> None:
    story = given(*ANNAS)
    until = story.office.now + timedelta(hours=2)
    story.when(holds(hours=2)).then(fact("dialog.held", until=until)).then_dialog(IVAN, held=True)
    story.when(wait(hours=2)).then(fact("dialog.unheld", reason="over")).then_dialog(IVAN, held=False)


def test_the_customers_word_ends_it() -> None:
    given(*ANNAS, holds()).when(says(IVAN)).then(
        "dialog.message_received", fact("dialog.unheld", reason="message")
    ).then_dialog(IVAN, held=False)


def test_the_agents_word_does_not() -> None:
    given(*ANNAS, holds()).when(replies(ANNA)).then("dialog.message_sent").then_dialog(IVAN, held=True)


def test_somebody_ends_it_and_ending_it_twice_changes_nothing() -> None:
    story = given(*ANNAS, holds(hours=1))
    story.when(tells(ask.Unhold()), tells(ask.Unhold())).then(fact("dialog.unheld", reason="manual"))


def test_holding_it_the_same_way_twice_changes_nothing() -> None:
    given(*ANNAS, holds(hours=1)).when(holds(hours=1)).then_nothing()


def test_another_moment_is_another_hold() -> None:
    given(*ANNAS, holds(hours=1)).when(holds(hours=2)).then("dialog.held")


@pytest.mark.parametrize("ahead", [timedelta(hours=-1), timedelta(0), timedelta(days=365, microseconds=1)])
def test_a_hold_ends_ahead_and_within_a_year(ahead: timedelta) -> None:
    wanted = ask.Hold(until=given(*ANNAS).office.now + ahead)
    given(*ANNAS).when(tells(wanted)).then_refused("out_of_range")


def test_the_longest_hold_is_a_year() -> None:
    given(*ANNAS).when(holds(days=365)).then("dialog.held")


@pytest.mark.requirement("G06", "G13")
def test_a_close_at_the_end_of_a_hold_is_not_called_late() -> None:
    """The period had passed long before; what was waited for was the hold's end."""
    story = given(*ANNAS, holds(hours=48), wait(hours=47))
    story.when(wait(hours=2)).then(
        "dialog.unheld", fact("dialog.closed", cause="idle", late_by=0), "agent.slot_released"
    )
