"""Connecting a channel at the terminal: a token that is never shown, a login that ends in the browser, a body read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.doubles.telegram import TelegramDouble, broken
from adapters.doubles.whatsapp_official import APP_SECRET, NUMBER_ID, PHONE, WABA, WhatsAppDouble
from adapters.doubles.whatsapp_official import TOKEN as WHATSAPP_TOKEN
from domain.desk.channels import CreateChannel
from tests.infra.commands.terminal import Terminal, open_shop, point_at
from tests.store import Store, store


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


@pytest.fixture
def telegram(monkeypatch: pytest.MonkeyPatch) -> Iterator[TelegramDouble]:
    with TelegramDouble(name="Bakery") as made:
        monkeypatch.setenv("PARLEY_PROVIDER_URLS", json.dumps({"telegram": made.url}))
        yield made


@pytest.fixture
def terminal(shop: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    point_at(shop, monkeypatch)
    return Terminal(capsys)


def types(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.mark.requirement("D01", "D02", "D05")
def test_a_bot_is_connected_by_the_token_that_is_typed(
    shop: Store, terminal: Terminal, telegram: TelegramDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.do(CreateChannel(channel="bread", kind="telegram"))
    types(monkeypatch, "1:wrong\n")
    wrong = terminal("channels", "verify", "bread")
    assert (wrong.code, "does not know this token" in wrong.err) == (5, True)
    types(monkeypatch, f"{telegram.token}\n")
    right = terminal("channels", "connect", "bread", "-o", "json")
    assert right.json["bot_name"] == "Bakery"
    assert telegram.token not in right.out + right.err
    assert terminal("channels", "set", "bread", "receiver=group:support", "auto_close=1d").code == 0
    assert terminal("channels", "show", "bread", "-o", "json").json["phase"] == "connected"
    assert terminal("channels", "test", "bread", "-o", "json").json["trouble"] is None
    telegram.fails(broken(401), method="getMe", times=9)
    revoked = terminal("channels", "test", "bread", "-o", "json")
    assert (revoked.code, revoked.json["trouble"]) == (6, "authorisation")


@pytest.mark.requirement("C09")
def test_keys_are_lines_and_what_is_missing_is_named(
    shop: Store, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.do(CreateChannel(channel="wa", kind="whatsapp_messagebird"))
    types(monkeypatch, "key=secret-of-ours\n")
    missing = terminal("channels", "verify", "wa")
    assert missing.code != 0
    assert "channel_id" in missing.err and "secret-of-ours" not in missing.err
    types(monkeypatch, "key=secret-of-ours\nphone=+7900\n")
    assert "phone is not asked for" in terminal("channels", "verify", "wa").err


@pytest.mark.requirement("D07", "C03")
def test_other_ways_are_shown_or_refused(shop: Store, terminal: Terminal) -> None:
    shop.do(CreateChannel(channel="ya", kind="yandex_dialogs"))
    shop.do(CreateChannel(channel="official", kind="whatsapp_official"))
    issued = terminal("channels", "connect", "ya", "-o", "json").json["chat_id"]
    assert terminal("channels", "identifier", "ya", "-o", "json").json["chat_id"] == issued
    assert "personal manager" in terminal("channels", "connect", "official").err


@pytest.mark.requirement("B09")
def test_without_an_application_or_with_a_foreign_address_a_login_says_why(
    shop: Store, terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.do(CreateChannel(channel="group", kind="vk"))
    assert "PARLEY_PUBLIC_URL" in terminal("channels", "login", "group").err
    monkeypatch.setenv("PARLEY_PUBLIC_URL", "https://parley.example")
    assert "PARLEY_APPS" in terminal("channels", "login", "group").err
    monkeypatch.setenv("PARLEY_APPS", json.dumps({"vk": {"id": "51", "secret": "hush"}}))
    types(monkeypatch, "https://parley.example/oauth/vk?code=1&state=group.forged\n")
    foreign = terminal("channels", "login", "group")
    assert "was not begun here" in foreign.err and "hush" not in foreign.err + foreign.out


def test_a_body_is_read_with_its_headers(terminal: Terminal, tmp_path: Path) -> None:
    body = tmp_path / "update.json"
    body.write_text('{"update_id": 1, "poll": {}}')
    read = terminal("channels", "parse", "telegram", str(body), "--header", "X-Name=1")
    assert (read.code, read.lines[0]["kind"]) == (0, "ignore")
    assert terminal("channels", "parse", "telegram", str(body), "--header", "nonsense").code == 2


@pytest.mark.requirement("C03", "A24")
def test_a_number_is_activated_with_secrets_from_a_file(
    shop: Store, terminal: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shop.do(CreateChannel(channel="wa", kind="whatsapp_official"))
    typed = tmp_path / "secrets"
    with WhatsAppDouble() as whatsapp:
        monkeypatch.setenv("PARLEY_PROVIDER_URLS", json.dumps({"whatsapp_official": whatsapp.url}))
        typed.write_text(f"waba_id={WABA}\naccess_token=wrong\napp_secret={APP_SECRET}\nverify_token=word\n")
        wrong = terminal("channels", "activate", "wa", "--number", NUMBER_ID, "--secrets-file", str(typed))
        assert (wrong.code, "does not accept this key" in wrong.err) == (6, True)
        typed.write_text(typed.read_text().replace("wrong", WHATSAPP_TOKEN))
        right = terminal(
            "channels", "activate", "wa", "--number", NUMBER_ID, "--secrets-file", str(typed), "-o", "json"
        )
    assert (right.json["outcome"], right.json["phone"]) == ("activated", PHONE)
    assert not any(secret in right.out + right.err for secret in (WHATSAPP_TOKEN, APP_SECRET))
