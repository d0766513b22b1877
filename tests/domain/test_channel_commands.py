"""Channels under commands in any order: each is answered, repeats change nothing, one channel is in effect (D17)."""

from typing import Any, get_args

import pytest
from hypothesis import given as whatever
from hypothesis import strategies as st

from domain import channel
from domain.change import replace
from domain.channel.decide import ANSWERS
from domain.desk.channels import CreateChannel
from domain.errors import Rejected
from tests.connections import begins, key_of, logs_in
from tests.example_states import fold
from tests.examples import ANNA, COMMANDS, DAY, STATES, SUPPORT, agents, disconnects, group, saves, says
from tests.office import Office

REPEATABLE = [
    channel.BeginLogin,
    channel.Choose,
    channel.AcceptIdentifier,
    channel.IssueUrl,
    channel.Activate,
    channel.Degrade,
    channel.Recover,
    channel.Supersede,
    channel.Reactivate,
    channel.CancelDisconnect,
    channel.RequestDisconnect,
]
PHASES = [name for name in STATES if name.startswith("channel ")]
KINDS = ["facebook", "whatsapp_official", "whatsapp_infobip", "yandex_dialogs"]


def test_every_command_has_an_answer() -> None:
    assert set(ANSWERS) | {channel.Create} == set(get_args(channel.ChannelCommand))


@pytest.mark.requirement("E14")
@pytest.mark.parametrize("kind", REPEATABLE, ids=lambda one: one.__name__)
@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("of", KINDS)
def test_a_second_time_changes_nothing(kind: type, phase: str, of: str) -> None:
    once, twice = outcomes(kind, phase, of)
    assert twice in ([], once if isinstance(once, str) else [])


def outcomes(kind: type, phase: str, of: str) -> tuple[object, object]:
    state, answers = replace(STATES[phase], kind=of), []  # type: ignore[var-annotated]
    for _ in range(2):
        try:
            events = channel.decide(COMMANDS[kind], state)
        except Rejected as refusal:
            answers.append(refusal.code)
        else:
            answers.append(events)
            state = fold("channel", events, state, first=100)
    return answers[0], answers[1]


def test_each_of_them_does_something_somewhere() -> None:
    """Else the test above would prove nothing about it."""
    cases = [(kind, phase, of) for kind in REPEATABLE for phase in PHASES for of in KINDS]
    active = {kind for kind, *where in cases if isinstance(found := outcomes(kind, *where)[0], list) and found}
    assert {one.__name__ for one in set(REPEATABLE) - active} <= {"CancelDisconnect"}


FLATS = ("a", "b", "c")
ACCOUNTS = ("flats", "rooms")
Move = tuple[str, str, str]
MOVES = st.lists(
    st.tuples(
        st.sampled_from(["login", "login", "save", "save", "disconnect", "says"]),
        st.sampled_from(FLATS),
        st.sampled_from(ACCOUNTS),
    ),
    max_size=25,
)


@pytest.mark.requirement("D13", "D16", "D17")
@whatever(moves=MOVES)
def test_whatever_happens_an_account_has_one_channel_in_effect_and_no_message_is_lost(moves: list[Move]) -> None:
    office = Office()
    flats = [CreateChannel(channel=name, kind="avito") for name in FLATS]
    for step in (*agents(ANNA), *group(members=(ANNA,)), *flats):
        office.do(step)
    for number, move in enumerate(moves):
        play(office, move, number)
        office.settle()
        one_in_effect(office)
    received = sum(name == "says" for name, *_ in moves)
    assert sum(office.counts.values()) == received


def play(office: Office, move: Move, number: int) -> None:
    name, where, account = move
    steps: dict[str, list[Any]] = {
        "login": [begins(where, state=f"s{number}"), logs_in(where, account=account, state=f"s{number}")],
        "save": [saves(where, receiver=SUPPORT, auto_close=DAY)],
        "says": [says("ivan", to=where, kind="avito")(office)],
        "disconnect": [],
    }
    try:
        if name == "disconnect":
            disconnects(where)(office)
        for step in steps[name]:
            office.do(step)
    except Rejected as refusal:
        assert name != "says", refusal


def one_in_effect(office: Office) -> None:
    """The account's stream, its channels and the row of owners tell the same story."""
    working = {name: office.state(f"channel-{name}") for name in FLATS}
    for account in ACCOUNTS:
        key = key_of(account)
        mine = [name for name, state in working.items() if state.working and state.link.account_key == key]
        registered = office.state(f"account-acme:avito:{key}").in_effect
        assert mine == ([registered] if registered else [])
        assert office.heads.fact("owner", f"avito:{key}") == ("acme" if registered else None)
