"""Out of hours a bot may take what would wait in the receiver's queue; at opening people get it (§8, H14)."""

from typing import Any

import pytest

from domain.desk.bots import RemoveBot, SetBot
from domain.dialog.events import Target
from tests.examples import (
    ANNA,
    GREETER,
    IVAN,
    OFFICE_HOURS,
    PAGE,
    SENIORS,
    SUPPORT,
    TO_ANNA,
    WEEKDAYS_9_TO_18,
    accepts,
    agents,
    bot_answers,
    channel,
    closes,
    group,
    hours,
    is_now,
    saves,
    says,
    takes,
    transfers,
)
from tests.spec import fact, given, later, wait

HELLO = says(IVAN, to=PAGE, kind="facebook")
NIGHT = later(hours=10)
"""Stories begin on Monday at 9:00, when the office opens; after this it is 19:00."""
TILL_MORNING = {"hours": 14}
EXPERT = Target(kind="bot", id="expert")


def page(*, receiver: Target | None = SUPPORT, **settings: Any) -> list[Any]:
    at_night = {"schedule": OFFICE_HOURS, "out_of_hours__policy": "bot", "out_of_hours__bot": "greeter"}
    return [
        *agents(ANNA),
        *group(members=(ANNA,)),
        *group(SENIORS, members=(ANNA,)),
        hours(),
        SetBot(bot="greeter"),
        *channel(PAGE, kind="facebook", receiver=receiver, **(at_night | {"bot__timeout": 3600} | settings)),
    ]


AT_NIGHT = [*page(), NIGHT, HELLO, bot_answers("We open at nine")]


@pytest.mark.requirement("H14")
def test_at_night_the_bot_gets_it_instead_of_the_group() -> None:
    given(*page(), NIGHT).when(HELLO).then_among_others(
        "dialog.opened", "dialog.message_received", fact("dialog.bot_started", bot="greeter", reason="out_of_hours")
    ).then_dialog(IVAN, phase="bot")


@pytest.mark.requirement("H14")
def test_in_working_time_the_group_gets_it() -> None:
    given(*page()).when(HELLO).then_never("dialog.bot_started").then_dialog(IVAN, phase="queued")


@pytest.mark.requirement("H14", "I01")
def test_at_opening_it_is_handed_off_to_the_channels_receiver() -> None:
    story = given(*AT_NIGHT).when(wait(hours=13, minutes=59, seconds=59)).then_nothing()
    story.when(wait(seconds=1)).then_among_others(
        fact("dialog.bot_handed_off", bot="greeter", reason="opened"),
        fact("dialog.queued", target=SUPPORT, target_from="channel", reason="opened"),
        "dialog.offers_made",
    )


@pytest.mark.requirement("H14", "A26")
def test_at_opening_it_goes_to_whoever_receives_then() -> None:
    story = given(*AT_NIGHT, saves(PAGE, receiver=TO_ANNA)).when(wait(**TILL_MORNING))
    story.then_among_others(fact("dialog.bot_handed_off", reason="opened"), fact("dialog.assigned", agent=ANNA))


@pytest.mark.requirement("H14")
def test_at_opening_it_goes_on_to_a_bot_that_receives_then() -> None:
    story = given(*AT_NIGHT, SetBot(bot="expert"), saves(PAGE, receiver=EXPERT)).when(wait(**TILL_MORNING))
    story.then_among_others(
        fact("dialog.bot_handed_off", bot="greeter", reason="opened"), fact("dialog.bot_started", bot="expert")
    ).then_dialog(IVAN, phase="bot", bot="expert")


@pytest.mark.requirement("H14")
def test_a_schedule_taken_away_opens_the_channel_at_once() -> None:
    given(*AT_NIGHT).when(saves(PAGE, schedule=None), wait(seconds=0)).then_among_others(
        fact("dialog.bot_handed_off", reason="opened")
    )


@pytest.mark.requirement("H14")
def test_a_schedule_that_now_opens_earlier_is_followed() -> None:
    all_day = (*((WEEKDAYS_9_TO_18[0][0].model_copy(update={"end": 1380}),) for _ in range(7)),)
    given(*AT_NIGHT).when(hours(week=all_day), wait(seconds=0)).then_among_others(
        fact("dialog.bot_handed_off", reason="opened")
    )


@pytest.mark.requirement("H14")
def test_whoever_asks_for_people_at_night_waits_in_the_queue() -> None:
    story = given(*page(bot__fallback=SENIORS), NIGHT, HELLO).when(bot_answers(hand_off=True))
    story.then(fact("dialog.bot_handed_off", reason="requested"), fact("dialog.queued", target=SENIORS))
    story.when(HELLO, wait(hours=1)).then_never("dialog.bot_started", "dialog.offers_made")


@pytest.mark.requirement("H14")
def test_a_dialog_that_waits_from_the_day_gets_the_bot_with_its_next_message_and_keeps_its_place() -> None:
    story = given(*page(), is_now(ANNA, "away"), HELLO)
    since = story.office.dialog(IVAN).queued_at
    story.given(NIGHT).when(HELLO).then("dialog.message_received", "dialog.bot_started")
    story.given(bot_answers("At nine")).when(wait(**TILL_MORNING)).then_among_others(
        fact("dialog.queued", target=SUPPORT, queued_at=since)
    )


@pytest.mark.requirement("H14")
@pytest.mark.parametrize(
    "before",
    [
        [HELLO, takes(ANNA)],
        [HELLO, accepts(ANNA)],
        [HELLO, takes(ANNA), transfers(ANNA, SENIORS), is_now(ANNA, "away")],
    ],
    ids=["taken", "accepted", "transferred"],
)
def test_what_people_have_or_were_given_stays_with_them(before: list[Any]) -> None:
    given(*page(), *before, NIGHT).when(HELLO).then_never("dialog.bot_started")


@pytest.mark.requirement("H13", "H14")
def test_an_offer_that_is_pending_stays_pending() -> None:
    story = given(*page(), later(hours=8, minutes=59, seconds=30), HELLO).then_dialog(IVAN, phase="offered")
    story.given(later(seconds=31)).when(HELLO).then("dialog.message_received").then_dialog(IVAN, phase="offered")


@pytest.mark.requirement("H07", "H14")
def test_a_named_agent_is_not_stopped_by_the_hour() -> None:
    given(*page(receiver=TO_ANNA), NIGHT).when(HELLO).then_never("dialog.bot_started").then_dialog(
        IVAN, phase="assigned"
    )


@pytest.mark.requirement("H07", "H14")
def test_a_bot_that_receives_by_day_receives_by_night_and_keeps_it() -> None:
    everyday = [SetBot(bot="expert"), *page(receiver=EXPERT), NIGHT, HELLO]
    story = given(*everyday, bot_answers("Hi", bot="expert")).then_dialog(IVAN, bot="expert")
    story.when(wait(**TILL_MORNING)).then_nothing()


@pytest.mark.requirement("H14")
def test_a_reopened_dialog_gets_it_too() -> None:
    given(*page(reopen_window=24), HELLO, takes(ANNA), closes(), NIGHT).when(HELLO).then_among_others(
        "dialog.reopened", fact("dialog.bot_started", reason="out_of_hours")
    )


@pytest.mark.requirement("H14")
def test_where_no_bot_is_named_it_waits_silently() -> None:
    given(*page(out_of_hours__bot=None), NIGHT).when(HELLO).then_never("dialog.bot_started").then_dialog(
        IVAN, phase="queued"
    )


@pytest.mark.requirement("H14")
@pytest.mark.parametrize("setting", [{"out_of_hours__policy": "bot"}, {"out_of_hours__bot": GREETER.id}])
def test_where_the_kind_allows_no_bot_it_is_refused(setting: dict[str, Any]) -> None:
    story = given(*agents(ANNA), SetBot(bot="greeter"), *channel(receiver=TO_ANNA))
    story.when(saves(**setting)).then_refused("receiver_kind_not_allowed")


@pytest.mark.requirement("H14")
def test_a_bot_that_does_not_exist_cannot_be_named() -> None:
    given(*page()).when(saves(PAGE, out_of_hours__bot="nobody")).then_refused("receiver_unknown")
    given(*page()).when(RemoveBot(bot="greeter")).then_refused("in_use")
