"""Whose turn it is: moves with the offer, and no change of members ever resets it (§6, F16, F32)."""

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.dialog.events import RoutingDecided
from domain.group import MembersChanged
from domain.rotation import Rotation, decided, in_turn, members_changed

A, B, C, D = "anna", "boris", "clara", "daria"


def of(*order: str) -> Rotation:
    return members_changed(Rotation(), MembersChanged(order=order))


def now(rotation: Rotation, *order: str) -> Rotation:
    return members_changed(rotation, MembersChanged(order=order))


def offered(rotation: Rotation, agent: str) -> Rotation:
    event = RoutingDecided(
        group="support",
        seq=rotation.seq + 1,
        algorithm="round_robin",
        cursor_before=rotation.cursor,
        cursor_after=agent,
        chosen=(agent,),
        outcome="offered",
    )
    return decided(rotation, event)


@pytest.mark.requirement("F16", "F04")
class TestAfterARemoval:
    """The worked vectors: M was A, B, C and the cursor stood on B."""

    ON_B = offered(of(A, B, C), B)

    def test_of_the_one_last_offered_the_one_who_followed_him_is_next(self) -> None:
        assert in_turn(now(self.ON_B, A, C), (A, C))[0] == C

    def test_of_his_follower_too_the_next_who_is_left(self) -> None:
        assert in_turn(now(now(self.ON_B, A, C), A), (A,))[0] == A

    def test_of_both_at_once_the_next_who_is_left(self) -> None:
        assert in_turn(now(offered(of(A, B, C, D), B), A, D), (A, D))[0] == D

    def test_of_somebody_else_nothing_moves(self) -> None:
        assert in_turn(now(self.ON_B, B, C), (B, C))[0] == C

    def test_of_everybody_it_starts_from_the_top(self) -> None:
        assert in_turn(now(now(self.ON_B), C, D), (C, D)) == [C, D]

    def test_the_successor_keeps_his_turn_when_others_come_and_the_order_changes(self) -> None:
        assert in_turn(now(now(self.ON_B, A, C), D, C, A), (D, C, A))[0] == C

    def test_after_his_turn_it_goes_on_behind_him(self) -> None:
        assert in_turn(offered(now(self.ON_B, A, C), C), (A, C))[0] == A


@pytest.mark.requirement("F16")
def test_a_newcomer_does_not_take_somebody_elses_turn() -> None:
    assert in_turn(now(offered(of(A, B), A), A, B, C), (A, B, C)) == [B, C, A]


def test_who_left_and_came_back_is_as_if_never_offered() -> None:
    back = now(now(offered(of(A, B), A), B), A, B)
    assert back.last_offered == {}


def test_nobody_is_no_turn() -> None:
    event = RoutingDecided(group="support", seq=7, algorithm="round_robin", outcome="none")
    assert decided(of(A, B), event) == of(A, B)


ORDERS = st.permutations([A, B, C, D]).flatmap(lambda all_: st.integers(1, 4).map(lambda n: tuple(all_[:n])))


@pytest.mark.requirement("F16")
@whatever(changes=st.lists(ORDERS, min_size=1, max_size=5))
def test_a_change_of_members_keeps_the_next_one_if_he_stays(changes: list[tuple[str, ...]]) -> None:
    """Whoever was next stays next; if he leaves too, the next of the old turns who is still there."""
    rotation = offered(of(A, B, C, D), B)
    for order in changes:
        begun, turns = rotation.cursor or rotation.successor, in_turn(rotation, rotation.order)
        rotation = now(rotation, *order)
        waited = [agent for agent in turns if agent in order]
        if begun and waited and rotation.cursor is None:
            assert in_turn(rotation, order)[0] == waited[0]


@pytest.mark.requirement("F16")
@whatever(orders=st.lists(ORDERS, min_size=4, max_size=12))
def test_everybody_who_stays_gets_his_turn_within_one_circle(orders: list[tuple[str, ...]]) -> None:
    stays = {agent for agent in (A, B, C, D) if all(agent in order for order in orders)}
    rotation, had = of(A, B, C, D), []
    fixed = tuple(sorted(set(orders[0])))
    for _ in range(len(fixed)):
        rotation = now(rotation, *fixed)
        rotation = offered(rotation, in_turn(rotation, fixed)[0])
        had.append(rotation.cursor)
    assert stays <= set(had)
    assert sorted(had) == sorted(fixed)  # type: ignore[type-var]
