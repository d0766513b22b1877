"""It is offered: accepted, declined, expired or taken back, and what was kept free for it is given back once."""

from datetime import timedelta

import pytest

from domain.desk.answering import AcceptOffer
from domain.errors import Rejected
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    SOFIA,
    SUPPORT,
    TO_BORIS,
    SetAgent,
    SetGroup,
    accepts,
    closes,
    declines,
    disconnects,
    is_now,
    offer_of,
    says,
    shop,
    takes,
    transfers,
)
from tests.spec import fact, given, later, settled, wait

OFFERED = [*shop(staff=(ANNA, BORIS)), says(IVAN)]
TO_ALL = [*shop(algorithm="all_at_once"), says(IVAN)]


def agents_of(*names: str):  # type: ignore[no-untyped-def]
    return lambda offers: tuple(one.agent for one in offers) == names


def test_the_group_offers_it_for_as_long_as_it_says() -> None:
    story = given(*shop(staff=(ANNA, BORIS), answer_wait=45)).when(says(IVAN), settled)
    story.then_among_others(
        fact("dialog.routing_decided", algorithm="round_robin", outcome="offered", chosen=(ANNA,), round=1, attempt=1),
        fact("dialog.offers_made", deadline=story.office.now + timedelta(seconds=45), offers=agents_of(ANNA)),
    ).then_dialog(IVAN, phase="offered")


@pytest.mark.requirement("F11", "F10")
def test_a_slot_is_kept_free_with_the_offer() -> None:
    given(*OFFERED).then_agent(ANNA, load=1, slots=lambda slots: [one.occupied for one in slots] == [False])


@pytest.mark.requirement("F31")
def test_accepting_assigns_it() -> None:
    given(*OFFERED).when(accepts(ANNA)).then(
        fact("dialog.offer_accepted", agent=ANNA),
        fact("agent.slot_occupied", over_capacity=False),
        fact("dialog.assigned", agent=ANNA, reason="offer"),
    ).then_dialog(IVAN, phase="assigned", assignee=ANNA, offers=(), tried=(), round=1).then_agent(ANNA, load=1)


@pytest.mark.requirement("E14")
def test_accepting_twice_changes_nothing() -> None:
    given(*OFFERED, accepts(ANNA)).when(accepts(ANNA)).then_nothing().then_answered(outcome="accepted")


@pytest.mark.requirement("F05")
@pytest.mark.parametrize(
    ("microseconds", "accepted"), [(-1, True), (0, False), (1, False)], ids=["1 µs before", "at it", "1 µs after"]
)
def test_the_deadline_counts_to_the_microsecond_whether_the_timer_ran_or_not(microseconds: int, accepted: bool) -> None:
    late = given(*OFFERED, later(seconds=60, microseconds=microseconds)).when(accepts(ANNA))
    if accepted:
        late.then_answered(outcome="accepted")
    else:
        late.then_refused("offer_expired")


@pytest.mark.requirement("F05", "F06")
def test_at_its_deadline_it_expires_and_the_next_is_offered_at_once() -> None:
    story = given(*OFFERED)
    at = story.office.now + timedelta(seconds=60)
    story.when(wait(seconds=60)).then(
        fact("dialog.offers_ended", reason="expired", offers=agents_of(ANNA)),
        fact("agent.slot_released", reason="expired"),
        fact("agent.slot_reserved"),
        fact("dialog.routing_decided", chosen=(BORIS,), round=1, attempt=2),
        fact("dialog.offers_made", offers=agents_of(BORIS)),
    ).then_agent(ANNA, load=0)
    assert {recorded.recorded_at for recorded in story.caused} == {at}


@pytest.mark.requirement("F05")
def test_one_microsecond_before_its_deadline_nothing_expires() -> None:
    given(*OFFERED).when(wait(seconds=59, microseconds=999_999)).then_nothing()


@pytest.mark.requirement("F06")
def test_who_declined_is_not_offered_it_again_in_the_round() -> None:
    given(*OFFERED).when(declines(ANNA), settled).then_among_others(
        fact("dialog.offers_ended", reason="declined", offers=agents_of(ANNA)),
        fact("agent.slot_released", reason="declined"),
        fact("dialog.offers_made", offers=agents_of(BORIS)),
    ).then_dialog(IVAN, tried=(ANNA,))


@pytest.mark.requirement("E14")
def test_declining_twice_changes_nothing() -> None:
    given(*OFFERED, declines(ANNA)).when(declines(ANNA)).then_nothing()


@pytest.mark.parametrize(
    ("end", "code"),
    [
        (declines(ANNA), "offer_declined"),
        (wait(seconds=60), "offer_expired"),
        (takes(BORIS), "offer_rescinded"),
        (is_now(ANNA, "away"), "offer_rescinded"),
    ],
    ids=["declined", "expired", "taken by another", "not ready any more"],
)
def test_an_offer_that_ended_cannot_be_accepted_and_says_how_it_ended(end: object, code: str) -> None:
    given(*OFFERED, end, is_now(ANNA, "ready")).when(accepts_first(ANNA)).then_refused(code)


def accepts_first(agent: str):  # type: ignore[no-untyped-def]
    """The first offer that he ever had of Ivan's dialog, whatever came later."""
    return lambda office: AcceptOffer(
        dialog=office.dialog_id(IVAN),
        offer=next(one.offer for made in office.events("dialog.offers_made") for one in made.offers),
        agent=agent,
    )


def test_an_offer_to_somebody_else_cannot_be_accepted() -> None:
    story = given(*OFFERED)
    offer = offer_of(story.office, ANNA, IVAN)
    wrong = AcceptOffer(dialog=story.office.dialog_id(IVAN), offer=offer, agent=BORIS)
    story.when(wrong).then_refused("not_your_offer")


def test_an_offer_that_never_was_cannot_be_accepted() -> None:
    given(*OFFERED).when(accepts(BORIS)).then_refused("offer_unknown")


@pytest.mark.requirement("F13")
def test_an_agent_who_is_not_ready_cannot_accept_from_that_moment_on() -> None:
    office = given(*OFFERED).office
    accept = accepts(ANNA)(office)
    outcomes = office.batch(is_now(ANNA, "away"), accept)
    assert isinstance(outcomes[1], Rejected)
    assert outcomes[1].code == "agent_not_ready"


@pytest.mark.requirement("F13", "F06")
def test_the_offers_of_an_agent_who_left_are_taken_back_and_go_on_and_he_does_not_count_as_tried() -> None:
    given(*OFFERED).when(is_now(ANNA, "busy"), settled).then(
        fact("agent.presence_changed", before="ready", to="busy", reason="declared"),
        fact("dialog.offers_ended", reason="agent_unavailable", offers=agents_of(ANNA)),
        fact("agent.slot_released", reason="rescinded"),
        fact("agent.slot_reserved"),
        fact("dialog.routing_decided", chosen=(BORIS,)),
        fact("dialog.offers_made", offers=agents_of(BORIS)),
    ).then_dialog(IVAN, tried=())


@pytest.mark.requirement("F06")
def test_the_offers_of_an_agent_who_was_removed_from_the_group_are_taken_back() -> None:
    given(*OFFERED).when(SetGroup(group="support", changes={"members": [BORIS]}), settled).then_among_others(
        fact("group.members_changed", removed=(ANNA,)),
        fact("dialog.offers_ended", reason="agent_unavailable", offers=agents_of(ANNA)),
        fact("agent.slot_released"),
        fact("dialog.offers_made", offers=agents_of(BORIS)),
    )


@pytest.mark.requirement("F21")
def test_a_take_by_another_ends_the_offer_and_frees_the_slot() -> None:
    given(*OFFERED).when(takes(BORIS)).then(
        fact("dialog.offers_ended", reason="manual_assignment"),
        fact("agent.slot_released", reason="rescinded"),
        fact("agent.slot_occupied"),
        fact("dialog.assigned", agent=BORIS, reason="manual"),
    ).then_agent(ANNA, load=0).then_agent(BORIS, load=1)


@pytest.mark.requirement("F21")
def test_the_one_who_was_offered_it_may_take_it_too_with_the_slot_that_was_kept() -> None:
    given(*shop(staff=(ANNA,), capacity=1), says(IVAN)).when(takes(ANNA)).then_answered(outcome="assigned").then_agent(
        ANNA, load=1
    )


@pytest.mark.requirement("F22")
def test_a_transfer_ends_the_offer() -> None:
    given(*OFFERED).when(transfers(SOFIA, TO_BORIS, supervises=True)).then(
        fact("dialog.offers_ended", reason="transferred"),
        fact("agent.slot_released", reason="rescinded"),
        fact("dialog.transferred", source=SUPPORT, to=TO_BORIS, by=SOFIA),
        fact("agent.slot_occupied"),
        fact("dialog.assigned", agent=BORIS, reason="transferred", by=SOFIA),
    )


@pytest.mark.requirement("G16")
def test_closing_ends_the_offer_and_frees_the_slot_in_the_same_transaction() -> None:
    given(*OFFERED).when(closes(cause="spam")).then(
        "dialog.marked_spam",
        fact("dialog.offers_ended", reason="dialog_closed"),
        fact("dialog.closed", cause="spam"),
        fact("agent.slot_released", reason="closed"),
    ).then_agent(ANNA, load=0, slots=())


@pytest.mark.requirement("A19")
def test_disconnecting_the_channel_ends_the_offer_and_blocks_the_dialog() -> None:
    given(*OFFERED).when(disconnects()).then_among_others(
        "channel.disconnected",
        fact("dialog.offers_ended", reason="channel_disconnected"),
        fact("agent.slot_released", reason="rescinded"),
        fact("dialog.queued", blocked="channel", target=SUPPORT),
    ).then_agent(ANNA, load=0)


@pytest.mark.requirement("F25")
def test_a_change_of_the_answer_wait_leaves_the_pending_offer_its_deadline() -> None:
    story = given(*OFFERED)
    deadline = story.office.dialog(IVAN).offer_deadline
    story.given(SetGroup(group="support", changes={"answer_wait": 5})).then_dialog(IVAN, offer_deadline=deadline)
    story.when(wait(seconds=59)).then_nothing()


@pytest.mark.requirement("F12")
def test_a_lowered_capacity_takes_nothing_away_and_what_was_kept_may_be_accepted() -> None:
    story = given(*shop(staff=(ANNA,)), says(IVAN), accepts(ANNA), says(MARIA))
    story.when(SetAgent(agent=ANNA, capacity=1), settled).then(fact("agent.capacity_set", capacity=1))
    story.when(accepts(ANNA, MARIA)).then_answered(outcome="accepted").then_agent(ANNA, load=2, capacity=1)
    story.when(says("petr"), settled).then_never("dialog.offers_made")


@pytest.mark.requirement("F11")
def test_an_offer_is_accepted_with_the_weight_that_was_kept_for_it() -> None:
    from tests.examples import saves

    story = given(*shop(staff=(ANNA,), capacity=1), says(IVAN), saves(weight=3)).when(accepts(ANNA))
    story.then_among_others(fact("agent.slot_occupied", weight=1, over_capacity=False))
