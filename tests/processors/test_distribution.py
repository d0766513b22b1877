"""Distribution in motion: rounds, pauses, overflow, hours, skills, long queues, wake-ups in any order (§6, F04-F32)."""

import random
from datetime import timedelta

import pytest

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
    SHOP,
    VERA,
    SetAgent,
    SetGroup,
    accepts,
    agents,
    channel,
    closes,
    group,
    is_now,
    says,
    shop,
)
from tests.office import Office
from tests.spec import fact, given, settled, wait

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
