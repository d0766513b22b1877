"""The five rules of distribution, with every worked vector of §6 (F04, F24)."""

import hashlib
import hmac
from collections import Counter

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain.distribution import RESERVING, RULES, Choice, Member, Question, choose, draw
from domain.group import ALGORITHMS
from domain.rotation import Rotation

A, B, C, D = "anna", "boris", "clara", "daria"
ABC = (A, B, C)


def members(*agents: str, order: tuple[str, ...] = ABC, load: int = 0, capacity: int = 5) -> list[Member]:
    return [Member(agent, order.index(agent), load, capacity) for agent in order if agent in agents]


def question(order: tuple[str, ...] = ABC, rotation: Rotation = Rotation(), **more: object) -> Question:  # noqa: B008
    return Question(dialog="d1", round=1, attempt=1, order=order, rotation=rotation, **more)  # type: ignore[arg-type]


def after(cursor: str, order: tuple[str, ...] = ABC) -> Rotation:
    return Rotation(cursor=cursor, order=order)


@pytest.mark.requirement("F04")
def test_there_are_exactly_five_rules() -> None:
    assert set(RULES) == set(ALGORITHMS)
    assert set(ALGORITHMS) - RESERVING == {"all_at_once"}


@pytest.mark.requirement("F04")
class TestRoundRobin:
    def test_it_begins_at_the_top(self) -> None:
        assert choose("round_robin", members(A, B, C), question()).chosen == (A,)

    def test_it_wraps_around(self) -> None:
        assert choose("round_robin", members(A, B), question(rotation=after(C))).chosen == (A,)

    def test_it_skips_who_may_not(self) -> None:
        choice = choose("round_robin", members(A, C), question(rotation=after(A)))
        assert (choice.chosen, choice.cursor) == ((C,), C)

    def test_the_last_one_is_offered_again_if_nobody_else_may(self) -> None:
        assert choose("round_robin", members(A), question(rotation=after(A))).chosen == (A,)

    def test_three_dialogs_go_to_three_agents(self) -> None:
        rotation, had = Rotation(), []
        for _ in range(4):
            choice = choose("round_robin", members(A, B, C), question(rotation=rotation))
            had.append(choice.chosen[0])
            rotation = after(choice.cursor or "")
        assert had == [A, B, C, A]


@pytest.mark.requirement("F04")
class TestInOrder:
    def test_every_dialog_starts_from_the_top(self) -> None:
        assert choose("in_order", members(B, C), question(rotation=after(B))).chosen == (B,)
        assert choose("in_order", members(A, B, C), question(rotation=after(A))).chosen == (A,)


@pytest.mark.requirement("F04")
class TestAllAtOnce:
    def test_all_in_order_at_most_width(self) -> None:
        assert choose("all_at_once", members(A, B, C), question()).chosen == ABC
        assert choose("all_at_once", members(A, B, C), question(width=2)).chosen == (A, B)

    def test_the_turn_does_not_move(self) -> None:
        assert choose("all_at_once", members(A, B), question(rotation=after(B))).cursor == B


@pytest.mark.requirement("F04")
class TestLeastBusy:
    def test_of_equals_the_one_whose_last_offer_is_longest_ago(self) -> None:
        loads = [Member(A, 0, 2, 5), Member(B, 1, 1, 5), Member(C, 2, 1, 5)]
        rotation = Rotation(last_offered={C: 1, B: 2})
        assert choose("least_busy", loads, question(rotation=rotation)).chosen == (C,)

    def test_who_was_never_offered_anything_goes_first(self) -> None:
        rotation = Rotation(last_offered={A: 0, B: 5})
        assert choose("least_busy", members(A, B, C), question(rotation=rotation)).chosen == (C,)

    def test_then_the_list(self) -> None:
        assert choose("least_busy", members(B, C), question()).chosen == (B,)

    def test_azures_published_example(self) -> None:
        """A 3/5 offered five minutes ago, B 3/4, C 3/5 seven minutes ago, D 0/3: D, C, A, B."""
        rotation, order = Rotation(last_offered={C: 1, A: 2}), (A, B, C, D)
        left = [Member(A, 0, 3, 5), Member(B, 1, 3, 4), Member(C, 2, 3, 5), Member(D, 3, 0, 3)]
        had = []
        while left:
            asked = question(order=order, rotation=rotation, by_ratio=True)
            (chosen,) = choose("least_busy", left, asked).chosen
            had.append(chosen)
            left = [member for member in left if member.agent != chosen]
        assert had == [D, C, A, B]

    def test_zendesks_published_example(self) -> None:
        """A 1/2, B 8/10: fewer dialogs, and the lower ratio, both mean A; the ratio is compared exactly."""
        two = [Member(A, 0, 1, 2), Member(B, 1, 8, 10)]
        assert choose("least_busy", two, question(order=(A, B))).chosen == (A,)
        assert choose("least_busy", two, question(order=(A, B), by_ratio=True)).chosen == (A,)

    def test_ratios_are_exact_fractions(self) -> None:
        """0.1 + 0.2 of floating point would call 3/10 and 6/20 different."""
        equal = [Member(A, 0, 6, 20), Member(B, 1, 3, 10), Member(C, 2, 9, 30)]
        rotation = Rotation(last_offered={A: 3, B: 2, C: 1})
        assert choose("least_busy", equal, question(rotation=rotation, by_ratio=True)).chosen == (C,)


@pytest.mark.requirement("F04", "F24")
class TestRandom:
    @pytest.mark.parametrize(("dialog", "index"), [("d1", 1), ("d4", 2)])
    def test_the_worked_vectors(self, dialog: str, index: int) -> None:
        asked = Question(dialog=dialog, round=1, attempt=1, order=ABC, seed="seed")
        assert choose("random", members(A, B, C), asked).chosen == (ABC[index],)

    def test_the_draw_is_the_whole_hmac_as_one_big_number(self) -> None:
        digest = hmac.new(b"seed", b"d1|1|1", hashlib.sha256).hexdigest()
        assert digest.startswith("87c7999f")
        assert draw("seed", "d1|1|1", 3) == int(digest, 16) % 3 == 1

    def test_the_order_in_which_members_are_given_does_not_matter(self) -> None:
        asked = question(seed="seed")
        assert (
            choose("random", members(A, B, C)[::-1], asked).chosen == choose("random", members(A, B, C), asked).chosen
        )

    def test_it_is_even(self) -> None:
        counts = Counter(draw("seed", f"d{n}|1|1", 3) for n in range(3000))
        assert all(900 < count < 1100 for count in counts.values())


@pytest.mark.requirement("F24")
@pytest.mark.parametrize("algorithm", ALGORITHMS)
@whatever(
    loads=st.lists(st.integers(0, 5), min_size=1, max_size=6),
    cursor=st.integers(-1, 6),
    seed=st.text(min_size=1, max_size=5),
    ratio=st.booleans(),
)
def test_every_rule_chooses_among_the_eligible_and_the_same_again(
    algorithm: str, loads: list[int], cursor: int, seed: str, ratio: bool
) -> None:
    order = tuple(f"agent-{n}" for n in range(7))
    eligible = [Member(order[n], n, load, 6) for n, load in enumerate(loads)]
    rotation = Rotation(cursor=order[cursor] if cursor >= 0 else None, order=order)
    asked = question(order=order, rotation=rotation, seed=seed, by_ratio=ratio)
    choice: Choice = choose(algorithm, eligible, asked)  # type: ignore[arg-type]
    assert choice.chosen
    assert set(choice.chosen) <= {member.agent for member in eligible}
    assert len(set(choice.chosen)) == len(choice.chosen)
    assert choose(algorithm, list(eligible), asked) == choice  # type: ignore[arg-type]
    assert all(choice.key(member) is not None for member in eligible if member.agent in choice.chosen)
