"""An agent: presence, capacity and skills, and the slots that his dialogs take, each given back once (§5, F10-F13)."""

import pytest

from domain.agent import Agent, Configure, Create, Occupy, Release, Reserve, SetActive, decide
from domain.desk.administration import SetAgent, SetPresence
from domain.errors import Conflict, Invalid
from tests.example_states import fold
from tests.examples import ANNA, agents, is_now
from tests.spec import fact, given

RESERVE = Reserve(dialog="d1", offer="o1", weight=2)
OCCUPY = Occupy(dialog="d1", weight=2, offer="o1")
RELEASE = Release(dialog="d1", reason="closed")


def agent(*commands: object, capacity: int = 3) -> Agent:
    """An agent after these commands."""
    state: Agent = fold("agent", decide(Create(name="Anna", capacity=capacity), Agent()))
    for command in commands:
        state = fold("agent", decide(command, state), state)  # type: ignore[arg-type]
    return state


def test_a_new_agent_is_offline_and_takes_five_dialogs() -> None:
    story = given().when(SetAgent(agent=ANNA, name="Anna")).then(fact("agent.created", capacity=5, skills=()))
    story.then_agent(ANNA, presence="offline", ready=False, load=0)


def test_hiring_him_twice_changes_nothing() -> None:
    given(SetAgent(agent=ANNA, name="Anna")).when(SetAgent(agent=ANNA, name="Anna")).then_nothing()


@pytest.mark.requirement("F13")
def test_each_change_of_presence_is_an_event_with_a_reason() -> None:
    given(*agents(ANNA)).when(SetPresence(agent=ANNA, to="away", reason="administrator")).then(
        fact("agent.presence_changed", before="ready", to="away", reason="administrator")
    )


def test_the_same_presence_again_changes_nothing() -> None:
    given(*agents(ANNA)).when(is_now(ANNA, "ready")).then_nothing()


@pytest.mark.parametrize("presence", ["busy", "away", "offline"])
def test_only_ready_is_ready(presence: str) -> None:
    given(*agents(ANNA), is_now(ANNA, presence)).then_agent(ANNA, ready=False)


def test_nobody_unknown_is_ready() -> None:
    given().when(is_now("nobody", "ready")).then_refused("agent_unknown")


def test_a_deactivated_agent_is_not_ready_and_declares_nothing() -> None:
    story = given(*agents(ANNA))
    world = story.office.world()
    world.do(f"agent-{ANNA}", SetActive(active=False))
    story.office.heads.keep(world)
    story.then_agent(ANNA, ready=False).when(is_now(ANNA, "away")).then_refused("agent_deactivated")


@pytest.mark.parametrize("value", [-1, 1001, 1.5, "5", True])
def test_the_capacity_is_a_whole_number_up_to_a_thousand(value: object) -> None:
    given(*agents(ANNA)).when(SetAgent(agent=ANNA, capacity=value)).then_refused("out_of_range")


@pytest.mark.parametrize("value", [0, 1000])
def test_the_ends_of_the_range_belong_to_it(value: int) -> None:
    given(*agents(ANNA)).when(SetAgent(agent=ANNA, capacity=value)).then(fact("agent.capacity_set", capacity=value))


def test_both_errors_come_together() -> None:
    story = given(*agents(ANNA)).when(SetAgent(agent=ANNA, capacity=-1, skills=["s"] * 51))
    assert isinstance(story.refusal, Invalid)
    assert [one.field for one in story.refusal.problems] == ["capacity", "skills"]


@pytest.mark.requirement("F12")
def test_capacity_zero_receives_nothing() -> None:
    assert not agent(capacity=0).has_room(1)


class TestSlots:
    @pytest.mark.requirement("F10")
    def test_load_is_the_weight_of_what_is_kept_free_and_what_is_occupied(self) -> None:
        assert agent(RESERVE).load == 2
        assert agent(RESERVE, OCCUPY).load == 2
        assert agent(RESERVE, Occupy(dialog="d2", weight=1)).load == 3

    @pytest.mark.requirement("F11")
    def test_nothing_is_kept_free_above_the_capacity(self) -> None:
        with pytest.raises(Conflict, match="no room"):
            decide(Reserve(dialog="d2", offer="o2", weight=2), agent(RESERVE))

    @pytest.mark.requirement("F11")
    def test_only_force_occupies_above_the_capacity_and_says_so(self) -> None:
        full = agent(RESERVE, OCCUPY)
        with pytest.raises(Conflict, match="no room"):
            decide(Occupy(dialog="d2", weight=2), full)
        (occupied,) = decide(Occupy(dialog="d2", weight=2, force=True), full)
        assert occupied.over_capacity  # type: ignore[union-attr]

    def test_force_within_the_capacity_is_not_above_it(self) -> None:
        (occupied,) = decide(Occupy(dialog="d1", weight=3, force=True), agent())
        assert not occupied.over_capacity  # type: ignore[union-attr]

    @pytest.mark.requirement("F12")
    def test_what_was_kept_free_stays_his_when_the_capacity_sinks(self) -> None:
        (occupied,) = decide(OCCUPY, agent(RESERVE, Configure(capacity=0)))
        assert not occupied.over_capacity  # type: ignore[union-attr]

    @pytest.mark.requirement("F11")
    def test_but_not_more_than_was_kept_free(self) -> None:
        with pytest.raises(Conflict, match="no room"):
            decide(Occupy(dialog="d1", weight=4, offer="o1"), agent(RESERVE))

    @pytest.mark.parametrize("command", [RESERVE, OCCUPY, RELEASE], ids=lambda one: type(one).__name__)
    def test_every_command_may_be_sent_twice(self, command: object) -> None:
        once = agent(RESERVE, command)
        assert decide(command, once) == []  # type: ignore[arg-type]

    def test_what_is_not_held_is_not_released(self) -> None:
        assert decide(RELEASE, agent()) == []
        assert agent(RESERVE, OCCUPY, RELEASE).load == 0

    def test_a_deactivated_agent_occupies_nothing_new(self) -> None:
        with pytest.raises(Conflict, match="deactivated"):
            decide(Occupy(dialog="d1", weight=1, force=True), agent(SetActive(active=False)))

    def test_full_is_load_at_or_above_capacity(self) -> None:
        assert [agent(RESERVE, capacity=n).full for n in (2, 3)] == [True, False]
        assert agent(capacity=0).full
