"""What administrators do at the terminal is what they do anywhere: the same commands, the same refusals, their name."""

from __future__ import annotations

import getpass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.working_time import Interval
from infra.commands.schedules import week_of
from infra.commands.values import value_of
from tests.infra.commands.terminal import Terminal, says
from tests.postgres import cluster, fresh_database
from tests.store import TENANT, Store


def test_an_agent_is_made_changed_and_sent_to_work(terminal: Terminal) -> None:
    assert terminal("agents", "set", "boris", "--name", "Борис", "--skills", "ru, en", "-o", "json").code == 0
    assert terminal("agents", "set", "boris", "--capacity", "2").code == 0
    assert terminal("agents", "ready", "boris").code == 0
    shown = terminal("agents", "show", "boris", "-o", "json").json
    assert (shown["name"], shown["capacity"], shown["skills"], shown["presence"]) == ("Борис", 2, ["ru", "en"], "ready")
    assert terminal("agents", "away", "boris").code == 0
    assert [one["presence"] for one in terminal("agents", "list", "-o", "jsonl").lines if one["id"] == "boris"] == [
        "away"
    ]


def test_a_group_is_set(terminal: Terminal) -> None:
    assert terminal("groups", "set", "night", "--name", "Night", "members=anna", "algorithm=least_busy").code == 0
    shown = terminal("groups", "show", "night", "-o", "json").json
    assert (shown["members"], shown["algorithm"]) == (["anna"], "least_busy")
    assert "seed" not in shown


def test_hours_are_set_and_read_back(terminal: Terminal) -> None:
    hours = "mon-fri 9:00-18:00, sat 22:00-2:00"
    arguments = ("--zone", "Europe/Moscow", "--hours", hours, "--closed", "2027-01-01")
    assert terminal("schedules", "set", "day", *arguments).code == 0
    shown = terminal("schedules", "show", "day", "-o", "json").json
    assert shown["hours"].startswith("mon 9:00-18:00, tue 9:00-18:00")
    assert shown["hours"].endswith("sat 22:00-2:00")
    assert shown["exceptions"] == [{"on": "2027-01-01", "intervals": []}]
    read = terminal("schedules", "show", "day").out
    assert "2027-01-01 closed" in read
    assert "540" not in read


@pytest.mark.parametrize("wrong", ["", "a b", "../a", "ы", "a" * 65, "a\n"])
@pytest.mark.parametrize(
    "command",
    [
        ("agents", "set", "{}", "--name", "A"),
        ("groups", "set", "{}", "--name", "A"),
        ("schedules", "set", "{}", "--zone", "UTC", "--hours", "mon 9:00-10:00"),
        ("channels", "create", "{}", "--kind", "telegram"),
    ],
)
def test_nothing_is_made_under_an_id_that_no_address_can_name(
    terminal: Terminal, command: tuple[str, ...], wrong: str
) -> None:
    refused = terminal(*(wrong if one == "{}" else one for one in command))
    assert (refused.code, refused.out) == (2, "")


def test_a_group_that_nobody_made_cannot_be_set(terminal: Terminal) -> None:
    refused = terminal("groups", "set", "nobody-made-me")
    assert (refused.code, refused.out) == (5, "")
    assert "(group_unknown)" in refused.err


@pytest.mark.requirement("A14")
def test_settings_are_saved_only_over_the_version_that_was_seen(terminal: Terminal) -> None:
    seen = terminal("channels", "show", "shop", "-o", "json").json["settings_version"]
    first = terminal("channels", "set", "shop", "weight=3", "--expect", str(seen), "-o", "json")
    assert first.json["settings_version"] == seen + 1
    late = terminal("channels", "set", "shop", "priority=4", "--expect", str(seen))
    assert (late.code, late.out) == (6, "")
    assert late.err.startswith("parley: ")
    assert "(version_conflict)" in late.err
    assert terminal("channels", "show", "shop", "-o", "json").json["settings"]["priority"] == 0


@pytest.mark.requirement("L01")
def test_the_history_says_who_changed_what(terminal: Terminal) -> None:
    assert terminal("channels", "set", "shop", "closing_message=До свидания!").code == 0
    last = terminal("channels", "history", "shop", "-o", "jsonl").lines[-1]
    assert (last["actor_kind"], last["actor"]) == ("manager", f"terminal:{getpass.getuser()}")
    assert last["changes"] == [{"field": "closing_message", "old": None, "new": "До свидания!"}]
    read = terminal("channels", "history", "shop").out
    assert "closing_message: - → До свидания!" in read
    assert "SaveChannel" in read


def test_a_dialog_is_answered_and_closed(terminal: Terminal, shop: Store) -> None:
    dialog = says(shop, "Добрый день", chat=77, number=1)
    assert terminal("dialogs", "reply", dialog[:8], "Здравствуйте!", "--as", "anna").code == 0
    assert terminal("dialogs", "close", dialog[:8], "-o", "json").json["outcome"] == "closed"
    assert terminal("dialogs", "reply", dialog[:8], "Ещё кое-что").code == 6
    kinds = [one.event.kind for one in shop.log.stream(TENANT, f"dialog-{dialog}")]
    assert kinds[-2:] == ["dialog.message_sent", "dialog.closed"]


def test_the_schema_is_checked_and_brought_up_to_date(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    assert terminal("migrate", "--check").code == 0
    monkeypatch.setenv("PARLEY_OWNER_DATABASE_URL", fresh_database(cluster()))
    missing = terminal("migrate", "--check")
    assert missing.code == 3
    assert terminal("migrate").out == missing.out
    assert missing.out.splitlines()[0] == "0001_log.sql"
    assert (terminal("migrate").out, terminal("migrate", "--check").code) == ("", 0)


def test_a_token_is_shown_once_and_can_be_revoked(terminal: Terminal) -> None:
    token = terminal("tokens", "make", "--role", "supervisor", "--actor", "sofia").out.strip()
    assert token.startswith("pk_")
    listed = terminal("tokens", "list", "-o", "json")
    assert token.split("_")[2] not in listed.out
    (ident,) = [one["id"] for one in listed.json if one["actor"] == "sofia"]
    assert terminal("tokens", "revoke", ident).code == 0
    assert terminal("tokens", "list", "-o", "json").json[-1]["revoked_at"] is not None
    assert terminal("tokens", "make", "--role", "agent", "--actor", "nobody").code == 5


def test_readers_of_the_log_are_listed_and_a_view_is_built_anew(terminal: Terminal) -> None:
    built = terminal("projections", "rebuild", "channels", "-o", "json").json
    assert built["rows"] == 1
    consumers = {one["consumer"]: one for one in terminal("projections", "status", "-o", "jsonl").lines}
    assert consumers["channels"]["lag"] == 0
    row = terminal("dialogs", "list", "closed", "-o", "json")
    assert row.code == 0


@given(st.integers(0, 1439), st.integers(0, 1440), st.integers(0, 6))
def test_every_interval_can_be_typed(start: int, end: int, day: int) -> None:
    name = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[day]
    week = week_of(f"{name} {start // 60}:{start % 60:02}-{end // 60}:{end % 60:02}")
    assert [Interval(start=s, end=e) for s, e in week[day]] == [Interval(start=start, end=end)]
    assert sum(map(len, week)) == 1


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        ("auto_close", "12h", {"value": 12, "unit": "hours"}),
        ("auto_close", "2d", {"value": 2, "unit": "days"}),
        ("auto_close", "soon", "soon"),
        ("receiver", "group:support", {"kind": "group", "id": "support"}),
        ("receiver", "none", None),
        ("members", "anna, boris", ["anna", "boris"]),
        ("members", "", []),
        ("closing_message", "5", "5"),
        ("weight", "5", 5),
        ("required_tag", "true", True),
    ],
)
def test_values_as_they_are_typed(field: str, text: str, value: object) -> None:
    assert value_of(field, text) == value
