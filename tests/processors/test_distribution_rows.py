"""How much a look reads: it grows with the offers made and the classes met, never with the queue (§6, F17, F27)."""

from typing import Any

import pytest

from domain.dialog.commands import SetPriority
from processors.distribution import PAGE, Distribute, distribute
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    SENIORS,
    SOFIA,
    SetAgent,
    SetGroup,
    agents,
    channel,
    declines,
    group,
    hours,
    is_now,
    saves,
    says,
    shop,
    tells,
    transfers,
)
from tests.office import Office
from tests.spec import fact, given, settled, wait

LOOK = Distribute(streams=("group-support",))


def crowd(n: int, to: str = "shop") -> Any:
    """So many customers write in one batch, and the processors look once afterwards."""

    def write(office: Office) -> None:
        office.batch(*(says(f"{to}-{i}", to=to)(office) for i in range(n)))

    return write


def rows_of(office: Office, *steps: Any) -> int:
    for step in steps:
        office.do(step)
    office.heads.rows_read = 0
    office.settle()
    return office.heads.rows_read


def offers(office: Office) -> list[str]:
    return [one.agent for made in office.events("dialog.offers_made") for one in made.offers]


@pytest.mark.requirement("F27")
def test_of_ten_thousand_who_wait_one_slot_takes_one_and_one_page_is_read() -> None:
    office = given(*shop(staff=(ANNA,), capacity=0), crowd(10_000)).office
    rows = rows_of(office, SetAgent(agent=ANNA, capacity=1))
    assert (offers(office), rows <= 3 * PAGE) == ([ANNA], True)


@pytest.mark.requirement("F27", "F17")
def test_twenty_classes_that_nobody_can_serve_cost_twenty_pages_at_most_and_not_the_queue() -> None:
    """Each class fills more than a page, one behind the other; the one whom Anna can serve is the last of all."""
    names = [f"skill-{n}" for n in range(20)]
    shops = [step for name in names for step in channel(name, required_skills=[name])]
    story = given(*shop(staff=(ANNA,)), *shops, is_now(ANNA, "away"), *(crowd(PAGE + 20, name) for name in names))
    office = story.given(says(IVAN)).office
    rows = rows_of(office, is_now(ANNA, "ready"))
    assert offers(office) == [ANNA]
    assert rows <= (len(names) + 2) * PAGE < 2_400


@pytest.mark.requirement("F27", "F17")
def test_classes_that_are_mixed_are_all_met_on_one_page() -> None:
    names = [f"skill-{n}" for n in range(20)]
    shops = [step for name in names for step in channel(name, required_skills=[name])]

    def mixed(office: Office) -> None:
        office.batch(*(says(f"{name}-{i}", to=name)(office) for i in range(50) for name in names))

    office = given(*shop(staff=(ANNA,)), *shops, is_now(ANNA, "away"), mixed, says(IVAN)).office
    rows = rows_of(office, is_now(ANNA, "ready"))
    assert (offers(office), rows <= 3 * PAGE) == ([ANNA], True)


@pytest.mark.requirement("F17")
def test_more_than_a_page_of_them_does_not_hide_the_one_behind() -> None:
    story = given(*shop(staff=(ANNA,)), *channel("refunds", required_skills=["refunds"]), is_now(ANNA, "away"))
    story.given(crowd(2 * PAGE + 5, "refunds"), says(IVAN)).when(is_now(ANNA, "ready"), settled)
    story.then_among_others("dialog.offers_made").then_dialog(IVAN, phase="offered")


@pytest.mark.requirement("F17", "H07")
def test_those_of_a_closed_channel_do_not_hide_the_one_behind() -> None:
    story = given(*shop(staff=(ANNA,)), hours(), *channel("night", schedule="office-hours"), wait(hours=10))
    story.given(is_now(ANNA, "away"), crowd(2 * PAGE + 5, "night"), says(IVAN))
    office = story.office
    assert rows_of(office, is_now(ANNA, "ready")) <= 3 * PAGE
    assert office.dialog(IVAN).phase == "offered"


@pytest.mark.requirement("F17")
def test_those_who_have_been_tried_are_read_one_by_one_and_do_not_hide_the_one_behind() -> None:
    """All were declined by Anna, who is free: their pause hides nobody."""
    story = given(*shop(staff=(ANNA,), capacity=1_000, retry_pause=3600))

    def declined(office: Office) -> None:
        for i in range(PAGE + 20):
            office.do(says(f"tried-{i}")(office))
            office.settle()
            office.do(declines(ANNA, f"tried-{i}")(office))
        office.settle()

    story.given(declined, is_now(ANNA, "away"), says(IVAN)).when(is_now(ANNA, "ready"), settled)
    story.then_dialog(IVAN, phase="offered")


@pytest.mark.requirement("F27", "F09")
def test_many_free_slots_are_filled_in_few_pages() -> None:
    names = tuple(f"agent-{n}" for n in range(100))
    office = given(*shop(staff=names, capacity=5), *(is_now(name, "away") for name in names), crowd(1_000)).office
    office.batch(*(is_now(name, "ready") for name in names))
    rows = rows_of(office)
    assert (len(offers(office)), rows < 8 * 500) == (500, True)


class TestNothingOfItsOwnIsPassedOver:
    """A dialog in a class that nobody can serve still has its pause, its wait, and its word that nobody may have it."""

    BEHIND = [*shop(staff=(ANNA,), capacity=0), crowd(2 * PAGE)]  # noqa: RUF012

    @pytest.mark.requirement("F18")
    def test_it_is_told_that_nobody_may_have_it(self) -> None:
        given(*self.BEHIND).when(says(IVAN), settled).then_among_others(
            fact("dialog.routing_decided", outcome="none", rejected={"full": 1})
        )

    @pytest.mark.requirement("F30")
    def test_its_longest_wait_falls_due(self) -> None:
        story = given(*self.BEHIND, SetGroup(group="support", changes={"max_queue_wait": 60}), says(IVAN))
        story.when(wait(seconds=60)).then_dialog(IVAN, left_cause="max_queue_wait")
        assert story.kinds().count("dialog.left_in_queue") == 2 * PAGE + 1

    @pytest.mark.requirement("F07")
    def test_its_round_ends_and_its_pause_too(self) -> None:
        story = given(*shop(staff=(ANNA,), capacity=1, max_rounds=2), says(IVAN), tells(SetPriority(priority=0)))
        story.given(crowd(2 * PAGE), SetAgent(agent=ANNA, capacity=0)).when(declines(ANNA), settled)
        story.then_among_others(fact("dialog.round_exhausted", round=1))
        story.when(wait(seconds=30)).then_among_others(fact("dialog.routing_decided", outcome="none", round=2))

    @pytest.mark.requirement("F18")
    def test_of_a_class_a_new_cause_is_told_at_its_first_dialog_alone(self) -> None:
        story = given(*self.BEHIND, wait(minutes=2)).when(is_now(ANNA, "away"), settled)
        story.then("agent.presence_changed", fact("dialog.routing_decided", outcome="none", rejected={"not_ready": 1}))


class TestWhatConcernsTheWholeQueue:
    """Settings that decide about dialogs whom nobody can serve are looked at with every one of them."""

    LONG = [*shop(staff=(ANNA,), capacity=0), crowd(2 * PAGE), says(IVAN)]  # noqa: RUF012

    @pytest.mark.requirement("F30")
    def test_a_shorter_wait_counts_at_once_for_all(self) -> None:
        story = given(*self.LONG, wait(minutes=5))
        story.when(SetGroup(group="support", changes={"max_queue_wait": 300}), settled)
        assert story.kinds().count("dialog.left_in_queue") == 2 * PAGE + 1

    @pytest.mark.requirement("F30")
    def test_every_timer_is_set_anew(self) -> None:
        """Else nobody would look when the wait is over: a store keeps the moments that it was told."""
        office = given(*self.LONG).office
        office.do(SetGroup(group="support", changes={"max_queue_wait": 300}))
        world = office.world()
        distribute(world, Distribute(streams=("whole-group-support",)))
        assert len(world.rearm) == 2 * PAGE + 1

    @pytest.mark.requirement("F30", "F07")
    def test_an_overflow_that_is_set_later_takes_those_who_were_left(self) -> None:
        story = given(*self.LONG, SetGroup(group="support", changes={"max_queue_wait": 60}), wait(seconds=60))
        story.given(*agents(BORIS, capacity=1), *group(SENIORS, members=(BORIS,)))
        story.when(SetGroup(group="support", changes={"overflow": "seniors"}), settled)
        story.then_among_others(
            fact("dialog.overflowed", source="support", to="seniors", cause="max_queue_wait"),
            fact("dialog.queued", target=SENIORS),
            fact("alert.alert_cleared", alert="left_in_queue"),
        )
        assert story.kinds().count("dialog.overflowed") == 2 * PAGE + 1

    @pytest.mark.requirement("H07")
    def test_new_hours_count_for_those_who_wait_in_another_group_too(self) -> None:
        """It came through the channel, and somebody had moved it on."""
        story = given(*agents(ANNA, BORIS), *group(members=(ANNA,)), *group(SENIORS, members=(BORIS,)), hours())
        story.given(*channel(schedule="office-hours"), wait(hours=10), says(IVAN))
        story.given(transfers(SOFIA, SENIORS, supervises=True)).when(saves(schedule=None), settled)
        story.then_among_others("channel.settings_changed", "dialog.offers_made")
        assert offers(story.office) == [BORIS]


@pytest.mark.requirement("F29")
def test_a_look_at_what_is_settled_reads_one_page_and_does_nothing() -> None:
    office = given(*shop(staff=(ANNA,), capacity=0), crowd(1_000)).office
    office.heads.rows_read = 0
    assert office.do(LOOK)["steps"] == 0
    assert office.heads.rows_read <= PAGE


@pytest.mark.requirement("F27")
def test_while_nobody_is_free_a_newcomer_costs_no_row_of_the_queue_but_is_told() -> None:
    office = given(*shop(staff=(ANNA,), capacity=0), crowd(1_000)).office
    assert rows_of(office, says(IVAN)(office)) == 0
    assert office.dialog(IVAN).none_causes == (("full", 1),)
