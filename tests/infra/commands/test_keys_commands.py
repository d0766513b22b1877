"""Connecting by keys at the terminal, at the doubles of MessageBird and Infobip; the switch of what is unconfirmed."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest

from adapters.doubles import whatsapp_infobip as infobips
from adapters.doubles import whatsapp_messagebird as birds
from adapters.doubles.whatsapp_infobip import NUMBER, InfobipDouble
from adapters.doubles.whatsapp_messagebird import CHANNEL, PHONE, MessageBirdDouble
from domain.desk.channels import CreateChannel
from tests.infra.commands.terminal import Terminal, open_shop, point_at
from tests.store import Store, store


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        made.do(CreateChannel(channel="bird", kind="whatsapp_messagebird"))
        made.do(CreateChannel(channel="bip", kind="whatsapp_infobip"))
        yield made


@pytest.fixture
def terminal(shop: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Terminal]:
    point_at(shop, monkeypatch)
    monkeypatch.setenv("PARLEY_PUBLIC_URL", "https://parley.example")
    with MessageBirdDouble() as bird, InfobipDouble() as infobip:
        urls = {"whatsapp_messagebird": bird.url, "whatsapp_infobip": infobip.url}
        monkeypatch.setenv("PARLEY_PROVIDER_URLS", json.dumps(urls))
        yield Terminal(capsys)


def types(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


@pytest.mark.requirement("C09", "C10")
def test_messagebird_is_connected_by_key_and_channel_id(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, f"key={birds.KEY}\nchannel_id={CHANNEL}\n")
    verified = terminal("channels", "verify", "bird", "-o", "json")
    assert (verified.json["outcome"], verified.json["phone"]) == ("verified", PHONE)
    assert terminal("channels", "set", "bird", "receiver=group:support", "auto_close=1d").code == 0
    assert terminal("channels", "test", "bird", "-o", "json").json["trouble"] is None
    assert birds.KEY not in verified.out + verified.err


@pytest.mark.requirement("C15", "C16")
def test_infobip_shows_its_numbers_and_our_address(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    types(monkeypatch, f"api_key={infobips.KEY}\n")
    assert terminal("channels", "verify", "bip", "-o", "json").json["numbers"] == [NUMBER]
    assert terminal("channels", "set", "bip", "receiver=group:support", "auto_close=1d", f"number={NUMBER}").code == 0
    first, again = (terminal("channels", "webhook-url", "bip", "-o", "json").json["url"] for _ in range(2))
    assert first == again and first.startswith("https://parley.example/hooks/whatsapp_infobip/bip/")
    assert terminal("channels", "show", "bip", "-o", "json").json["phase"] == "connected"


def test_messagebird_has_a_switch_because_it_is_unconfirmed(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARLEY_MESSAGEBIRD", "off")
    types(monkeypatch, f"key={birds.KEY}\nchannel_id={CHANNEL}\n")
    refused = terminal("channels", "verify", "bird")
    assert refused.code != 0 and "switched off" in refused.err
    types(monkeypatch, f"api_key={infobips.KEY}\n")
    assert terminal("channels", "verify", "bip").code == 0
