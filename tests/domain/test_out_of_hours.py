"""Out of hours: the one automatic reply of a night, and the one timer of a schedule (§8, H02, H06-H08, H10, H12)."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given as any_of
from hypothesis import settings as limits
from hypothesis import strategies as some

from domain.desk.hours import closed_since
from domain.dialog.commands import SetPriority
from domain.errors import Invalid
from domain.recorded import Stamp
from domain.schedule import Changed, Defined, Schedule, evolve
from domain.working_time import Calendar, Interval, is_open, last_closing, next_change
from tests.examples import (
    ANNA,
    HOUR,
    IVAN,
    MARIA,
    SHOP,
    WEEKDAYS_9_TO_18,
    DatedException,
    accepts,
    agents,
    channel,
    closes,
    group,
    hours,
    replies,
    saves,
    says,
    tells,
)
from tests.office import MONDAY, Office
from tests.spec import Story, fact, given, later, settled, wait

TEXT = "We open at nine."
ANSWERS = {"schedule": "office-hours", "out_of_hours.policy": "queue_and_reply", "out_of_hours.text": TEXT}
OPEN = [*agents(ANNA), *group(members=(ANNA,)), hours(), *channel(**ANSWERS)]
CLOSED = MONDAY.replace(hour=18)
REPLY = "dialog.auto_reply_sent"


def until(moment: datetime) -> object:
    """The engine runs on until then."""
    return lambda office: office.run_for(moment - office.now)


def evening(office: Office) -> None:
    office.run_for(CLOSED - office.now)


def replies_of(story: Story) -> list[object]:
    return [one.event for one in story.caused if one.event.kind == REPLY]


class TestTheReplyOfTheNight:
    @pytest.mark.requirement("H06")
    def test_three_messages_in_one_night_get_one_and_those_of_the_next_night_one_more(self) -> None:
        story = given(*OPEN, evening).when(says(IVAN), settled, wait(hours=2), says(IVAN), wait(hours=9), says(IVAN))
        assert [one.period_start for one in replies_of(story)] == [CLOSED]
        story.given(until(CLOSED + timedelta(days=1, hours=1)))
        story.when(says(IVAN), says(IVAN))
        assert [one.period_start for one in replies_of(story)] == [CLOSED + timedelta(days=1)]

    @pytest.mark.requirement("H06")
    def test_it_follows_the_message_that_opens_a_dialog_and_says_what_was_configured(self) -> None:
        story = given(*OPEN, evening).when(says(IVAN))
        version = story.office.heads.head("schedule-office-hours").version
        story.then_among_others(
            "dialog.opened",
            "dialog.message_received",
            "dialog.queued",
            fact(REPLY, body=TEXT, period_start=CLOSED, schedule_version=version),
        )

    @pytest.mark.requirement("H06")
    def test_another_dialog_of_the_same_night_gets_its_own(self) -> None:
        story = given(*OPEN, evening, says(IVAN), closes()).when(says(IVAN), says(MARIA))
        assert len(replies_of(story)) == 2

    @pytest.mark.requirement("H06")
    @pytest.mark.parametrize(
        "step",
        [replies(ANNA), tells(SetPriority(priority=2)), saves(out_of_hours__text="Later.")],
        ids=["reply", "priority", "save"],
    )
    def test_only_a_customers_message_is_answered(self, step: object) -> None:
        given(*OPEN, says(IVAN), accepts(ANNA), evening).when(step, settled).then_never(REPLY)

    @pytest.mark.requirement("H06")
    def test_while_open_or_without_the_policy_nothing_is_said(self) -> None:
        given(*OPEN).when(says(IVAN)).then_never(REPLY)
        given(*OPEN, saves(out_of_hours__policy="queue_silently"), evening).when(says(IVAN)).then_never(REPLY)

    @pytest.mark.requirement("H06", "H10")
    def test_without_a_schedule_it_is_never_closed(self) -> None:
        given(*OPEN, saves(schedule=None), evening).when(says(IVAN)).then_never(REPLY)

    @pytest.mark.requirement("H06", "G03", "I03")
    def test_it_is_no_activity_and_no_first_reply(self) -> None:
        story = given(*OPEN, saves(auto_close=HOUR), evening, says(IVAN))
        story.then_dialog(IVAN, last_activity_by="customer", awaiting="agent", replied=False, last_activity_at=CLOSED)
        story.when(wait(hours=1)).then(fact("dialog.closed", cause="idle", outcome="never_assigned"))

    @pytest.mark.requirement("H06")
    def test_the_text_that_was_said_stays_when_the_setting_changes(self) -> None:
        story = given(*OPEN, evening, says(IVAN), saves(out_of_hours__text="Back at ten."))
        assert story.office.events(REPLY)[0].body == TEXT
        story.given(until(CLOSED + timedelta(days=1))).when(says(IVAN))
        assert replies_of(story)[0].body == "Back at ten."

    @pytest.mark.requirement("H06", "H08")
    @pytest.mark.parametrize("closing", [17, 19, 20], ids=["earlier", "later", "later still"])
    def test_hours_that_are_changed_in_the_night_do_not_make_two_nights_of_one(self, closing: int) -> None:
        week = (*((Interval(start=540, end=closing * 60),) for _ in range(5)), (), ())
        story = given(*OPEN, evening, says(IVAN), until(CLOSED + timedelta(hours=3)), hours(week=week))
        story.when(says(IVAN)).then_never(REPLY)
        story.when(until(CLOSED + timedelta(days=1, hours=3)), says(IVAN)).then_among_others(
            fact(REPLY, period_start=MONDAY.replace(hour=closing) + timedelta(days=1))
        )

    @pytest.mark.requirement("H06", "H08")
    def test_hours_that_close_by_being_changed_begin_a_new_closed_period(self) -> None:
        nights = tuple((Interval(start=1320, end=360),) for _ in range(7))
        story = given(*OPEN, later(hours=1), hours(week=nights))
        story.when(says(IVAN), later(hours=1), says(IVAN))
        assert [one.period_start for one in replies_of(story)] == [MONDAY + timedelta(hours=1)]

    @pytest.mark.requirement("H06")
    def test_another_schedule_in_the_night_goes_on_with_the_same_night(self) -> None:
        other = hours(week=(*((Interval(start=540, end=1170),) for _ in range(5)), (), ()))
        long = type(other)(schedule="long-hours", name="Long", zone="UTC", week=other.week)
        story = given(
            *OPEN, long, evening, says(IVAN), until(CLOSED + timedelta(hours=2)), saves(schedule="long-hours")
        )
        story.when(says(IVAN)).then_never(REPLY)

    @pytest.mark.requirement("H06")
    def test_a_channel_that_was_always_open_is_closed_from_the_moment_it_gets_hours(self) -> None:
        story = given(*OPEN, saves(schedule=None), evening, saves(schedule="office-hours"))
        story.when(later(hours=1), says(IVAN)).then_among_others(fact(REPLY, period_start=CLOSED))

    @pytest.mark.requirement("H06")
    def test_hours_that_never_open_have_one_night_since_they_were_defined(self) -> None:
        story = given(*agents(ANNA), *group(members=(ANNA,)), hours(week=((),) * 7), *channel(**ANSWERS))
        story.when(says(IVAN), later(hours=20), says(IVAN), later(hours=3), says(IVAN))
        assert [one.period_start for one in replies_of(story)] == [MONDAY]


weeks = some.lists(
    some.tuples(some.integers(0, 23), some.integers(0, 24)).map(
        lambda pair: (Interval(start=pair[0] * 60, end=pair[1] * 60),) if pair[0] != pair[1] else ()
    ),
    min_size=7,
    max_size=7,
).map(tuple)
SPRING = datetime(2026, 3, 20, tzinfo=UTC)
moments = some.integers(0, 21 * 86_400).map(lambda seconds: SPRING + timedelta(seconds=seconds))


@pytest.mark.requirement("H05", "H06")
@any_of(weeks, moments, some.sampled_from(["UTC", "Europe/Berlin", "America/New_York"]))
@limits(max_examples=150, deadline=None)
def test_the_last_closing_is_an_end_after_which_it_was_not_open(week: object, at: datetime, zone: str) -> None:
    calendar = Calendar(zone, week, {})
    if is_open(calendar, at):
        return
    start = last_closing(calendar, at)
    if start is None:
        assert not any(week)
        return
    assert not is_open(calendar, start)
    assert is_open(calendar, start - timedelta(microseconds=1))
    change = next_change(calendar, start)
    assert change is None or change > at


@pytest.mark.requirement("H06", "H08")
@any_of(some.lists(weeks, min_size=2, max_size=4), moments)
@limits(max_examples=60, deadline=None)
def test_closed_since_is_the_moment_since_which_no_version_in_force_was_open(
    versions: list[object], at: datetime
) -> None:
    """Compared with an hourly walk through the versions as they were in force."""
    schedule, began = Schedule(), at
    in_force: list[tuple[datetime, Calendar]] = []
    for number, week in enumerate(versions):
        event = Defined(zone="UTC", week=week) if number == 0 else Changed(week=week)
        schedule = evolve(schedule, event, Stamp(began, number + 1))
        in_force.append((began, schedule.calendar))
        began += timedelta(hours=7)
    now = began + timedelta(hours=5)
    since = schedule.closed_since(now)
    minutes = int((now - at).total_seconds() // 60)
    walk = [at + timedelta(minutes=minute) for minute in range(minutes)] + [now]
    opened = [one for one in walk if is_open([hours for start, hours in in_force if start <= one][-1], one)]
    if since is None:
        assert is_open(schedule.calendar, now)
    else:
        assert not [one for one in opened if one >= since]
        assert since <= at or not opened or opened[-1] >= since - timedelta(minutes=1)


class TestOneTimerOfASchedule:
    @pytest.mark.requirement("H07")
    def test_no_dialog_has_a_timer_for_the_opening(self) -> None:
        story = given(*OPEN, evening, says(IVAN), says(MARIA), wait(hours=1))
        nine = MONDAY + timedelta(days=1)
        assert nine not in [moment for _, moment in story.office.timers()]
        assert story.office.heads.alarms == {"schedule-office-hours": nine}

    @pytest.mark.requirement("H07", "H08")
    def test_it_follows_a_change_of_the_hours(self) -> None:
        story = given(*OPEN, evening, says(IVAN))
        from_seven = tuple((Interval(start=420, end=1080),) for _ in range(7))
        story.given(hours(week=from_seven))
        assert story.office.heads.alarms == {"schedule-office-hours": MONDAY.replace(hour=7) + timedelta(days=1)}
        story.when(wait(hours=13)).then_among_others("dialog.offers_made")

    @pytest.mark.requirement("H07")
    def test_after_a_standstill_across_the_opening_everybody_is_dispatched(self) -> None:
        story = given(*OPEN, evening, says(IVAN), says(MARIA), later(hours=16))
        story.when(wait(seconds=0))
        assert story.kinds().count("dialog.offers_made") == 2

    @pytest.mark.requirement("H02")
    def test_a_holiday_is_slept_through(self) -> None:
        tuesday = (MONDAY + timedelta(days=1)).date()
        week = {"value": 7, "unit": "days"}
        story = given(
            *OPEN, hours(exceptions=(DatedException(on=tuesday),)), saves(auto_close=week), evening, says(IVAN)
        )
        story.when(wait(hours=38, minutes=59)).then_never("dialog.offers_made")
        story.when(wait(minutes=1)).then_among_others("dialog.offers_made")


@pytest.mark.requirement("H12")
def test_one_date_has_one_exception() -> None:
    short, none = DatedException(on=date(2026, 5, 1), intervals=(Interval(start=540, end=600),)), date(2026, 5, 1)
    with pytest.raises(Invalid) as refused:
        given(hours(exceptions=(short, DatedException(on=none))))
    assert refused.value.code == "overlap"


@pytest.mark.requirement("H10")
def test_a_channel_without_hours_is_not_closed() -> None:
    office = given(*OPEN, saves(schedule=None), evening).office
    world = office.world()
    assert closed_since(world, world.channel(SHOP)) is None
    assert WEEKDAYS_9_TO_18[5:] == ((), ())
