"""Working time: nights, short days, changes of the clock, to the microsecond (§8, H01-H05, H10-H12)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.schedule import CLOSED_WEEK, DatedException
from domain.working_time import Calendar, Interval, is_open, next_change
from tests.examples import WEEKDAYS_9_TO_18, hours
from tests.spec import fact, given

MICROSECOND = timedelta(microseconds=1)
NIGHT, DAY, ALWAYS = Interval(start=1320, end=360), Interval(start=540, end=1080), Interval(start=0, end=1440)
FRIDAY_NIGHT = Calendar("UTC", ((), (), (), (), (NIGHT,), (), ()), {})
BERLIN_NIGHTS = Calendar("Europe/Berlin", ((NIGHT,),) * 7, {})
OFFICE = Calendar("UTC", WEEKDAYS_9_TO_18, {})


def utc(*when: int) -> datetime:
    return datetime(*when, tzinfo=UTC)  # type: ignore[arg-type]


@pytest.mark.requirement("H01")
@pytest.mark.parametrize(
    ("at", "works"),
    [
        (utc(2026, 3, 6, 21, 59, 59), False),
        (utc(2026, 3, 6, 22), True),
        (utc(2026, 3, 7, 5, 59, 59), True),
        (utc(2026, 3, 7, 6), False),
        (utc(2026, 3, 7, 22), False),
    ],
)
def test_a_night_shift_of_friday_ends_on_saturday(at: datetime, works: bool) -> None:
    assert is_open(FRIDAY_NIGHT, at) is works


@pytest.mark.requirement("H02")
def test_a_dated_exception_replaces_the_weekday() -> None:
    short = Calendar(
        "UTC", WEEKDAYS_9_TO_18, {date(2026, 12, 24): (Interval(start=540, end=720),), date(2026, 12, 25): ()}
    )
    assert is_open(short, utc(2026, 12, 24, 11, 59, 59))
    assert not is_open(short, utc(2026, 12, 24, 12))
    assert not is_open(short, utc(2026, 12, 25, 10))


@pytest.mark.requirement("H02")
def test_a_night_that_began_the_day_before_ends_at_its_own_end() -> None:
    holiday = Calendar("UTC", FRIDAY_NIGHT.week, {date(2026, 3, 7): ()})
    assert is_open(holiday, utc(2026, 3, 7, 5, 59, 59))
    assert not is_open(holiday, utc(2026, 3, 7, 6))


@pytest.mark.requirement("H03")
def test_nine_to_six_begins_at_nine_and_is_over_at_six() -> None:
    assert is_open(OFFICE, utc(2026, 3, 2, 9))
    assert not is_open(OFFICE, utc(2026, 3, 2, 9) - MICROSECOND)
    assert is_open(OFFICE, utc(2026, 3, 2, 18) - MICROSECOND)
    assert not is_open(OFFICE, utc(2026, 3, 2, 18))


@pytest.mark.requirement("H04")
def test_a_whole_day_has_no_gap_before_midnight() -> None:
    always = Calendar("UTC", ((ALWAYS,),) * 7, {})
    assert is_open(always, utc(2026, 3, 2, 23, 59, 30))
    assert is_open(always, utc(2026, 3, 3) - MICROSECOND)
    assert next_change(always, utc(2026, 3, 2, 12)) is None


@pytest.mark.requirement("H05")
@pytest.mark.parametrize(("day", "long"), [((2026, 3, 28), 7), ((2026, 10, 24), 9), ((2026, 6, 1), 8)])
def test_a_night_across_a_change_of_the_clock_is_shorter_or_longer(day: tuple[int, int, int], long: int) -> None:
    begin = datetime(*day, 22, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)
    assert is_open(BERLIN_NIGHTS, begin)
    end = next_change(BERLIN_NIGHTS, begin)
    assert end == begin + timedelta(hours=long)
    assert is_open(BERLIN_NIGHTS, end - MICROSECOND)
    assert not is_open(BERLIN_NIGHTS, end)


def test_the_next_opening_is_found_in_whatever_order_the_hours_were_given() -> None:
    split = Calendar("UTC", ((Interval(start=780, end=1080), Interval(start=540, end=720)), *CLOSED_WEEK[1:]), {})
    assert next_change(split, utc(2026, 3, 2, 8)) == utc(2026, 3, 2, 9)
    assert next_change(split, utc(2026, 3, 2, 9)) == utc(2026, 3, 2, 12)
    assert next_change(split, utc(2026, 3, 2, 12)) == utc(2026, 3, 2, 13)
    assert next_change(split, utc(2026, 3, 2, 18)) == utc(2026, 3, 9, 9)


def test_a_calendar_that_never_opens_has_no_next_change() -> None:
    assert next_change(Calendar("UTC", CLOSED_WEEK, {}), utc(2026, 3, 2)) is None


@whatever(
    minutes=st.integers(0, 60 * 24 * 700),
    spans=st.lists(st.tuples(st.integers(0, 1439), st.integers(0, 1440)), max_size=3),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
)
def test_the_next_change_is_a_change_and_the_first_one(minutes: int, spans: list[tuple[int, int]], zone: str) -> None:
    day = tuple(Interval(start=start, end=end) for start, end in spans)
    calendar = Calendar(zone, (day, (), day, (NIGHT,), (), (), day), {})
    at = utc(2026, 1, 1) + timedelta(minutes=minutes)
    change = next_change(calendar, at)
    assert change is not None
    assert is_open(calendar, change) != is_open(calendar, change - MICROSECOND) == is_open(calendar, at)
    quarters = (change - at) // timedelta(minutes=15)
    states = {is_open(calendar, at + timedelta(minutes=15) * n) for n in range(min(quarters, 200))}
    assert states <= {is_open(calendar, at)}


class TestSaving:
    @pytest.mark.requirement("H11")
    @pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../etc/passwd", "europe/berlin\0"])
    def test_an_unknown_zone_is_refused(self, zone: str) -> None:
        given().when(hours(zone=zone)).then_refused("zone_unknown")

    @pytest.mark.requirement("H12")
    @pytest.mark.parametrize(
        "week",
        [
            ((DAY, Interval(start=1079, end=1100)), *CLOSED_WEEK[1:]),
            ((NIGHT,), (Interval(start=300, end=400),), *CLOSED_WEEK[2:]),
            ((Interval(start=300, end=400),), *CLOSED_WEEK[1:6], (NIGHT,)),
            ((Interval(start=540, end=540), Interval(start=600, end=700)), *CLOSED_WEEK[1:]),
        ],
        ids=["within a day", "across midnight", "from Sunday to Monday", "around the clock"],
    )
    def test_overlapping_hours_are_refused(self, week: object) -> None:
        given().when(hours(week=week)).then_refused("overlap")

    @pytest.mark.requirement("H12")
    def test_overlapping_hours_of_one_date_are_refused(self) -> None:
        twice = DatedException(on=date(2026, 12, 24), intervals=(DAY, Interval(start=600, end=660)))
        given().when(hours(exceptions=(twice,))).then_refused("overlap")

    def test_hours_that_touch_do_not_overlap(self) -> None:
        touching = ((DAY, Interval(start=1080, end=1200)), *CLOSED_WEEK[1:])
        given().when(hours(week=touching)).then("schedule.defined")

    def test_a_week_has_seven_days(self) -> None:
        given().when(hours(week=CLOSED_WEEK[:6])).then_refused("bad_value")

    @pytest.mark.requirement("H08")
    def test_a_change_is_a_new_version_that_says_what_changed(self) -> None:
        story = given(hours()).when(hours(zone="Asia/Almaty"))
        story.then(fact("schedule.changed", zone="Asia/Almaty", week=None, exceptions=None))
        assert story.office.heads.head("schedule-office-hours").version == 2

    def test_the_same_again_changes_nothing(self) -> None:
        given(hours()).when(hours()).then_nothing()
