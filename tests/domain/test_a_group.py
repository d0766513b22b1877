"""A group: members in order, a rule, waits, rounds and an overflow that never runs in a circle (§10, F19, F20)."""

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.desk.administration import SetGroup
from domain.errors import Conflict, Invalid
from domain.group import Archive, Configure, Group, decide
from tests.examples import ANNA, BORIS, SENIORS, VERA, agents, group
from tests.office import Office
from tests.spec import fact, given

TEAM = [*agents(ANNA, BORIS, VERA), *group()]


def changes(**wanted: object) -> SetGroup:
    return SetGroup(group="support", changes=wanted)


def test_a_new_group_takes_turns_and_draws_its_seed() -> None:
    given().when(SetGroup(group="support", name="Support")).then(
        fact("group.created", name="Support"), fact("group.algorithm_set", algorithm="round_robin", seed="id-1")
    )


def test_making_it_twice_changes_nothing() -> None:
    given(*TEAM).when(SetGroup(group="support", name="Support"), *group()).then_nothing()


def test_one_save_says_what_changed_part_by_part() -> None:
    given(*TEAM).when(
        changes(
            members=[VERA, ANNA],
            algorithm="random",
            answer_wait=30,
            max_rounds=2,
            max_queue_wait=600,
            held_counts=False,
        )
    ).then(
        fact("group.members_changed", added=(), removed=(BORIS,), order=(VERA, ANNA)),
        fact("group.algorithm_set", algorithm="random", seed="seed"),
        fact("group.answer_wait_set", seconds=30),
        fact("group.rounds_set", max_rounds=2, retry_pause=30),
        fact("group.overflow_set", target=None, max_queue_wait=600),
        fact("group.policy_set"),
    )


@pytest.mark.requirement("A13")
def test_a_save_without_a_difference_writes_nothing() -> None:
    given(*TEAM).when(changes(answer_wait=60, members=[ANNA, BORIS, VERA])).then_nothing().then_answered(
        outcome="unchanged"
    )


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("algorithm", "fair", "bad_value"),
        ("algorithm", ["random"], "bad_value"),
        ("by_ratio", 1, "not_boolean"),
        ("held_counts", "yes", "not_boolean"),
        ("seed", "", "too_long"),
        ("seed", "x" * 65, "too_long"),
        ("width", 0, "out_of_range"),
        ("width", 501, "out_of_range"),
        ("answer_wait", 4, "out_of_range"),
        ("answer_wait", 3601, "out_of_range"),
        ("answer_wait", True, "out_of_range"),
        ("answer_wait", 60.0, "out_of_range"),
        ("max_rounds", 101, "out_of_range"),
        ("retry_pause", 4, "out_of_range"),
        ("max_queue_wait", 604_801, "out_of_range"),
        ("sticky_window", 7_776_001, "out_of_range"),
        ("first_reply_wait", 86_401, "out_of_range"),
        ("agent_lost_grace", -1, "out_of_range"),
        ("members", [ANNA, ANNA], "bad_value"),
        ("members", "anna", "bad_value"),
        ("members", ["nobody"], "agent_unknown"),
        ("overflow", "nowhere", "group_unknown"),
        ("receiver", ANNA, "unknown_field"),
    ],
)
def test_every_setting_has_a_range_and_a_code(name: str, value: object, code: str) -> None:
    given(*TEAM).when(changes(**{name: value})).then_refused(code)


@pytest.mark.parametrize(
    ("name", "lowest", "highest"),
    [
        ("width", 1, 500),
        ("answer_wait", 5, 3600),
        ("max_rounds", 0, 100),
        ("retry_pause", 5, 3600),
        ("max_queue_wait", 0, 604_800),
        ("sticky_window", 0, 7_776_000),
        ("first_reply_wait", 0, 86_400),
        ("agent_lost_grace", 0, 86_400),
    ],
)
def test_the_ends_of_a_range_belong_to_it(name: str, lowest: int, highest: int) -> None:
    for value in (lowest, highest):
        given(*TEAM, changes(**{name: value})).then_check(
            lambda office, value=value: getattr(office.state("group-support"), name) == value
        )


def test_all_errors_come_together_and_nothing_is_saved() -> None:
    story = given(*TEAM).when(changes(answer_wait=1, algorithm="fair", width=3))
    assert isinstance(story.refusal, Invalid)
    assert [one.field for one in story.refusal.problems] == ["answer_wait", "algorithm"]
    story.then_refused("out_of_range")


def test_a_group_that_does_not_exist_cannot_be_changed() -> None:
    given().when(changes(answer_wait=30)).then_refused("group_unknown")


class TestOverflow:
    CHAIN = tuple(SetGroup(group=name, name=name) for name in ("g1", "g2", "g3", "g4", "g5"))

    @staticmethod
    def over(source: str, target: str) -> SetGroup:
        return SetGroup(group=source, changes={"overflow": target})

    @pytest.mark.requirement("F20")
    def test_it_may_not_lead_back(self) -> None:
        given(*self.CHAIN).when(self.over("g1", "g1")).then_refused("overflow_cycle")
        story = given(*self.CHAIN, self.over("g1", "g2"), self.over("g2", "g3"))
        story.when(self.over("g3", "g1")).then_refused("overflow_cycle")

    @pytest.mark.requirement("F20")
    def test_three_hops_are_allowed_and_a_fourth_is_not(self) -> None:
        story = given(*self.CHAIN, self.over("g2", "g3"), self.over("g3", "g4"))
        story.when(self.over("g1", "g2")).then("group.overflow_set")
        far = given(*self.CHAIN, self.over("g2", "g3"), self.over("g3", "g4"), self.over("g4", "g5"))
        far.when(self.over("g1", "g2")).then_refused("overflow_cycle")

    @pytest.mark.requirement("F20")
    def test_nor_may_a_chain_be_lengthened_at_its_far_end_or_joined_in_the_middle(self) -> None:
        three = [*self.CHAIN, self.over("g1", "g2"), self.over("g2", "g3"), self.over("g3", "g4")]
        given(*three).when(self.over("g4", "g5")).then_refused("overflow_cycle")
        halves = [*self.CHAIN, self.over("g1", "g2"), self.over("g2", "g3"), self.over("g4", "g5")]
        given(*halves).when(self.over("g3", "g4")).then_refused("overflow_cycle")
        given(*halves).when(self.over("g2", "g5")).then("group.overflow_set")

    @pytest.mark.requirement("F20")
    def test_a_circle_elsewhere_is_found_also_when_one_starts_outside_of_it(self) -> None:
        story = given(*self.CHAIN, self.over("g1", "g2"), self.over("g2", "g3"))
        story.when(self.over("g3", "g2")).then_refused("overflow_cycle")

    @pytest.mark.requirement("F20")
    def test_it_may_not_lead_to_a_group_that_is_archived(self) -> None:
        story = given(*self.CHAIN)
        archives("g2", story.office)
        story.when(self.over("g1", "g2")).then_refused("group_unknown")

    def test_none_takes_the_overflow_away(self) -> None:
        story = given(*self.CHAIN, self.over("g1", "g2"))
        story.when(SetGroup(group="g1", changes={"overflow": None})).then(fact("group.overflow_set", target=None))


def archives(name: str, office: Office) -> None:
    world = office.world()
    world.do(f"group-{name}", Archive())
    office.heads.keep(world)


@pytest.mark.requirement("F20")
@whatever(pairs=st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=15))
def test_whatever_is_saved_no_chain_has_more_than_three_hops(pairs: list[tuple[int, int]]) -> None:
    names = [f"g{n}" for n in range(6)]
    story = given(*(SetGroup(group=name, name=name) for name in names))
    for source, target in pairs:
        story.when(SetGroup(group=names[source], changes={"overflow": names[target]}))
    overflow = {name: story.office.state(f"group-{name}").overflow for name in names}
    for name in names:
        hops = 0
        while overflow[name] is not None:
            name, hops = overflow[name], hops + 1
            assert hops <= 3


@pytest.mark.requirement("F19")
def test_a_group_in_use_is_not_archived() -> None:
    with pytest.raises(Conflict) as refusal:
        decide(Archive(channels=("shop",)), Group(exists=True))
    assert refusal.value.code == "in_use"
    assert [event.kind for event in decide(Archive(), Group(exists=True))] == ["group.archived"]
    assert decide(Archive(), Group(exists=True, archived=True)) == []


def test_an_archived_group_stays_as_it_was() -> None:
    with pytest.raises(Conflict) as refused:
        decide(Configure(changes={"answer_wait": 90}), Group(exists=True, archived=True))
    assert refused.value.code == "group_archived"
    assert decide(Configure(), Group(exists=True, archived=True)) == []


def test_dialogs_for_an_archived_group_wait_unrouted() -> None:
    from tests.examples import IVAN, channel, says

    story = given(*agents(ANNA), *group(SENIORS, members=(ANNA,)), *channel(receiver=SENIORS))
    world = story.office.world()
    world.do("group-seniors", Archive())
    story.office.heads.keep(world)
    story.when(says(IVAN)).then_among_others(fact("dialog.queued", target=None), "alert.alert_raised")
