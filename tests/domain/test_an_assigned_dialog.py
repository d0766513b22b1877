"""An agent has it: he answers, notes, tags, hands it over; it comes back if he never answers."""

import pytest

from domain.desk.bots import SetBot
from domain.dialog import commands as ask
from tests.examples import (
    ANNA,
    BORIS,
    GREETER,
    IVAN,
    MARIA,
    PAGE,
    SENIORS,
    SHOP,
    SOFIA,
    SUPPORT,
    TO_ANNA,
    TO_BORIS,
    SetAgent,
    accepts,
    agents,
    channel,
    closes,
    disconnects,
    group,
    is_now,
    replies,
    saves,
    says,
    shop,
    takes,
    tells,
    transfers,
)
from tests.spec import fact, given, settled, wait

ANNAS = [*shop(staff=(ANNA, BORIS)), says(IVAN), accepts(ANNA)]
FIRST_REPLY = [*shop(staff=(ANNA, BORIS), first_reply_wait=120), says(IVAN), accepts(ANNA)]


def test_he_answers() -> None:
    given(*ANNAS).when(replies(ANNA, text="It leaves today.")).then(
        fact("dialog.message_sent", body="It leaves today.", first_reply=True)
    )


@pytest.mark.requirement("I03")
def test_only_the_first_of_his_answers_is_the_first_reply() -> None:
    given(*ANNAS, replies(ANNA)).when(replies(ANNA)).then(fact("dialog.message_sent", first_reply=False))


@pytest.mark.requirement("A30", "A19")
def test_nothing_is_sent_through_a_channel_that_is_disconnected() -> None:
    given(*ANNAS, disconnects()).when(replies(ANNA)).then_refused("channel_disconnected")


@pytest.mark.requirement("A19", "G11")
def test_it_stays_with_him_when_the_channel_is_disconnected_and_can_be_noted_and_closed() -> None:
    story = given(*ANNAS, disconnects()).then_dialog(IVAN, phase="assigned", assignee=ANNA)
    story.when(tells(ask.AddNote(note="n1", body="He phoned."))).then("dialog.note_added")
    story.when(closes()).then("dialog.closed", "agent.slot_released")


@pytest.mark.requirement("F22")
def test_he_hands_it_to_another_agent() -> None:
    given(*ANNAS).when(transfers(ANNA, TO_BORIS, comment="You know him.")).then(
        fact("dialog.transferred", source=TO_ANNA, to=TO_BORIS, by=ANNA, comment="You know him.", force=False),
        fact("agent.slot_released", reason="transferred"),
        fact("agent.slot_occupied", over_capacity=False),
        fact("dialog.assigned", agent=BORIS, reason="transferred", by=ANNA),
    ).then_agent(ANNA, load=0).then_agent(BORIS, load=1)


@pytest.mark.requirement("F22")
def test_not_to_himself() -> None:
    given(*ANNAS).when(transfers(ANNA, TO_ANNA)).then_refused("same_agent")


@pytest.mark.requirement("F22", "F11")
def test_to_a_full_agent_only_by_force() -> None:
    story = given(*ANNAS, SetAgent(agent=BORIS, capacity=0))
    story.when(transfers(ANNA, TO_BORIS)).then_refused("agent_full").then_dialog(IVAN, assignee=ANNA)
    story.when(transfers(ANNA, TO_BORIS, force=True)).then_among_others(
        fact("dialog.transferred", force=True),
        fact("agent.slot_occupied", over_capacity=True),
        fact("dialog.assigned", agent=BORIS, over_capacity=True),
    )


@pytest.mark.requirement("F22")
def test_another_agent_may_not_hand_it_over_but_a_supervisor_may() -> None:
    story = given(*ANNAS)
    story.when(transfers(BORIS, TO_BORIS)).then_refused("not_holder")
    story.when(transfers(SOFIA, TO_BORIS, supervises=True)).then_dialog(IVAN, assignee=BORIS)


@pytest.mark.requirement("F22")
def test_to_a_group_it_waits_anew_at_the_end_of_the_queue() -> None:
    given(*ANNAS, *group(SENIORS, members=(BORIS,)), wait(minutes=1)).when(transfers(ANNA, SENIORS)).then(
        fact("dialog.transferred", to=SENIORS),
        fact("agent.slot_released", reason="transferred"),
        fact("dialog.queued", target=SENIORS, target_from="transfer", round=1, tried=()),
    ).then_agent(ANNA, load=0)


def test_to_a_group_that_does_not_exist_it_cannot_go() -> None:
    given(*ANNAS).when(transfers(ANNA, SENIORS)).then_refused("group_unknown")


def test_to_an_agent_who_does_not_exist_it_cannot_go() -> None:
    from domain.dialog.events import Target

    given(*ANNAS).when(transfers(ANNA, Target(kind="agent", id="nobody"))).then_refused("agent_unknown")


def test_to_an_agent_who_was_deactivated_it_cannot_go() -> None:
    from domain.agent import SetActive

    story = given(*ANNAS)
    world = story.office.world()
    world.do(f"agent-{BORIS}", SetActive(active=False))
    story.office.heads.keep(world)
    story.when(transfers(ANNA, TO_BORIS, force=True)).then_refused("agent_deactivated")


@pytest.mark.requirement("F22", "I08")
def test_to_a_bot_where_the_kind_allows_one() -> None:
    story = given(
        *agents(ANNA),
        SetBot(bot="greeter"),
        *channel(PAGE, kind="facebook", receiver=TO_ANNA),
        says(IVAN, to=PAGE, kind="facebook"),
    )
    story.when(transfers(ANNA, GREETER)).then(
        fact("dialog.transferred", to=GREETER),
        fact("agent.slot_released"),
        fact("dialog.bot_started", bot="greeter", reason="transferred"),
    ).then_dialog(IVAN, phase="bot", assignee=None)


def test_another_cannot_take_it_from_him() -> None:
    given(*ANNAS).when(takes(BORIS)).then_refused("already_assigned")


@pytest.mark.requirement("F31")
def test_without_a_first_answer_in_time_it_goes_back_and_only_he_counts_as_tried() -> None:
    story = given(*FIRST_REPLY)
    story.when(wait(seconds=120)).then(
        fact("dialog.assignment_expired", agent=ANNA, waited=120.0),
        fact("agent.slot_released", reason="released"),
        fact("dialog.queued", target=SUPPORT, round=1, tried=(ANNA,), reason="assignment_expired"),
        fact("agent.slot_reserved"),
        fact("dialog.routing_decided", chosen=(BORIS,)),
        "dialog.offers_made",
    ).then_agent(ANNA, load=0)


@pytest.mark.requirement("F31")
def test_it_keeps_its_place_when_it_goes_back() -> None:
    story = given(*FIRST_REPLY)
    first = story.office.dialog(IVAN)
    story.given(wait(seconds=120)).then_dialog(IVAN, queued_at=first.queued_at, queued_position=first.queued_position)


def test_an_answer_in_time_keeps_it() -> None:
    given(*FIRST_REPLY, wait(seconds=119), replies(ANNA)).when(wait(hours=1)).then_nothing()


def test_the_first_reply_is_not_awaited_where_he_is_the_receiver_by_name() -> None:
    given(*agents(ANNA), *channel(receiver=TO_ANNA), says(IVAN)).when(wait(hours=1)).then_nothing()
    handed = [*FIRST_REPLY, transfers(ANNA, TO_BORIS)]
    given(*handed).when(wait(hours=1)).then_nothing()


@pytest.mark.requirement("F31")
def test_the_first_reply_of_who_took_it_out_of_a_groups_queue_is_awaited_too() -> None:
    story = given(*shop(staff=(ANNA,), first_reply_wait=120), says(IVAN), takes(ANNA))
    story.when(wait(seconds=120)).then_among_others(fact("dialog.assignment_expired", agent=ANNA))


@pytest.mark.requirement("F30")
def test_time_with_an_agent_does_not_count_as_waiting_in_the_group() -> None:
    """The longest wait begins anew when the dialog comes back."""
    rules = {"first_reply_wait": 120, "max_queue_wait": 100, "answer_wait": 60}
    story = given(*shop(staff=(ANNA, BORIS), **rules), says(IVAN), accepts(ANNA))
    story.when(wait(seconds=130)).then_never("dialog.left_in_queue", "dialog.overflowed")
    story.when(is_now(BORIS, "away"), wait(seconds=90)).then_among_others("dialog.left_in_queue")


@pytest.mark.requirement("F13")
def test_it_stays_his_when_he_declares_himself_away() -> None:
    given(*ANNAS, is_now(ANNA, "away")).when(wait(hours=1)).then_nothing().then_dialog(IVAN, assignee=ANNA)


def test_it_is_tagged_and_named_once() -> None:
    story = given(*ANNAS)
    story.when(tells(ask.Tag(tag="parcel")), tells(ask.Tag(tag="parcel"))).then("dialog.tag_added")
    story.when(tells(ask.Tag(tag="parcel", on=False)), tells(ask.Tag(tag="parcel", on=False))).then(
        "dialog.tag_removed"
    )
    story.when(tells(ask.SetTopic(topic="delivery")), tells(ask.SetTopic(topic="delivery"))).then("dialog.topic_set")
    story.when(tells(ask.SetPriority(priority=3)), tells(ask.SetPriority(priority=3))).then("dialog.priority_set")


def test_it_is_closed_only_with_the_tag_and_the_topic_that_the_channel_asks_for() -> None:
    story = given(*ANNAS, saves(required_tag=True, required_topic=True))
    story.when(closes()).then_refused("tag_required")
    story.given(tells(ask.Tag(tag="parcel"))).when(closes()).then_refused("topic_required")
    story.given(tells(ask.SetTopic(topic="delivery"))).when(closes()).then("dialog.closed", "agent.slot_released")


def test_spam_is_closed_without_them() -> None:
    given(*ANNAS, saves(required_tag=True)).when(closes(cause="spam")).then_among_others("dialog.closed")


@pytest.mark.requirement("I06")
def test_a_bot_may_close_it_only_where_the_channel_lets_it() -> None:
    story = given(
        *agents(ANNA), *channel(PAGE, kind="facebook", receiver=GREETER), says(IVAN, to=PAGE, kind="facebook")
    )
    story.when(closes(cause="bot")).then_refused("not_allowed").then_dialog(IVAN, phase="bot")
    story.given(saves(PAGE, bot_may_close=True)).when(closes(cause="bot")).then(fact("dialog.closed", cause="bot"))


@pytest.mark.requirement("G16")
def test_closing_gives_his_slot_back_once() -> None:
    given(*ANNAS).when(closes(), closes()).then(
        fact("dialog.closed", cause="agent", outcome="unanswered"),
        fact("agent.slot_released", reason="closed"),
    ).then_agent(ANNA, load=0)


@pytest.mark.parametrize(
    ("steps", "outcome"),
    [([replies(ANNA)], "answered"), ([replies(ANNA), says(IVAN)], "unanswered"), ([], "unanswered")],
    ids=["the agent spoke last", "the customer spoke last", "nobody answered"],
)
def test_the_end_says_whether_it_was_answered(steps: list[object], outcome: str) -> None:
    given(*ANNAS, *steps).when(closes()).then_among_others(fact("dialog.closed", outcome=outcome))


def test_a_dialog_that_nobody_ever_had_was_never_assigned() -> None:
    given(*shop(staff=(ANNA,)), says(IVAN)).when(closes()).then_among_others(
        fact("dialog.closed", outcome="never_assigned")
    )


def test_a_second_customer_is_a_second_dialog() -> None:
    story = given(*ANNAS).when(says(MARIA))
    story.then_among_others(fact("dialog.opened", channel=SHOP, session=1))
    assert story.office.dialog_id(IVAN) != story.office.dialog_id(MARIA)


def test_settled_work_stays_settled() -> None:
    given(*ANNAS).when(settled).then_nothing()
