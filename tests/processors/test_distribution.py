"""Distribution in motion: rounds, pauses, overflow, hours, skills, long queues, wake-ups in any order (§6, F04-F32)."""

import random
from datetime import UTC, datetime, timedelta

import pytest

from domain.dialog.commands import SetPriority
from domain.distribution import RESERVING, draw
from domain.group import ALGORITHMS
from domain.recorded import AgentId
from processors.distribution import PAGE, Distribute
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    PETR,
    SENIORS,
    SHOP,
    SUPPORT,
    VERA,
    SetAgent,
    SetGroup,
    accepts,
    agents,
    channel,
    closes,
    declines,
    group,
    hours,
    is_now,
    saves,
    says,
    shop,
    takes,
    tells,
)
from tests.office import MONDAY, Office
from tests.spec import Story, fact, given, later, settled, wait

NOBODY = [*agents(ANNA, BORIS), is_now(ANNA, "away"), is_now(BORIS, "away"), *group(members=(ANNA, BORIS)), *channel()]
CROWD = tuple(f"customer-{n}" for n in range(30))


def offered_to(office: Office) -> list[AgentId]:
    """Who was offered something, in the order of the log."""
    return [one.agent for made in office.events("dialog.offers_made") for one in made.offers]


def decisions(office: Office, outcome: str) -> list[object]:
    return [one for one in office.events("dialog.routing_decided") if one.outcome == outcome]


class TestTakingTurns:
    @pytest.mark.requirement("F04", "F02")
    def test_each_dialog_goes_to_the_next(self) -> None:
        assert offered_to(given(*shop(), *map(says, CROWD[:4])).office) == [ANNA, BORIS, VERA, ANNA]

    @pytest.mark.requirement("F04")
    def test_the_turn_moves_with_the_offer_so_a_silent_agent_is_not_asked_first_for_ever(self) -> None:
        office = given(*shop(staff=(ANNA, BORIS)), *map(says, CROWD[:5])).office
        assert offered_to(office) == [ANNA, BORIS, ANNA, BORIS, ANNA]

    @pytest.mark.requirement("F04")
    def test_an_accept_does_not_move_it(self) -> None:
        story = given(*shop(), says(IVAN), says(MARIA), accepts(BORIS, MARIA), accepts(ANNA, IVAN), says(PETR))
        assert offered_to(story.office) == [ANNA, BORIS, VERA]

    @pytest.mark.requirement("F16")
    def test_a_change_of_members_keeps_the_turn(self) -> None:
        """Anna leaves after her turn: it is Boris's, who stands last now, and then goes round."""
        story = given(*shop(), says(IVAN), SetGroup(group="support", changes={"members": [VERA, BORIS]}), says(MARIA))
        assert offered_to(story.office) == [ANNA, BORIS, VERA]

    @pytest.mark.requirement("F32")
    def test_the_decision_carries_what_the_turn_is_folded_from(self) -> None:
        given(*shop(), says(IVAN)).when(says(MARIA), settled).then_among_others(
            fact("dialog.routing_decided", seq=2, cursor_before=ANNA, cursor_after=BORIS, group="support")
        )


@pytest.mark.requirement("F04")
def test_in_order_every_dialog_starts_from_the_top() -> None:
    assert offered_to(given(*shop(algorithm="in_order"), *map(says, CROWD[:3])).office) == [ANNA, ANNA, ANNA]


@pytest.mark.requirement("F04")
def test_least_busy_goes_to_who_has_least() -> None:
    story = given(*shop(algorithm="least_busy"), says(IVAN), says(MARIA), closes(IVAN), says(PETR))
    assert offered_to(story.office) == [ANNA, BORIS, VERA]


@pytest.mark.requirement("F04", "F24")
def test_random_is_drawn_from_the_seed_the_dialog_the_round_and_the_attempt() -> None:
    office = given(*shop(algorithm="random"), says(IVAN)).office
    dialog = office.dialog_id(IVAN)
    assert offered_to(office) == [(ANNA, BORIS, VERA)[draw("seed", f"{dialog}|1|1", 3)]]
    assert decisions(office, "offered")[0].seed == "seed"  # type: ignore[attr-defined]


class TestWhoMay:
    @pytest.mark.requirement("F18")
    def test_the_decision_says_why_the_others_may_not(self) -> None:
        story = given(
            *agents(ANNA, BORIS, VERA, "oleg"),
            *group(members=(ANNA, BORIS, VERA, "oleg")),
            *channel(required_skills=["refunds"]),
            SetAgent(agent=BORIS, skills=["refunds"]),
            SetAgent(agent=VERA, capacity=0, skills=["refunds"]),
            is_now("oleg", "away"),
        )
        story.when(says(IVAN), settled).then_among_others(
            fact("dialog.routing_decided", chosen=(BORIS,), rejected={"skill": 1, "full": 1, "not_ready": 1})
        )

    def test_only_ten_others_are_shown_but_all_are_counted(self) -> None:
        names = tuple(f"agent-{n:02}" for n in range(30))
        story = given(*shop(staff=names), *(is_now(name, "away") for name in names[1:])).when(says(IVAN), settled)
        story.then_among_others(
            fact("dialog.routing_decided", candidates=lambda all_: len(all_) == 11, rejected={"not_ready": 29})
        )

    @pytest.mark.requirement("F11")
    def test_a_heavy_dialog_needs_that_much_room(self) -> None:
        story = given(*shop(staff=(ANNA,), capacity=3, settings={"weight": 2}), says(IVAN), says(MARIA))
        assert [one.agent for one in story.office.dialog(IVAN).offers] == [ANNA]
        story.then_dialog(MARIA, phase="queued", none_causes=(("full", 1),))

    @pytest.mark.requirement("F09")
    def test_thirty_wait_and_one_with_room_for_five_is_offered_the_five_oldest(self) -> None:
        story = given(*NOBODY, *map(says, CROWD)).when(is_now(ANNA, "ready"), settled)
        office = story.office
        waiting = [customer for customer in CROWD if office.dialog(customer).phase == "offered"]
        assert waiting == list(CROWD[:5])
        story.then_agent(ANNA, load=5)

    @pytest.mark.requirement("F09")
    def test_all_at_once_may_offer_more_than_there_is_room_for(self) -> None:
        story = given(*shop(staff=(ANNA,), capacity=2, algorithm="all_at_once"), *map(says, CROWD[:4]))
        assert offered_to(story.office) == [ANNA] * 4


class TestNobodyMay:
    @pytest.mark.requirement("F18")
    def test_it_is_told_once_and_not_once_a_tick(self) -> None:
        story = given(*NOBODY).when(says(IVAN), settled)
        story.then_among_others(fact("dialog.routing_decided", outcome="none", rejected={"not_ready": 2}, chosen=()))
        again = Distribute(streams=("group-support",))
        story.when(wait(minutes=10), again, again).then_nothing()

    @pytest.mark.requirement("F18")
    def test_a_new_cause_is_told_at_most_once_a_minute(self) -> None:
        story = given(*NOBODY, says(IVAN), SetAgent(agent=ANNA, capacity=0))
        story.when(wait(seconds=59), is_now(ANNA, "ready"), settled).then("agent.presence_changed")
        story.when(wait(seconds=1), Distribute(streams=("group-support",))).then(
            fact("dialog.routing_decided", outcome="none", rejected={"full": 1, "not_ready": 1})
        )

    @pytest.mark.requirement("F18")
    def test_an_empty_group_is_nobody_too(self) -> None:
        given(*group(members=()), *channel()).when(says(IVAN), settled).then_among_others(
            fact("dialog.routing_decided", outcome="none", rejected={}, candidates=())
        )

    @pytest.mark.requirement("F17")
    def test_those_whom_nobody_can_serve_do_not_delay_those_behind_them(self) -> None:
        story = given(*shop(staff=(ANNA,)), *channel("refunds", required_skills=["refunds"]))
        story.given(*(says(customer, to="refunds") for customer in CROWD), *(says(c, to="refunds") for c in more(70)))
        story.when(says(IVAN), settled).then_among_others("dialog.offers_made").then_dialog(IVAN, phase="offered")

    @pytest.mark.requirement("F17", "F27")
    def test_not_even_more_of_them_than_one_look_reads(self) -> None:
        story = given(*shop(staff=(ANNA,)), *channel("refunds", required_skills=["refunds"]))
        crowd = [says(customer, to="refunds") for customer in more(PAGE + 5)]
        story.when(*crowd, says(IVAN), settled).then_dialog(IVAN, phase="offered")

    @pytest.mark.requirement("F27")
    def test_a_look_stops_reading_when_nobody_has_room(self) -> None:
        office = given(*NOBODY).office
        office.batch(*(says(customer)(office) for customer in distinct(2_000)))
        assert len(office.heads.queue("support", 10_000)) == 2_000
        office.do(is_now(ANNA, "ready"))
        office.do(SetAgent(agent=ANNA, capacity=1))
        office.heads.rows_read = 0
        office.do(Distribute(streams=("group-support",)))
        assert len(offered_to(office)) == 1
        assert office.heads.rows_read <= PAGE


def more(n: int) -> list[str]:
    return [f"more-{i}" for i in range(n)]


def distinct(n: int) -> list[str]:
    return [f"distinct-{i}" for i in range(n)]


class TestRounds:
    ALONE = [*shop(staff=(ANNA,), max_rounds=2, retry_pause=30), says(IVAN)]  # noqa: RUF012

    @pytest.mark.requirement("F07")
    def test_when_everybody_was_tried_there_is_a_pause_and_then_a_new_round(self) -> None:
        story = given(*self.ALONE)
        story.when(declines(ANNA), settled).then_among_others(
            fact("dialog.round_exhausted", round=1, tried=(ANNA,), resume_at=story.office.now + timedelta(seconds=30))
        )
        story.when(wait(seconds=29, microseconds=999_999)).then_nothing()
        story.when(wait(microseconds=1)).then_among_others(
            fact("dialog.routing_decided", round=2, attempt=1, chosen=(ANNA,)), fact("dialog.offers_made", round=2)
        ).then_dialog(IVAN, tried=(), round=2)

    @pytest.mark.requirement("F07", "F30")
    def test_after_the_last_round_without_an_overflow_it_stays_and_somebody_is_alerted(self) -> None:
        story = given(*self.ALONE, declines(ANNA), wait(seconds=30)).when(declines(ANNA), settled)
        story.then_among_others(
            fact("dialog.round_exhausted", round=2, resume_at=None),
            fact("dialog.left_in_queue", cause="rounds"),
            fact("alert.alert_raised", alert="left_in_queue"),
        )
        story.when(wait(hours=5)).then_never("dialog.round_exhausted", "dialog.left_in_queue", "dialog.offers_made")

    @pytest.mark.requirement("F30")
    def test_left_in_the_queue_it_is_still_offered_to_who_was_not_tried_and_may_be_taken(self) -> None:
        left = [*self.ALONE, declines(ANNA), wait(seconds=30), declines(ANNA)]
        story = given(*left, *agents(BORIS)).when(
            SetGroup(group="support", changes={"members": [ANNA, BORIS]}), settled
        )
        story.then_among_others(fact("dialog.offers_made", offers=lambda offers: offers[0].agent == BORIS))
        given(*left).when(takes(ANNA)).then_answered(outcome="assigned")

    @pytest.mark.requirement("F07")
    def test_after_the_last_round_it_goes_to_the_overflow_and_keeps_its_place(self) -> None:
        story = given(*agents(BORIS), *group(SENIORS, members=(BORIS,)), *self.ALONE)
        story.given(SetGroup(group="support", changes={"overflow": "seniors", "max_rounds": 1}))
        first = story.office.dialog(IVAN).queued_at
        story.when(wait(seconds=10), declines(ANNA), settled).then_among_others(
            fact("dialog.round_exhausted", resume_at=None),
            fact("dialog.overflowed", source="support", to="seniors", cause="rounds"),
            fact("dialog.queued", target=SENIORS, target_from="overflow", queued_at=first, round=1, tried=()),
            fact("dialog.offers_made", offers=lambda offers: offers[0].agent == BORIS),
        )

    @pytest.mark.requirement("F07")
    def test_a_round_is_exhausted_also_when_those_who_were_tried_have_left(self) -> None:
        """Else a dialog whose only agent let it expire and went home would never reach the overflow."""
        story = given(*self.ALONE, wait(seconds=59), is_now(ANNA, "ready"))
        story.when(later(seconds=1), declines(ANNA), is_now(ANNA, "offline"), settled)
        story.then_among_others(fact("dialog.round_exhausted", round=1, tried=(ANNA,)))

    @pytest.mark.requirement("F07")
    def test_with_nobody_tried_no_round_is_counted(self) -> None:
        given(*NOBODY, says(IVAN)).when(wait(hours=1)).then_never("dialog.round_exhausted")

    @pytest.mark.requirement("F30", "F07")
    def test_an_untried_agent_who_comes_during_the_pause_is_offered_it_at_once(self) -> None:
        story = given(*self.ALONE, *agents(BORIS), is_now(BORIS, "away"))
        story.given(SetGroup(group="support", changes={"members": [ANNA, BORIS]}), declines(ANNA), wait(seconds=5))
        story.then_dialog(IVAN, phase="queued", resume_at=lambda at: at is not None)
        story.when(is_now(BORIS, "ready"), settled).then_among_others(
            fact("dialog.offers_made", round=1, attempt=2, offers=lambda offers: offers[0].agent == BORIS)
        )

    @pytest.mark.requirement("F06", "F30")
    def test_a_tried_agent_who_comes_back_during_the_pause_is_not(self) -> None:
        story = given(*self.ALONE, declines(ANNA), is_now(ANNA, "away"))
        story.when(is_now(ANNA, "ready"), settled).then("agent.presence_changed")

    @pytest.mark.requirement("F07")
    def test_without_a_limit_the_rounds_go_on_for_ever(self) -> None:
        story = given(*shop(staff=(ANNA,), max_rounds=0, answer_wait=10, retry_pause=5), says(IVAN))
        story.when(wait(minutes=5)).then_dialog(IVAN, round=21)
        story.then_never("dialog.left_in_queue")


class TestTheLongestWait:
    @pytest.mark.requirement("F30")
    def test_over_it_goes_to_the_overflow_whatever_the_round(self) -> None:
        story = given(*NOBODY, *agents(VERA), *group(SENIORS, members=(VERA,)))
        story.given(SetGroup(group="support", changes={"max_queue_wait": 300, "overflow": "seniors"}), says(IVAN))
        story.when(wait(seconds=299)).then_nothing()
        story.when(wait(seconds=1)).then_among_others(
            fact("dialog.overflowed", to="seniors", cause="max_queue_wait"),
            fact("dialog.queued", target=SENIORS),
            "dialog.offers_made",
        )

    @pytest.mark.requirement("F30")
    def test_over_without_an_overflow_it_stays_with_one_alert(self) -> None:
        story = given(*NOBODY, SetGroup(group="support", changes={"max_queue_wait": 300}), says(IVAN))
        story.when(wait(hours=2)).then(
            fact("dialog.left_in_queue", cause="max_queue_wait"), fact("alert.alert_raised", alert="left_in_queue")
        )

    @pytest.mark.requirement("F30")
    def test_in_the_overflow_it_begins_anew(self) -> None:
        waits = {"max_queue_wait": 300}
        story = given(*NOBODY, SetGroup(group="seniors", name="Seniors", changes=waits))
        story.given(SetGroup(group="support", changes={**waits, "overflow": "seniors"}), says(IVAN), wait(seconds=300))
        story.when(wait(seconds=299)).then_nothing()
        story.when(wait(seconds=1)).then_among_others("dialog.left_in_queue")

    @pytest.mark.requirement("F30", "F25")
    def test_a_pending_offer_may_outlast_it(self) -> None:
        story = given(*shop(staff=(ANNA,), answer_wait=60, max_queue_wait=30), says(IVAN))
        story.when(wait(seconds=59)).then_nothing()
        story.when(accepts(ANNA)).then_answered(outcome="accepted")


class TestHours:
    """The office works on weekdays from nine to six; Monday nine o'clock is now."""

    OPEN = [*agents(ANNA), *group(members=(ANNA,)), hours(), *channel(schedule="office-hours")]  # noqa: RUF012

    @staticmethod
    def evening(office: Office) -> None:
        office.run_for(MONDAY.replace(hour=18) - office.now)

    @pytest.mark.requirement("H07")
    def test_out_of_hours_nobody_is_offered_anything_and_no_round_is_counted(self) -> None:
        story = given(*self.OPEN, self.evening).when(says(IVAN), settled, wait(hours=14))
        story.then_never("dialog.routing_decided", "dialog.offers_made", "dialog.round_exhausted")

    @pytest.mark.requirement("H07")
    def test_at_opening_they_are_dispatched_by_priority_then_oldest_first(self) -> None:

        story = given(
            *self.OPEN, self.evening, says(IVAN), says(MARIA), says(PETR), tells(SetPriority(priority=9), PETR)
        )
        story.when(wait(hours=15))
        assert story.office.now == MONDAY + timedelta(days=1)
        made = [recorded.stream for recorded in story.caused if recorded.event.kind == "dialog.offers_made"]
        assert made == [f"dialog-{story.office.dialog_id(customer)}" for customer in (PETR, IVAN, MARIA)]
        assert {recorded.recorded_at for recorded in story.caused} == {story.office.now}

    @pytest.mark.requirement("H13")
    def test_an_offer_pending_at_closing_time_may_be_accepted(self) -> None:
        story = given(*self.OPEN, wait(hours=8, minutes=59, seconds=30), says(IVAN), wait(seconds=45))
        story.then_dialog(IVAN, phase="offered").when(accepts(ANNA)).then_answered(outcome="accepted")

    @pytest.mark.requirement("H13", "H07")
    def test_once_it_ended_the_next_is_made_at_opening(self) -> None:
        story = given(*self.OPEN, *agents(BORIS), SetGroup(group="support", changes={"members": [ANNA, BORIS]}))
        story.given(wait(hours=8, minutes=59, seconds=30), says(IVAN))
        story.when(wait(hours=14, minutes=59)).then(
            fact("dialog.offers_ended", reason="expired"), "agent.slot_released"
        )
        story.when(wait(hours=1)).then_among_others(
            fact("dialog.offers_made", round=1, attempt=2, offers=lambda offers: offers[0].agent == BORIS)
        )

    @pytest.mark.requirement("H07")
    def test_a_take_by_hand_and_a_named_agent_do_not_wait_for_opening(self) -> None:
        story = given(*self.OPEN, self.evening, says(IVAN))
        story.when(takes(ANNA)).then_answered(outcome="assigned")

    @pytest.mark.requirement("H07", "F30")
    def test_no_longest_wait_falls_due_before_opening(self) -> None:
        story = given(*self.OPEN, SetGroup(group="support", changes={"max_queue_wait": 600}), is_now(ANNA, "away"))
        story.given(self.evening, says(IVAN)).when(wait(hours=14, minutes=59)).then_nothing()
        story.when(wait(minutes=1)).then_among_others(fact("dialog.left_in_queue", cause="max_queue_wait"))

    @pytest.mark.requirement("H10")
    def test_without_a_schedule_it_is_always_open(self) -> None:
        story = given(*self.OPEN, self.evening, saves(schedule=None))
        story.when(says(IVAN), settled).then_among_others("dialog.offers_made")

    @pytest.mark.requirement("H07")
    def test_the_idle_timer_runs_on_at_night(self) -> None:
        hour = {"value": 1, "unit": "hours"}
        story = given(*self.OPEN, saves(auto_close=hour), self.evening, says(IVAN))
        story.when(wait(hours=1)).then(fact("dialog.closed", cause="idle"))


class TestWakeUps:
    """A wake-up says only "look": lost, late, repeated or shuffled, it leads to the same decisions (F29)."""

    @pytest.mark.requirement("F29")
    def test_a_repeated_one_changes_nothing(self) -> None:
        look = Distribute(streams=("group-support", "agent-anna", f"channel-{SHOP}", "group-support"))
        given(*shop(), *map(says, CROWD[:20])).when(look, look, look).then_nothing()

    @pytest.mark.requirement("F29")
    @pytest.mark.parametrize("seed", range(5))
    def test_in_any_order_and_any_number_they_lead_to_the_same_log(self, seed: int) -> None:
        assert busy_day(random.Random(seed)) == busy_day(None)

    @pytest.mark.requirement("F29")
    def test_one_that_was_lost_is_made_good_by_the_sweep(self) -> None:
        story = given(*shop(staff=(ANNA,)))
        story.when(says(IVAN), lambda office: office.dirty["distribution"].clear(), settled)
        story.then_never("dialog.offers_made")
        story.when(Distribute(streams=("group-support",))).then_among_others("dialog.offers_made")

    @pytest.mark.parametrize("stream", ["group-nowhere", "agent-nobody", "channel-none", "dialog-none", "schedule-x"])
    def test_one_about_something_unknown_is_nothing(self, stream: str) -> None:
        given(*shop()).when(Distribute(streams=(stream,))).then_nothing()


def busy_day(shuffle: random.Random | None) -> list[tuple[str, str]]:
    """The log of a day with 40 customers; wake-ups come as they come, or shuffled and repeated."""
    office = given(*shop(capacity=2, answer_wait=30, retry_pause=10)).office

    def order(marks: list[str]) -> list[str]:
        if shuffle is None:
            return sorted(marks)
        return shuffle.choices(marks, k=len(marks)) + shuffle.sample(marks, len(marks))

    for n in range(40):
        office.do(says(f"customer-{n}")(office))
        while office.look(order):
            pass
        office.sleep(timedelta(seconds=7))
        office.ring(office.now)
        while office.look(order):
            pass
    return [(recorded.stream, recorded.event.kind) for recorded in office.log]


@pytest.mark.requirement("F24")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_the_same_day_again_makes_the_same_log(algorithm: str) -> None:
    assert day_with(algorithm) == day_with(algorithm)


def day_with(algorithm: str) -> list[str]:
    story = given(*shop(algorithm=algorithm, capacity=2, max_rounds=2))
    for n, customer in enumerate(CROWD[:12]):
        story.given(says(customer), wait(seconds=17 * (n % 4)))
    return [recorded.event.model_dump_json() for recorded in story.office.log]


@pytest.mark.requirement("F11", "F28")
@pytest.mark.parametrize("algorithm", sorted(RESERVING))
def test_the_reserving_rules_keep_a_slot_for_each_offer(algorithm: str) -> None:
    given(*shop(staff=(ANNA,), algorithm=algorithm), says(IVAN)).then_agent(ANNA, load=1)


def test_the_start_of_these_days_is_a_monday_at_nine() -> None:
    assert datetime(2026, 3, 2, 9, tzinfo=UTC) == MONDAY
    assert MONDAY.weekday() == 0
    assert Story(Office()).office.now == MONDAY
    assert SUPPORT.id == "support"
