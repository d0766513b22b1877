"""Before a shorter period is saved, it is told how many open dialogs it would close (§7, G07)."""

from datetime import timedelta

import pytest

from domain.errors import Invalid
from domain.preview import Preview, would_close
from tests.examples import DAY, HOUR, IVAN, MARIA, PETR, SHOP, closes, saves, says, shop
from tests.spec import Story, given, later


def preview(story: Story, **changes: object) -> Preview:
    office = story.office
    dialogs = [state for _, state in office.heads.dialogs()]
    return would_close(dialogs, office.state(f"channel-{SHOP}"), changes, office.now)


def waiting() -> Story:
    """Ivan has waited for three hours, Maria for half an hour; Petr's dialog is closed."""
    return given(
        *shop(), says(IVAN), says(PETR), closes(PETR), later(hours=2, minutes=30), says(MARIA), later(minutes=30)
    )


@pytest.mark.requirement("G07")
def test_a_shorter_period_tells_what_is_due_at_once_and_what_closes_by_the_end_of_the_floor() -> None:
    story = waiting()
    floor = story.office.now + timedelta(hours=1)
    told = preview(story, auto_close=HOUR)
    assert told == Preview(open=2, due_now=1, due_at_floor=2, floor_until=floor)
    story.when(saves(auto_close=HOUR)).then_channel(SHOP, floor_until=floor)


def test_what_changes_no_deadline_closes_nothing() -> None:
    assert preview(waiting(), auto_close=DAY, priority=3) == Preview(2, 0, 0, None)


def test_what_could_not_be_saved_is_not_previewed() -> None:
    with pytest.raises(Invalid) as refused:
        preview(waiting(), auto_close={"value": 0, "unit": "hours"}, algorithm="random")
    assert [one.code for one in refused.value.problems] == ["must_be_positive", "managed_in_group"]


def test_where_the_customer_has_spoken_last_a_channel_that_waits_for_him_closes_nothing() -> None:
    assert preview(waiting(), auto_close=HOUR, idle_mode="waiting_for_customer").due_at_floor == 0
