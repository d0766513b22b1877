"""Which bots there are; what a keyword is; days with a bot at random."""

import unicodedata
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as whatever
from hypothesis import settings
from hypothesis import strategies as st

from domain.desk.bot_turns import answer_due, says_one_of
from domain.desk.bots import RemoveBot, SetBot
from domain.errors import Rejected
from tests.domain.laws import check
from tests.examples import (
    ANNA,
    GREETER,
    PAGE,
    SHOP,
    SUPPORT,
    TO_ANNA,
    agents,
    bot_answers,
    bot_fails,
    channel,
    closes,
    group,
    saves,
    says,
    takes,
    transfers,
)
from tests.office import Office
from tests.spec import given

CUSTOMERS = ("ivan", "maria", "petr")


# -- the registry ---------------------------------------------------------------------------------------------------


def test_a_bot_is_made_once_and_may_be_renamed() -> None:
    story = given().when(SetBot(bot="greeter")).then_answered(outcome="created", bot="greeter")
    story.when(SetBot(bot="greeter")).then_answered(outcome="unchanged")
    story.when(SetBot(bot="greeter", name="Greeter")).then_answered(outcome="saved")


@pytest.mark.requirement("A02", "F03")
def test_only_a_bot_that_exists_can_receive() -> None:
    page = [*agents(ANNA), *channel(PAGE, kind="facebook", receiver=TO_ANNA)]
    given(*page).when(saves(PAGE, receiver=GREETER)).then_refused("receiver_unknown")
    given(*page, SetBot(bot="greeter")).when(saves(PAGE, receiver=GREETER)).then("channel.settings_changed")


def test_a_bot_in_use_is_not_removed() -> None:
    story = given(*channel(PAGE, kind="facebook", receiver=GREETER)).when(RemoveBot(bot="greeter"))
    story.then_refused("in_use")
    assert story.refusal is not None and story.refusal.detail == {"channels": [PAGE]}


def test_a_bot_that_nobody_names_is_removed_once() -> None:
    story = given(*agents(ANNA), SetBot(bot="greeter"), *channel(SHOP, receiver=TO_ANNA))
    story.when(RemoveBot(bot="greeter")).then_answered(outcome="removed")
    story.when(RemoveBot(bot="greeter")).then_answered(outcome="unchanged")


# -- keywords -------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("I01")
@pytest.mark.parametrize(
    ("text", "keyword", "found"),
    [
        ("ОПЕРАТОР!", "оператор", True),
        ("позовите оператора", "оператор", False),
        ("нужен\nоператор, срочно", "Оператор", True),
        ("STRASSE", "straße", True),
        ("йод", unicodedata.normalize("NFD", "Йод"), True),
        ("/human", "/human", True),
        ("0", "0", True),
        ("10", "0", False),
        ("не_оператор", "оператор", False),
        ("не-оператор", "оператор", True),
        ("human.being", "human being", False),
        ("c++ please", "c++", True),
        ("anything", "   ", False),
    ],
)
def test_a_keyword_is_a_whole_word(text: str, keyword: str, found: bool) -> None:
    assert says_one_of(text, [keyword]) is found


WORDS = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12)


@pytest.mark.requirement("I01")
@whatever(WORDS, st.lists(WORDS, max_size=4), st.lists(WORDS, max_size=4))
def test_a_keyword_is_found_between_any_other_words(word: str, before: list[str], after: list[str]) -> None:
    same = word.upper().lower() == word.lower()
    assert says_one_of(" ".join([*before, word.upper(), *after]), [word.lower()]) or not same


@pytest.mark.requirement("I01")
@whatever(WORDS, WORDS)
def test_without_keywords_nothing_is_one(text: str, other: str) -> None:
    assert not says_one_of(text, [])
    assert not says_one_of(f"x{text}", [text]) or f"x{text}".casefold() == text.casefold()


# -- any day --------------------------------------------------------------------------------------------------------

MOVES = ("says", "keyword", "answers", "answers an old one", "asks for people", "fails", "takes", "back", "closes")


def play(moves: list[tuple[str, int, int]]) -> Office:
    """After every move: a dialog never stays with a bot beyond what it owes an answer to."""
    office = Office()
    page = channel(
        PAGE, kind="facebook", receiver=GREETER, bot__fallback=SUPPORT, bot__keywords=["human"], reopen_window=1
    )
    for step in (*agents(ANNA, capacity=50), *group(members=(ANNA,)), *page):
        office.do(step)
    for name, who, seconds in moves:
        _move(office, name, CUSTOMERS[who % len(CUSTOMERS)])
        office.run_for(timedelta(seconds=seconds))
        check(office)
        for _, dialog in office.heads.dialogs():
            due = answer_due(dialog, office.state(f"channel-{PAGE}"))
            assert due is None or due > office.now
    return office


def _move(office: Office, name: str, customer: str) -> None:
    known = len(office.log) // 2
    steps: dict[str, Any] = {
        "says": says(customer, to=PAGE, kind="facebook"),
        "keyword": says(customer, "a human", to=PAGE, kind="facebook"),
        "answers": bot_answers("Hi", customer=customer),
        "answers an old one": bot_answers("Hi", customer=customer, answers=known),
        "asks for people": bot_answers(hand_off=True, customer=customer),
        "fails": bot_fails(customer),
        "takes": takes(ANNA, customer),
        "back": transfers(ANNA, GREETER, customer, supervises=True),
        "closes": closes(customer),
    }
    try:
        step = steps[name](office)
        office.do(step)
    except (Rejected, StopIteration):
        return  # what makes no sense at this moment: there is no such dialog yet, or people have it


@pytest.mark.requirement("I02", "I01")
@settings(max_examples=40, deadline=None)
@whatever(st.lists(st.tuples(st.sampled_from(MOVES), st.integers(0, 2), st.integers(0, 90)), max_size=25))
def test_on_no_day_a_dialog_is_stuck_with_a_bot(moves: list[tuple[str, int, int]]) -> None:
    play(moves)
