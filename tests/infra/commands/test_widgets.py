"""Widgets, services and the steps of connecting at the terminal."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from domain.desk.connecting import ActivateByManager
from infra.loops import known_projections
from tests.infra.commands.terminal import Terminal, open_shop, point_at
from tests.store import Store, store


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


@pytest.fixture
def terminal(shop: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    point_at(shop, monkeypatch)
    return Terminal(capsys)


@pytest.mark.requirement("A23")
def test_a_widget_is_made_and_archived(terminal: Terminal) -> None:
    assert terminal("widgets", "create", "site", "--name", "Our site", "-o", "json").json["outcome"] == "created"
    assert terminal("channels", "create", "bot", "--kind", "viber", "--widget", "site").code == 0
    assert terminal("channels", "create", "bot2", "--kind", "viber", "--widget", "none").code == 5
    assert terminal("widgets", "archive", "site", "-o", "json").json["outcome"] == "archived"
    assert terminal("channels", "create", "bot3", "--kind", "viber", "--widget", "site").code == 6
    assert terminal("widgets", "show", "none").code == 5
    assert "widgets" in known_projections(None)


@pytest.mark.requirement("C01")
def test_a_service_is_withdrawn_and_granted(terminal: Terminal) -> None:
    assert terminal("services", "withdraw", "whatsapp", "-o", "json").json["outcome"] == "taken_away"
    assert terminal("services", "list", "-o", "json").json == [{"service": "whatsapp", "granted": False}]
    assert terminal("services", "withdraw", "whatsapp", "-o", "json").json["outcome"] == "unchanged"
    assert terminal("services", "grant", "whatsapp", "-o", "json").json["outcome"] == "granted"


@pytest.mark.requirement("A16", "A17", "A18")
def test_a_channel_is_disconnected_in_two_steps(terminal: Terminal) -> None:
    asked = terminal("channels", "disconnect", "shop", "-o", "json")
    assert "Nothing has changed yet" in asked.err
    consent = asked.json["consent_id"]
    assert terminal("channels", "show", "shop", "-o", "json").json["phase"] == "connected"
    assert terminal("channels", "disconnect", "shop", "--decline", consent, "-o", "json").json["outcome"] == "cancelled"
    assert terminal("channels", "disconnect", "shop", "--consent", consent).code == 6
    again = terminal("channels", "disconnect", "shop", "-o", "json").json["consent_id"]
    assert terminal("channels", "disconnect", "shop", "--consent", again, "--decline", again).code == 2
    assert terminal("channels", "disconnect", "shop", "--consent", again).code == 0
    assert terminal("channels", "show", "shop", "-o", "json").json["phase"] == "disconnected"
    told = terminal("channels", "history", "shop").out
    assert "connected → disconnected" in told
    assert "Requested by terminal:" in told


@pytest.mark.requirement("C03", "A24")
def test_only_what_a_manager_may_do_is_done_at_the_vendors_terminal(terminal: Terminal, shop: Store) -> None:
    refused = terminal("channels", "activate", "shop", "--number", "+79160000009")
    assert refused.code != 0
    assert refused.out == ""
    shown = terminal("channels", "show", "shop", "-o", "json").json
    assert (shown["external_id"], shown["causes"]) == ("42", [])
    assert "account_key" not in terminal("channels", "show", "shop", "-o", "json").out
    assert terminal("channels", "activate", "none").code == 5
    assert ActivateByManager.__name__ not in terminal("channels", "history", "shop").out
