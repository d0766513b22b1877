"""Agents who show a sign of life, leave and come back, and groups that end: at the terminal as anywhere."""

from __future__ import annotations

import pytest

from domain.desk.administration import SetPresence
from tests.infra.commands.terminal import Terminal
from tests.store import Store


def test_a_sign_of_life_counts_as_long_as_the_installation_says(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_PRESENCE_LEASE", "30")
    told = terminal("agents", "heartbeat", "anna", "-o", "json").json
    assert (told["outcome"], told["agent"]) == ("heard", "anna")
    longer = terminal("agents", "heartbeat", "anna", "--every", "30")
    assert (longer.code, longer.out) == (2, "")


@pytest.mark.parametrize("seconds", ["14", "601", "never"])
def test_a_lease_is_15_seconds_to_10_minutes(terminal: Terminal, monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    monkeypatch.setenv("PARLEY_PRESENCE_LEASE", seconds)
    refused = terminal("agents", "heartbeat", "anna")
    assert (refused.code, refused.out) == (2, "")
    assert "PARLEY_PRESENCE_LEASE" in refused.err


def test_every_sends_them_until_it_is_interrupted(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", pause)
    told = terminal("agents", "heartbeat", "anna", "--every", "20")
    assert (pauses, told.out.count("heard")) == ([20.0] * 3, 3)


@pytest.mark.requirement("F14")
def test_who_leaves_is_shown_as_gone_and_may_come_back(terminal: Terminal, shop: Store) -> None:
    assert terminal("agents", "deactivate", "anna", "-o", "json").json["outcome"] == "deactivated"
    assert terminal("agents", "show", "anna", "-o", "json").json["active"] is False
    refused = terminal("agents", "ready", "anna")
    assert (refused.code, "(agent_deactivated)" in refused.err) == (6, True)
    assert terminal("agents", "reactivate", "anna", "-o", "json").json["outcome"] == "reactivated"
    assert shop.do(SetPresence(agent="anna", to="away")).answer["outcome"] == "changed"


@pytest.mark.requirement("F19")
def test_a_group_ends_only_when_nothing_leads_there(terminal: Terminal) -> None:
    refused = terminal("groups", "archive", "support")
    assert (refused.code, "(in_use)" in refused.err, "shop" in refused.err) == (6, True, True)
    assert terminal("groups", "set", "spare", "--name", "Spare").code == 0
    assert terminal("groups", "archive", "spare", "-o", "json").json["outcome"] == "archived"
    assert terminal("groups", "show", "spare", "-o", "json").json["archived"] is True


@pytest.mark.parametrize("command", [("agents", "heartbeat"), ("agents", "deactivate"), ("groups", "archive")])
def test_nobody_unknown(terminal: Terminal, command: tuple[str, str]) -> None:
    refused = terminal(*command, "nobody")
    assert (refused.code, refused.out) == (5, "")
