"""A bot answers it, until it asks for people, fails, is too slow, or somebody takes over."""

from typing import Any

import pytest

from domain.desk.bots import SetBot
from domain.dialog.events import Target
from tests.examples import (
    ANNA,
    GREETER,
    IVAN,
    PAGE,
    SOFIA,
    SUPPORT,
    TO_ANNA,
    agents,
    bot_answers,
    bot_fails,
    channel,
    closes,
    disconnects,
    group,
    holds,
    replies,
    saves,
    says,
    takes,
    transfers,
)
from tests.spec import Story, fact, given, later, settled, wait

FALLBACK = {"bot__fallback": SUPPORT, "bot__timeout": 60, "bot__keywords": ["operator", "живой человек"]}
HELLO = says(IVAN, to=PAGE, kind="facebook")


def page(**settings: Any) -> list[Any]:
    """A Facebook page whose dialogs begin with the bot, and Anna behind it."""
    return [
        *agents(ANNA),
        *group(members=(ANNA,)),
        *channel(PAGE, kind="facebook", receiver=GREETER, **(FALLBACK | settings)),
    ]


WITH_BOT = [*page(), HELLO]


def ivan_says(text: str) -> Any:
    return says(IVAN, text, to=PAGE, kind="facebook")


# -- who has it -----------------------------------------------------------------------------------------------------


@pytest.mark.requirement("I03")
def test_its_words_are_never_the_first_human_reply() -> None:
    story = given(*WITH_BOT).when(replies("greeter", bot=True)).then(fact("dialog.message_sent", first_reply=False))
    story.when(takes(ANNA), replies(ANNA)).then_among_others(fact("dialog.message_sent", first_reply=True))


@pytest.mark.requirement("I03", "G03", "I07")
def test_its_words_are_activity() -> None:
    story = given(*WITH_BOT, later(seconds=30), bot_answers("Hi")).then_dialog(IVAN, last_activity_by="bot")
    story.when(wait(hours=23, minutes=59, seconds=59)).then_dialog(IVAN, phase="bot")
    story.when(wait(seconds=1)).then(fact("dialog.closed", cause="idle", last_activity_by="bot", late_by=0.0))


@pytest.mark.requirement("I01", "I08", "F21")
def test_a_human_takes_it() -> None:
    given(*WITH_BOT).when(takes(ANNA)).then(
        fact("dialog.bot_handed_off", bot="greeter", reason="manual"),
        "agent.slot_occupied",
        fact("dialog.assigned", agent=ANNA, reason="manual"),
    ).then_dialog(IVAN, phase="assigned", bot=None, unanswered=())


@pytest.mark.requirement("I05")
@pytest.mark.parametrize("late", [replies("greeter", bot=True), bot_answers("Hi"), bot_answers(hand_off=True)])
def test_its_late_message_after_that_is_refused(late: Any) -> None:
    given(*WITH_BOT, takes(ANNA)).when(late).then_refused("not_bot_turn")


@pytest.mark.requirement("I05")
def test_another_bot_may_not_speak_in_it() -> None:
    given(*WITH_BOT).when(replies("stranger", bot=True)).then_refused("not_bot_turn")
    given(*WITH_BOT).when(bot_answers("Hi", bot="stranger")).then_refused("not_bot_turn")


@pytest.mark.requirement("I05")
def test_nothing_is_said_after_the_close() -> None:
    given(*WITH_BOT, closes()).when(bot_answers("Hi")).then_refused("dialog_closed")


@pytest.mark.requirement("I01", "F22")
@pytest.mark.parametrize("to", [TO_ANNA, SUPPORT], ids=["agent", "group"])
def test_a_supervisor_transfers_it_to_people(to: Target) -> None:
    story = given(*WITH_BOT).when(transfers(SOFIA, to, supervises=True))
    story.then_among_others(
        fact("dialog.bot_handed_off", reason="transferred"),
        fact("dialog.transferred", source=GREETER, to=to),
        "dialog.assigned" if to is TO_ANNA else "dialog.queued",
    )


@pytest.mark.requirement("F22")
def test_a_supervisor_transfers_it_to_another_bot() -> None:
    other = Target(kind="bot", id="expert")
    given(*WITH_BOT, SetBot(bot="expert")).when(transfers(SOFIA, other, supervises=True)).then(
        fact("dialog.bot_handed_off", bot="greeter", reason="transferred"),
        "dialog.transferred",
        fact("dialog.bot_started", bot="expert", reason="transferred"),
    )


def test_it_cannot_be_transferred_to_a_bot_that_does_not_exist() -> None:
    nobody = Target(kind="bot", id="nobody")
    given(*WITH_BOT).when(transfers(SOFIA, nobody, supervises=True)).then_refused("bot_unknown")


@pytest.mark.requirement("I08", "A26")
def test_a_change_of_the_receiver_leaves_it_alone() -> None:
    given(*WITH_BOT, bot_answers("Hi")).when(saves(PAGE, receiver=SUPPORT), settled).then(
        "channel.settings_changed"
    ).then_dialog(IVAN, phase="bot")


@pytest.mark.requirement("G06", "I07")
def test_it_is_closed_for_idleness_like_any_other() -> None:
    given(*WITH_BOT, bot_answers("Hi")).when(wait(days=1)).then(
        fact("dialog.closed", cause="idle", last_activity_by="bot", outcome="answered")
    )


@pytest.mark.requirement("F03")
def test_when_it_is_reopened_it_goes_to_the_bot_again() -> None:
    given(*page(reopen_window=1), HELLO, closes()).when(HELLO).then_among_others(
        "dialog.reopened", "dialog.message_received", fact("dialog.bot_started", bot="greeter", reason="reopened")
    )


# -- what the bot answers -------------------------------------------------------------------------------------------


@pytest.mark.requirement("I01")
def test_it_says_what_it_has_to_say_and_asks_for_people() -> None:
    given(*WITH_BOT).when(bot_answers("One moment", "A person comes", hand_off=True)).then(
        fact("dialog.message_sent", body="One moment"),
        fact("dialog.message_sent", body="A person comes"),
        fact("dialog.bot_handed_off", bot="greeter", reason="requested"),
        fact("dialog.queued", target=SUPPORT, target_from="hand_off"),
    )


@pytest.mark.requirement("I01")
def test_people_get_it_by_their_groups_rule() -> None:
    given(*WITH_BOT, bot_answers(hand_off=True)).then_dialog(IVAN, phase="offered")


@pytest.mark.requirement("I04")
def test_without_a_fallback_it_is_unrouted_and_somebody_is_alerted() -> None:
    given(*page(bot__fallback=None), HELLO).when(bot_answers(hand_off=True)).then(
        fact("dialog.bot_handed_off", reason="requested"),
        fact("dialog.queued", target=None),
        fact("alert.alert_raised", alert="unrouted"),
    )


@pytest.mark.requirement("I04")
def test_an_agent_may_be_the_fallback() -> None:
    given(*page(bot__fallback=TO_ANNA), HELLO).when(bot_answers(hand_off=True)).then_among_others(
        "dialog.bot_handed_off", fact("dialog.routing_decided", algorithm="direct"), fact("dialog.assigned", agent=ANNA)
    )


@pytest.mark.requirement("I06")
def test_without_leave_to_close_its_whole_answer_is_refused() -> None:
    given(*WITH_BOT).when(bot_answers("Bye", close=True)).then_refused("not_allowed").then_dialog(IVAN, phase="bot")


@pytest.mark.requirement("I06")
def test_with_leave_it_closes() -> None:
    given(*page(bot_may_close=True), HELLO).when(bot_answers("Bye", close=True)).then(
        fact("dialog.message_sent", body="Bye"), fact("dialog.closed", cause="bot", outcome="answered")
    )


@pytest.mark.requirement("I06", "I05")
def test_it_may_not_close_what_people_have() -> None:
    story = given(*page(bot_may_close=True), HELLO, takes(ANNA))
    story.when(closes(cause="bot")).then_refused("not_bot_turn")


@pytest.mark.requirement("I06")
def test_its_close_needs_the_tag_that_the_channel_requires() -> None:
    given(*page(bot_may_close=True, required_tag=True), HELLO).when(bot_answers(close=True)).then_refused(
        "tag_required"
    )


@pytest.mark.requirement("A30")
def test_it_cannot_speak_through_a_channel_that_is_off() -> None:
    given(*WITH_BOT, disconnects(PAGE)).when(bot_answers("Hi")).then_refused("channel_disconnected")


# -- the customer asks for people -----------------------------------------------------------------------------------


@pytest.mark.requirement("I01")
@pytest.mark.parametrize("text", ["Operator!", "an OPERATOR please", "дайте Живой  Человек, прошу"])
def test_a_keyword_hands_it_off(text: str) -> None:
    given(*WITH_BOT, bot_answers("Hi")).when(ivan_says(text)).then(
        "dialog.message_received",
        fact("dialog.bot_handed_off", bot="greeter", reason="keyword"),
        fact("dialog.queued", target=SUPPORT),
    )


@pytest.mark.requirement("I01")
def test_a_keyword_in_the_first_message_hands_it_off_at_once() -> None:
    given(*page()).when(ivan_says("operator")).then_among_others(
        "dialog.opened",
        "dialog.message_received",
        "dialog.bot_started",
        fact("dialog.bot_handed_off", reason="keyword"),
        "dialog.queued",
    )


@pytest.mark.requirement("I01")
@pytest.mark.parametrize("text", ["operators", "cooperator", "oper ator", "живой и человек", ""])
def test_what_only_looks_like_a_keyword_does_not(text: str) -> None:
    given(*WITH_BOT).when(ivan_says(text)).then("dialog.message_received")


def test_a_keyword_said_to_people_is_a_word_like_any_other() -> None:
    given(*WITH_BOT, takes(ANNA)).when(ivan_says("operator")).then("dialog.message_received")


def test_keywords_count_as_they_are_when_the_message_comes() -> None:
    story = given(*WITH_BOT, ivan_says("help"), saves(PAGE, bot__keywords=["help"])).then_dialog(IVAN, phase="bot")
    story.when(ivan_says("help")).then_among_others(fact("dialog.bot_handed_off", reason="keyword"))


# -- the bot is slow, or broken -------------------------------------------------------------------------------------


@pytest.mark.requirement("I01", "I02")
def test_the_time_limit_counts_to_the_microsecond() -> None:
    story = given(*WITH_BOT).when(wait(seconds=59, microseconds=999_999)).then_nothing()
    story.when(wait(microseconds=1)).then_among_others(
        fact("dialog.bot_handed_off", bot="greeter", reason="timeout"), fact("dialog.queued", target=SUPPORT)
    )


@pytest.mark.requirement("I01")
def test_it_counts_from_the_first_message_that_was_not_answered() -> None:
    story = given(*WITH_BOT, wait(seconds=30), HELLO, wait(seconds=20), HELLO)
    story.when(wait(seconds=9)).then_nothing()
    story.when(wait(seconds=1)).then_among_others(fact("dialog.bot_handed_off", reason="timeout"))


@pytest.mark.requirement("I01")
def test_an_answer_ends_the_wait_and_the_next_message_begins_another() -> None:
    story = given(*WITH_BOT, wait(seconds=50), bot_answers("Hi"), wait(hours=1), HELLO)
    story.when(wait(seconds=59)).then_nothing()
    story.when(wait(seconds=1)).then_among_others(fact("dialog.bot_handed_off", reason="timeout"))


@pytest.mark.requirement("I01", "I02")
def test_an_answer_to_an_earlier_message_leaves_the_later_ones_waiting() -> None:
    story = given(*WITH_BOT)
    known = len(story.office.log)
    story.given(wait(seconds=10), HELLO, wait(seconds=10), bot_answers("Hi", answers=known))
    story.when(wait(seconds=49)).then_nothing()
    story.when(wait(seconds=1)).then_among_others(fact("dialog.bot_handed_off", reason="timeout"))


@pytest.mark.requirement("I02", "E12")
def test_of_a_flood_neither_the_first_nor_the_last_is_forgotten() -> None:
    story = given(*WITH_BOT, *[HELLO] * 300)
    unanswered = story.office.dialog(IVAN).unanswered
    assert len(unanswered) == 20 and unanswered[-1].position == len(story.office.log)
    story.given(wait(seconds=10), HELLO, bot_answers("Hi", answers=unanswered[-1].position))
    story.when(wait(seconds=60)).then_among_others(fact("dialog.bot_handed_off", reason="timeout"))


def test_a_new_time_limit_counts_from_the_next_message() -> None:
    story = given(*WITH_BOT, saves(PAGE, bot__timeout=600)).when(wait(seconds=60))
    story.then_among_others(fact("dialog.bot_handed_off", reason="timeout"))
    given(*page(), saves(PAGE, bot__timeout=600), HELLO).when(wait(seconds=599)).then_nothing()


@pytest.mark.requirement("I02")
def test_after_three_failed_calls_it_is_handed_off() -> None:
    given(*WITH_BOT).when(bot_fails()).then(
        fact("dialog.bot_handed_off", bot="greeter", reason="error"), fact("dialog.queued", target=SUPPORT)
    )


@pytest.mark.requirement("I02")
def test_a_failure_of_an_earlier_turn_changes_nothing() -> None:
    story = given(*WITH_BOT)
    failed = bot_fails()(story.office)
    story.given(takes(ANNA), transfers(ANNA, GREETER)).when(failed).then_nothing().then_dialog(IVAN, phase="bot")


@pytest.mark.requirement("I02")
def test_a_message_that_comes_before_the_hand_off_wins_even_past_the_limit() -> None:
    given(*WITH_BOT, later(minutes=5)).when(bot_answers("Sorry, I was slow")).then("dialog.message_sent")


@pytest.mark.requirement("I02")
def test_after_an_outage_it_is_handed_off_once() -> None:
    story = given(*WITH_BOT, later(hours=2)).when(lambda office: office.catch_up())
    assert story.kinds().count("dialog.bot_handed_off") == 1


@pytest.mark.requirement("I02")
def test_held_or_not_it_is_handed_off() -> None:
    given(*WITH_BOT, holds(hours=3)).when(wait(seconds=60)).then_among_others(
        fact("dialog.bot_handed_off", reason="timeout")
    )


@pytest.mark.requirement("I02")
def test_where_the_channel_is_off_it_waits_for_people_blocked() -> None:
    given(*WITH_BOT, disconnects(PAGE)).when(wait(seconds=60)).then_among_others(
        fact("dialog.bot_handed_off", reason="timeout"), fact("dialog.queued", blocked="channel")
    )


def test_transferred_to_a_bot_without_anything_to_answer_it_waits_for_the_customer() -> None:
    people_first = [
        *agents(ANNA),
        SetBot(bot="greeter"),
        *channel(PAGE, kind="facebook", receiver=TO_ANNA, bot__timeout=60),
        HELLO,
        replies(ANNA),
        transfers(ANNA, GREETER),
    ]
    story = given(*people_first).when(wait(hours=1)).then_nothing().then_dialog(IVAN, phase="bot")
    story.given(HELLO).when(wait(seconds=60)).then_among_others(fact("dialog.bot_handed_off", reason="timeout"))


# -- a bot that is gone ---------------------------------------------------------------------------------------------


def gone(story: Story) -> Story:
    """As if the registry had lost the bot: what the commands would refuse to do while it is named."""
    story.office.heads.facts.pop(("bot", "greeter"))
    return story


@pytest.mark.requirement("I02")
def test_where_the_bot_does_not_exist_the_dialog_is_unrouted_with_an_alert() -> None:
    gone(given(*page())).when(HELLO).then_among_others(
        fact("dialog.queued", target=None), fact("alert.alert_raised", alert="unrouted")
    )
