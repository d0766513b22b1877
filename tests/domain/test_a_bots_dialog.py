"""A bot answers it, until a human takes over or it is transferred."""

import pytest

from tests.examples import (
    ANNA,
    GREETER,
    IVAN,
    PAGE,
    SOFIA,
    SUPPORT,
    TO_ANNA,
    agents,
    channel,
    group,
    replies,
    saves,
    says,
    takes,
    transfers,
)
from tests.spec import fact, given, wait

WITH_BOT = [
    *agents(ANNA),
    *group(members=(ANNA,)),
    *channel(PAGE, kind="facebook", receiver=GREETER),
    says(IVAN, to=PAGE, kind="facebook"),
]


@pytest.mark.requirement("I03")
def test_its_words_are_never_the_first_human_reply() -> None:
    story = given(*WITH_BOT).when(replies("greeter", bot=True)).then(fact("dialog.message_sent", first_reply=False))
    story.when(takes(ANNA), replies(ANNA)).then_among_others(fact("dialog.message_sent", first_reply=True))


@pytest.mark.requirement("I08", "F21")
def test_a_human_takes_it() -> None:
    given(*WITH_BOT).when(takes(ANNA)).then(
        fact("dialog.bot_handed_off", bot="greeter", reason="manual"),
        "agent.slot_occupied",
        fact("dialog.assigned", agent=ANNA, reason="manual"),
    ).then_dialog(IVAN, phase="assigned", bot=None)


@pytest.mark.requirement("I05")
def test_its_late_message_after_that_is_refused() -> None:
    given(*WITH_BOT, takes(ANNA)).when(replies("greeter", bot=True)).then_refused("not_bot_turn")


@pytest.mark.requirement("F22")
@pytest.mark.parametrize("to", [TO_ANNA, SUPPORT], ids=["agent", "group"])
def test_a_supervisor_transfers_it_to_people(to: object) -> None:
    story = given(*WITH_BOT).when(transfers(SOFIA, to, supervises=True))  # type: ignore[arg-type]
    story.then_among_others(
        fact("dialog.bot_handed_off", reason="transferred"),
        fact("dialog.transferred", to=to),
        "dialog.assigned" if to is TO_ANNA else "dialog.queued",
    )


@pytest.mark.requirement("I08")
def test_a_change_of_the_receiver_leaves_it_alone() -> None:
    given(*WITH_BOT).when(saves(PAGE, receiver=SUPPORT), wait(minutes=5)).then("channel.settings_changed").then_dialog(
        IVAN, phase="bot"
    )


@pytest.mark.requirement("G06", "I07")
def test_it_is_closed_for_idleness_like_any_other() -> None:
    given(*WITH_BOT, replies("greeter", bot=True)).when(wait(days=1)).then(
        fact("dialog.closed", cause="idle", last_activity_by="bot")
    )
