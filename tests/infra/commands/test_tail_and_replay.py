"""The log at the terminal: from where, how far, of what; and a dialog as it was at any position."""

from __future__ import annotations

from datetime import timedelta
from time import tzset

import pytest

from adapters.store.heads import dump_state
from domain.desk import answering as desk
from domain.dialog.events import Author
from domain.streams import aggregate_of, fresh
from tests.infra.commands.terminal import Terminal, says
from tests.store import TENANT, Store


@pytest.fixture(scope="module")
def dialog(shop: Store) -> str:
    """Asked, taken, answered, closed."""
    dialog = says(shop, "Есть ли хлеб?")
    shop.do(desk.TakeDialog(dialog=dialog, agent="anna", by="anna"))
    author = Author(kind="agent", id="anna")
    shop.do(desk.SendMessage(dialog=dialog, client_key="1", author=author, body="Есть!"))
    shop.do(desk.CloseDialog(dialog=dialog))
    return dialog


def test_reading_in_two_parts_is_reading_at_once(terminal: Terminal, dialog: str) -> None:
    whole = terminal("tail", "--from", "start", "-o", "jsonl").lines
    first = terminal("tail", "--from", "start", "-n", "5", "-o", "jsonl").lines
    rest = terminal("tail", "--from", str(first[-1]["position"] + 1), "-o", "jsonl").lines
    assert first + rest == whole
    assert [one["position"] for one in whole] == list(range(1, len(whole) + 1))


def test_the_last_ones(terminal: Terminal, dialog: str) -> None:
    whole = terminal("tail", "--from", "start", "-o", "jsonl").lines
    assert terminal("tail", "-o", "jsonl").lines == whole[-10:]
    assert terminal("tail", "--from", "-3", "-o", "jsonl").lines == whole[-3:]
    assert terminal("tail", "--from", "end", "-o", "jsonl").lines == []


def test_of_some_kinds_and_of_one_dialog(terminal: Terminal, dialog: str) -> None:
    whole = terminal("tail", "--from", "start", "-o", "jsonl").lines
    messages = [one for one in whole if one["type"].startswith("dialog.message_")]
    assert terminal("tail", "--from", "start", "--type", "dialog.message_*", "-o", "jsonl").lines == messages
    assert terminal("tail", "--from", "-1", "--type", "dialog.message_*", "-o", "jsonl").lines == messages[-1:]
    own = [one for one in whole if one["stream"] == f"dialog-{dialog}"]
    assert terminal("tail", "--from", "start", "--dialog", dialog, "-o", "jsonl").lines == own
    assert own
    assert terminal("tail", "--from", "start", "--dialog", dialog[:8], "-o", "jsonl").lines == own
    assert terminal("tail", "--dialog", "nosuch").code == 5


@pytest.mark.parametrize("begin", [f"-{10**30}", str(10**30)])
def test_from_farther_than_any_log_is_no_fault(terminal: Terminal, dialog: str, begin: str) -> None:
    whole = terminal("tail", "--from", "start", "-o", "jsonl").lines
    told = terminal("tail", "--from", begin, "-o", "jsonl")
    assert (told.code, told.lines) == (0, whole if begin.startswith("-") else [])


@pytest.mark.parametrize("command", [("replay", ""), ("dialogs", "close", ""), ("tail", "--dialog", "")])
def test_an_empty_id_means_no_dialog(terminal: Terminal, dialog: str, command: tuple[str, ...]) -> None:
    refused = terminal(*command)
    assert (refused.code, refused.out) == (5, "")
    assert "(dialog_unknown)" in refused.err


def test_people_read_what_was_said(terminal: Terminal, dialog: str) -> None:
    out = terminal("tail", "--from", "start").out
    assert "“Есть ли хлеб?”" in out
    assert "\x1b[" not in out
    shown = terminal("dialogs", "show", dialog[:8]).out
    assert "customer: Есть ли хлеб?" in shown
    assert "anna: Есть!" in shown


@pytest.mark.requirement("M01")
def test_replay_ends_where_the_engine_stands(terminal: Terminal, shop: Store, dialog: str) -> None:
    """The last state of a replay is the head that the engine decides from."""
    stream = f"dialog-{dialog}"
    (state,) = shop.rows("SELECT state FROM parley.head WHERE tenant = %s AND stream = %s", TENANT, stream)[0]
    document = terminal("replay", dialog, "-o", "json").json
    folded = fresh(stream)
    for recorded in shop.log.stream(TENANT, stream):
        folded = aggregate_of(stream).evolve(folded, recorded.event, recorded.stamp)
    assert dump_state(stream, folded) == bytes(state)
    assert document["state"]["phase"] == "closed"
    assert document["state"]["closed_cause"] == "agent"


def test_replay_of_a_position_is_the_state_at_that_position(terminal: Terminal, dialog: str) -> None:
    steps = terminal("replay", dialog, "-o", "jsonl").lines
    for step in steps:
        then = terminal("replay", dialog, "--at", str(step["position"]), "-o", "json").json
        assert then["state"] == step["state"]
        assert (then["position"], then["version"]) == (step["position"], step["version"])
    phases = [step["state"]["phase"] for step in steps]
    assert phases == sorted(phases, key=["queued", "assigned", "closed"].index)
    assert set(phases) == {"queued", "assigned", "closed"}


def test_replay_of_a_moment(terminal: Terminal, shop: Store, dialog: str) -> None:
    closed = shop.log.stream(TENANT, f"dialog-{dialog}")[-1].recorded_at
    before = terminal("replay", dialog, "--at", (closed - timedelta(microseconds=1)).isoformat(), "-o", "json").json
    assert before["state"]["phase"] == "assigned"
    assert terminal("replay", dialog, "--at", closed.isoformat(), "-o", "json").json["state"]["phase"] == "closed"
    assert terminal("replay", dialog, "--at", "2001-01-01", "-o", "json").json["state"] is None
    assert terminal("replay", dialog, "--at", "tomorrow").code == 2
    assert "not there yet" in terminal("replay", dialog, "--at", "0").err


def test_a_moment_without_a_zone_is_the_time_that_tables_show(
    terminal: Terminal, shop: Store, dialog: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = shop.log.stream(TENANT, f"dialog-{dialog}")[-1].recorded_at
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    tzset()
    try:
        shown = closed.astimezone().replace(tzinfo=None)
        told = terminal("replay", dialog, "--at", shown.isoformat(), "-o", "json").json
        before = terminal("replay", dialog, "--at", (shown - timedelta(microseconds=1)).isoformat(), "-o", "json").json
    finally:
        monkeypatch.undo()
        tzset()
    assert shown != closed.replace(tzinfo=None)
    assert (told["state"]["phase"], before["state"]["phase"]) == ("closed", "assigned")
