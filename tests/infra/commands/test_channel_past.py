"""A channel's past at the terminal: settings as of a moment, the difference, the way back, a preview, the export."""

from __future__ import annotations

import csv
import getpass
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from adapters.http.channel_audit import SHEET
from tests.infra.commands.terminal import Said, Terminal, open_shop, point_at, says
from tests.store import Store, store

ME = f"terminal:{getpass.getuser()}"


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


@pytest.fixture
def terminal(shop: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    point_at(shop, monkeypatch)
    return Terminal(capsys)


def settings(terminal: Terminal, moment: str = "now") -> dict[str, Any]:
    return dict(terminal("channels", "settings", "shop", "--as-of", moment, "-o", "json").json)


def sheet(said: Said) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(said.out)))


@pytest.mark.requirement("L07")
def test_settings_are_read_as_of_a_moment(terminal: Terminal) -> None:
    assert terminal("channels", "set", "shop", "auto_close=2h", "priority=3").code == 0
    now, then = settings(terminal), settings(terminal, "v1")
    assert (now["settings_version"], now["settings"]["priority"], now["saved_by"]) == (2, 3, ME)
    assert (then["settings_version"], then["settings"]["auto_close"]) == (1, {"value": 1, "unit": "days"})
    assert settings(terminal, str(now["saved_position"] - 1))["settings"] == then["settings"]
    assert settings(terminal, now["saved_at"])["settings"] == now["settings"]
    shown = terminal("channels", "settings", "shop", "--as-of", "v1").out
    assert "1d" in shown
    assert "group:support" in shown


@pytest.mark.requirement("L07")
@pytest.mark.parametrize(
    ("moment", "code", "says"),
    [
        ("0", 5, "before_creation"),
        ("2001-01-01", 5, "before_creation"),
        ("v7", 5, "settings_version_unknown"),
        ("999999", 2, "moment_ahead"),
        ("soon", 2, "bad_moment"),
    ],
)
def test_a_moment_that_cannot_be_told_has_its_reason(terminal: Terminal, moment: str, code: int, says: str) -> None:
    refused = terminal("channels", "settings", "shop", "--as-of", moment)
    assert (refused.code, refused.out) == (code, "")
    assert f"({says})" in refused.err


@pytest.mark.requirement("L07", "L01")
def test_the_difference_is_told_with_who_did_it(terminal: Terminal) -> None:
    terminal("channels", "set", "shop", "auto_close=2h", "priority=3")
    terminal("channels", "set", "shop", "priority=4", "closing_message=Bye")
    found = terminal("channels", "diff", "shop", "v1", "v3", "-o", "json").json
    fields = {row["field"]: (row["old"], row["new"]) for row in found["fields"]}
    assert fields["priority"] == (0, 4)
    assert set(fields) == {"auto_close", "priority", "closing_message"}
    assert [(row["actor"], row["command"]) for row in found["events"]] == [(ME, "SaveChannel")] * 2
    shown = terminal("channels", "diff", "shop", "v1").out
    assert "1d" in shown
    assert "priority: 3 → 4" in shown
    same = terminal("channels", "diff", "shop", "v3")
    assert (same.code, same.out) == (0, "")
    assert "The settings are the same." in same.err
    assert terminal("channels", "diff", "shop", "v3", "v1").code == 2


@pytest.mark.requirement("L07", "A13", "A14")
def test_going_back_is_a_save_of_its_own(terminal: Terminal, shop: Store) -> None:
    before = settings(terminal)["settings"]
    terminal("channels", "set", "shop", "auto_close=2h", "priority=3")
    assert terminal("channels", "restore", "shop", "1", "--expect", "1").code == 6
    assert terminal("channels", "restore", "shop", "1", "-o", "json").json["settings_version"] == 3
    now = settings(terminal)
    assert (now["settings"], now["restored_from"]) == (before, 1)
    assert terminal("channels", "restore", "shop", "1", "-o", "json").json["outcome"] == "unchanged"
    assert terminal("channels", "restore", "shop", "9").code == 5
    told = terminal("channels", "history", "shop", "-o", "jsonl").lines[-1]
    assert told["cause"]["restored_from"] == 1
    assert "Restored from version 1, saved by engine" in terminal("channels", "history", "shop").out


@pytest.mark.requirement("G07", "A11")
def test_a_preview_tells_and_writes_nothing(terminal: Terminal, shop: Store) -> None:
    for chat in (1, 2, 3):
        says(shop, "Hello", chat=chat, number=chat)
    head = shop.log.head()
    told = terminal("channels", "set", "shop", "auto_close=1h", "--preview", "-o", "json").json
    assert told["changes"] == [
        {"field": "auto_close", "old": {"value": 1, "unit": "days"}, "new": {"value": 1, "unit": "hours"},
         "effect": "recomputed"}
    ]  # fmt: skip
    assert told["dialogs"] == {"looked_at": 3, "concerned": 3, "due_now": 0, "due_at_floor": 3, "rerouted": 0}
    assert "due_at_floor" in terminal("channels", "set", "shop", "auto_close=1h", "--preview").out
    assert "Nothing would change." in terminal("channels", "set", "shop", "auto_close=1d", "--preview").err
    refused = terminal("channels", "set", "shop", "auto_close=0h", "priority=99", "--preview")
    assert (refused.code, refused.out) == (2, "")
    assert "must_be_positive" in refused.err
    assert "out_of_range" in refused.err
    assert terminal("channels", "set", "shop", "priority=1", "--preview", "--expect", "9").code == 6
    assert shop.log.head() == head


@pytest.mark.requirement("L02", "L01")
def test_the_export_is_filtered_by_channel_user_field_and_period(terminal: Terminal, shop: Store) -> None:
    terminal("channels", "create", "second", "--kind", "viber")
    terminal("channels", "set", "shop", "auto_close=2h")
    terminal("channels", "set", "shop", "priority=3")
    everything = terminal("audit", "channels", "--format", "jsonl").lines
    assert {row["channel"] for row in everything} == {"shop", "second"}
    assert [row["position"] for row in everything] == sorted(row["position"] for row in everything)

    def positions(*filters: str) -> list[int]:
        return [row["position"] for row in terminal("audit", "channels", *filters, "--format", "jsonl").lines]

    last = everything[-1]
    assert positions("shop", "--field", "priority") == [last["position"]]
    assert positions("shop", "--user", "nobody") == []
    assert positions("--user", ME) == [row["position"] for row in everything if row["actor"] == ME]
    assert positions("shop", "--since", last["recorded_at"]) == [last["position"]]
    assert last["position"] not in positions("shop", "--until", last["recorded_at"])
    assert positions("shop", "--since", str(last["position"]), "--until", str(last["position"])) == []
    assert terminal("audit", "channels", "none").code == 5
    assert terminal("audit", "channels", "--since", "v1").code == 2


@pytest.mark.requirement("L02", "L10")
def test_no_cell_of_the_sheet_is_a_formula(terminal: Terminal) -> None:
    for text in ('=HYPERLINK("http://evil","x")', "+1", "-1", "@SUM(1)", "\t=1"):
        assert terminal("channels", "set", "shop", f"closing_message={text}").code == 0, text
    found = sheet(terminal("audit", "channels", "shop", "--field", "closing_message", "--format", "csv"))
    assert [row["new"] for row in found] == ['\'=HYPERLINK("http://evil","x")', "'+1", "'-1", "'@SUM(1)", "'\t=1"]
    assert [row["old"] for row in found[1:]] == [row["new"] for row in found[:-1]]
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in found for cell in row.values())
    assert list(found[0]) == list(SHEET)


@pytest.mark.requirement("L01")
def test_the_export_can_count_what_a_period_has_closed(terminal: Terminal) -> None:
    terminal("channels", "set", "shop", "auto_close=2h")
    rows = terminal("audit", "channels", "shop", "--field", "auto_close", "--effects", "--format", "jsonl").lines
    assert [row["closed_idle"] for row in rows] == [0, 0]
    assert "closed 0 idle dialogs" in terminal("audit", "channels", "shop", "--effects").out


@pytest.mark.requirement("L02")
def test_the_sheet_has_a_line_for_every_changed_field(terminal: Terminal) -> None:
    terminal("channels", "set", "shop", "auto_close=2h", "priority=3")
    found = sheet(terminal("audit", "channels", "shop", "--format", "csv"))
    saved = [row for row in found if row["settings_version"] == "2"]
    assert [(row["field"], row["old"], row["new"]) for row in saved] == [
        ("auto_close", '{"value":1,"unit":"days"}', '{"value":2,"unit":"hours"}'), ("priority", "0", "3")
    ]  # fmt: skip
    connected = next(row for row in found if row["kind"] == "channel.connected")
    assert (connected["state_before"], connected["state_after"]) == ("verified", "connected")
    assert connected["why"] == "The first Save of engine connected it"


@pytest.mark.requirement("A22", "C14", "A01")
def test_the_kinds_are_told_with_their_texts(here: Terminal) -> None:
    found = here("channels", "kinds", "-o", "json").json
    assert len(found) == 10
    silent = {row["kind"] for row in found if row["notice"] is None}
    assert silent == {"whatsapp_official", "email"}
    one = here("channels", "kinds", "whatsapp_messagebird", "--language", "ru", "-o", "json").json
    assert len(one["checklist"]) == 2
    assert here("channels", "kinds", "fax").code == 5
