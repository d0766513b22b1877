"""Widgets, services of the contract, and the steps of connecting that call no provider, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters.channels.keys import TOKEN, channel_owner
from adapters.doubles.telegram import TelegramDouble
from adapters.vault.secrets import Secret
from domain.channel import ProviderObject
from domain.desk.connecting import AuthoriseAccount, BeginAuthorising, VerifyKeys
from domain.recorded import Actor
from tests.adapters.http.door import Office, client_of, office
from tests.store import TENANT

ANNA = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": {"value": 6, "unit": "hours"}}
ROOT = Actor(kind="manager", id="root")


@dataclass
class Asked:
    shop: Office
    http: TestClient

    def ask(self, method: str, path: str, body: Any = None, who: str = "root", **headers: str) -> Any:
        return self.http.request(method, f"/v1/{path}", headers=self.shop.as_(who, **headers), json=body)

    def done(self, method: str, path: str, body: Any = None, who: str = "root", **headers: str) -> dict[str, Any]:
        answer = self.ask(method, path, body, who, **headers)
        assert answer.status_code in (200, 201), answer.text
        return dict(answer.json())

    def code(self, method: str, path: str, body: Any = None, who: str = "root", **headers: str) -> tuple[int, str]:
        answer = self.ask(method, path, body, who, **headers)
        return answer.status_code, answer.json()["error"]["code"]

    def make(self, channel: str, kind: str, widget: str | None = "site", **more: Any) -> dict[str, Any]:
        return self.done("POST", "channels", {"channel": channel, "kind": kind, "widget": widget, **more})

    def save(self, channel: str, changes: Any = ANNA, query: str = "") -> dict[str, Any]:
        return self.done("PUT", f"channels/{channel}/settings{query}", changes, if_match="*")

    def shown(self, channel: str) -> dict[str, Any]:
        self.shop.settle()
        return dict(self.done("GET", f"channels/{channel}")["channel"])

    def widget(self, who: str = "vera") -> dict[str, Any]:
        self.shop.settle()
        return self.done("GET", "widgets/site", who=who)

    def keys(self, channel: str, phone: str) -> None:
        """What the provider would answer to typed keys: its call belongs to no test of this file."""
        key = self.shop.store.vault.account_key("whatsapp_messagebird", phone)
        given = VerifyKeys(channel=channel, given=("key", "channel_id"), phone=phone, account_keys=(key,))
        self.shop.store.do(given, actor=ROOT)


@pytest.fixture
def asked() -> Iterator[Asked]:
    with TelegramDouble(name="Bakery") as telegram, office(provider_urls={"telegram": telegram.url}) as shop:
        shop.open_shop()
        shop.app.state.telegram = telegram
        with client_of(shop) as http:
            made = Asked(shop, http)
            made.done("POST", "widgets", {"widget": "site", "name": "Our site"})
            yield made


@pytest.mark.requirement("A23")
def test_a_widget_is_made_filled_and_archived(asked: Asked) -> None:
    assert asked.done("POST", "widgets", {"widget": "site", "name": "Other"})["outcome"] == "unchanged"
    asked.make("bot", "telegram")
    found = asked.widget()["widget"]
    assert (found["name"], found["archived"], found["created_by"]) == ("Our site", False, "root")
    assert found["channels"] == [{"channel": "bot", "kind": "telegram", "name": "", "state": "draft", "trouble": None}]
    assert [row["widget"] for row in asked.done("GET", "widgets", who="vera")["widgets"]] == ["site"]
    assert asked.code("POST", "channels", {"channel": "x", "kind": "viber", "widget": "no"}) == (404, "widget_unknown")
    assert asked.code("GET", "widgets/no") == (404, "widget_unknown")
    assert asked.done("POST", "widgets/site/archive")["outcome"] == "archived"
    assert asked.widget()["widget"]["archived"] is True
    late = {"channel": "x", "kind": "viber", "widget": "site"}
    assert asked.code("POST", "channels", late) == (409, "widget_archived")


@pytest.mark.requirement("C01", "C02")
def test_without_the_service_its_kinds_are_not_offered_and_its_channels_degrade(asked: Asked) -> None:
    offers = {row["kind"] for row in asked.widget()["offers"]}
    assert len(offers) == 10
    assert asked.widget()["providers"] == {
        "whatsapp": ["whatsapp_official", "whatsapp_messagebird", "whatsapp_infobip"]
    }
    asked.make("wa", "whatsapp_messagebird")
    asked.keys("wa", "+79160000001")
    assert asked.save("wa", {"receiver": ANNA["receiver"]})["state"] == "connected"
    for who in ("root", "vera", "anna"):
        refused = asked.code("PUT", "services/whatsapp", {"granted": False}, who=who)
        assert refused == (403, "not_allowed")
    assert asked.done("PUT", "services/whatsapp", {"granted": False}, who="mia")["outcome"] == "taken_away"
    shown = asked.shown("wa")
    assert (shown["state"], shown["trouble"]) == ("degraded", "entitlement")
    assert {row["kind"] for row in asked.widget()["offers"]} == {one for one in offers if "whatsapp" not in one}
    assert asked.widget()["providers"] == {}
    assert asked.done("GET", "services", who="vera")["services"] == [{"service": "whatsapp", "granted": False}]
    save = ("PUT", "channels/wa/settings", {"priority": 3})
    assert asked.code(*save, if_match="*")[1] == "service_not_connected"
    preview = ("POST", "channels/wa/settings/preview", {"changes": {"priority": 3}})
    assert asked.code(*preview)[1] == "service_not_connected"
    other = {"channel": "wa2", "kind": "whatsapp_infobip", "widget": None}
    assert asked.code("POST", "channels", other)[1] == "service_not_connected"
    row = next(r for r in asked.done("GET", "channels/wa/history")["history"] if r["kind"] == "channel.degraded")
    assert (row["actor"], row["command"], row["state_after"]) == ("mia", "SetEntitlement", "degraded")
    assert row["cause"]["sentence"] == "The service is not in the contract any more"
    asked.done("PUT", "services/whatsapp", {"granted": True}, who="mia")
    assert (asked.shown("wa")["state"], asked.shown("wa").get("trouble")) == ("connected", None)


@pytest.mark.requirement("C03", "C04")
def test_official_whatsapp_is_activated_by_a_manager_alone(asked: Asked) -> None:
    asked.make("wa", "whatsapp_official")
    assert asked.code("PUT", "channels/wa/settings", ANNA, if_match="*") == (409, "not_activated")
    assert asked.code("POST", "channels/wa/verify", {"token": "1:a"}) == (403, "manager_only")
    russian = asked.ask("POST", "channels/wa/verify", {"token": "1:a"}, accept_language="ru").json()["error"]
    assert "персональный менеджер" in russian["sentence"]
    assert asked.code("POST", "channels/wa/activate", {}) == (403, "not_allowed")
    assert asked.shown("wa")["state"] == "draft"
    told = asked.done("POST", "channels/wa/activate", {"external_id": "+79160000002"}, who="mia")
    assert told["outcome"] == "activated"
    assert asked.save("wa")["state"] == "connected"
    asked.shop.settle()
    rows = asked.done("GET", "channels/wa/history")["history"]
    row = next(one for one in rows if one["kind"] == "channel.activated_by_manager")
    assert (row["actor_kind"], row["actor"]) == ("manager", "mia")
    assert row["cause"]["sentence"] == "Connected by the manager mia"


@pytest.mark.requirement("C07", "C08", "A23", "A19")
def test_a_provider_is_changed_with_a_second_consent(asked: Asked) -> None:
    asked.make("old", "whatsapp_messagebird")
    asked.keys("old", "+79160000003")
    asked.save("old", {"receiver": ANNA["receiver"]})
    vault = asked.shop.store.vault
    vault.put_secret(TENANT, channel_owner("old"), TOKEN, Secret("a secret"))
    beside = {"channel": "new", "kind": "whatsapp_official", "widget": "site"}
    assert asked.code("POST", "channels", beside) == (409, "provider_exists")
    asked.make("new", "whatsapp_official", change_provider=True)
    asked.done("POST", "channels/new/activate", {"external_id": "+79160000004"}, who="mia")
    head = asked.shop.store.log.head()
    preview = asked.done("POST", "channels/new/settings/preview", {"changes": ANNA})
    assert (preview["replaces"], preview["state_after"], preview["outcome"]) == ("old", "connected", "would_save")
    assert asked.shop.store.log.head() == head
    told = asked.save("new")
    assert (told["outcome"], told["replaces"], told["state"]) == ("consent_needed", "old", "verified")
    assert (asked.shown("old")["state"], asked.shown("new")["state"]) == ("connected", "verified")
    wrong = asked.code("PUT", "channels/new/settings?consent=wrong", ANNA, if_match="*")
    assert wrong == (409, "consent_invalid")
    saved = asked.save("new", query=f"?consent={told['consent_id']}")
    assert (saved["outcome"], saved["state"], saved["replaces"]) == ("saved", "connected", "old")
    assert asked.shown("old")["state"] == "disconnected"
    assert vault.get_secret(TENANT, channel_owner("old"), TOKEN) is None
    (change,) = asked.widget()["widget"]["providers"]
    assert (change["from"], change["to"], change["old_channel"], change["new_channel"], change["by"]) == (
        "whatsapp_messagebird", "whatsapp_official", "old", "new", "root"
    )  # fmt: skip
    rows = asked.done("GET", "channels/old/history")["history"]
    assert rows[0]["cause"]["sentence"] == "root changed the provider"


@pytest.mark.requirement("B02", "B03", "B06")
def test_what_a_login_offers_is_shown_and_chosen(asked: Asked) -> None:
    asked.make("fb", "facebook")
    do, key = asked.shop.store.do, asked.shop.store.vault.account_key
    do(BeginAuthorising(channel="fb", state="s", user="root"), actor=ROOT)
    pages = tuple(
        ProviderObject(
            external_id=one, name=f"Page {one}", permissions=("messaging",), account_key=key("facebook", one)
        )
        for one in ("1", "2", "3")
    )
    do(
        AuthoriseAccount(channel="fb", state="s", user="root", external_id="u", name="Root", objects=pages),
        actor=ROOT,
    )
    shown = asked.shown("fb")
    assert (shown["state"], [one["name"] for one in shown["objects"]]) == ("choosing", ["Page 1", "Page 2", "Page 3"])
    assert set(shown["objects"][0]) == {"external_id", "name", "permissions", "receives_messages"}
    assert asked.code("POST", "channels/fb/choose", {"chosen": ["9"]}) == (409, "object_not_offered")
    assert asked.code("POST", "channels/fb/choose", {"chosen": []}) == (422, "required")
    told = asked.done("POST", "channels/fb/choose", {"chosen": ["1", "3"]})
    made = {one["external_id"]: one["channel"] for one in told["channels"]}
    assert (told["outcome"], made["1"], len(made)) == ("verified", "fb", 2)
    for channel in made.values():
        assert asked.save(channel)["state"] == "connected"
    assert len(asked.widget()["widget"]["channels"]) == 2


@pytest.mark.requirement("D07")
def test_the_chat_id_is_shown_before_saving_and_stays(asked: Asked) -> None:
    asked.make("alice", "yandex_dialogs")
    first = asked.done("POST", "channels/alice/identifier")
    again = asked.done("POST", "channels/alice/identifier")
    assert first["outcome"] == "verified"
    assert first["chat_id"] == again["chat_id"]
    assert asked.code("POST", "channels/tg/identifier")[0] == 409


@pytest.mark.requirement("A21", "A19")
def test_a_disconnected_channel_is_connected_again_with_its_history(asked: Asked) -> None:
    telegram: TelegramDouble = asked.shop.app.state.telegram
    asked.make("bot", "telegram")
    asked.done("POST", "channels/bot/verify", {"token": telegram.token})
    asked.save("bot")
    consent = asked.done("POST", "channels/bot/disconnect")
    assert consent["open_dialogs"] == 0
    asked.done("POST", "channels/bot/disconnect", {"consent": consent["consent_id"]})
    assert asked.shown("bot")["state"] == "disconnected"
    asked.done("POST", "channels/bot/verify", {"token": telegram.token})
    assert asked.shown("bot")["state"] == "verified"
    asked.save("bot", {"priority": 3})
    assert asked.shown("bot")["state"] == "connected"
    rows = asked.done("GET", "channels/bot/history?limit=200")["history"]
    seen = [(row["state_before"], row["state_after"]) for row in reversed(rows)]
    steps = [step for step in seen if step[0] != step[1]]
    assert steps == [
        ("unknown", "draft"), ("draft", "verified"), ("verified", "connected"), ("connected", "disconnected"),
        ("disconnected", "draft"), ("draft", "verified"), ("verified", "connected"),
    ]  # fmt: skip


@pytest.mark.requirement("D20")
def test_an_account_of_another_company_is_refused_without_a_word_about_it(asked: Asked) -> None:
    asked.shop.store.vault.add_tenant("rival")
    asked.make("avito", "avito", None)
    do, key = asked.shop.store.do, asked.shop.store.vault.account_key("avito", "77")
    owned = "INSERT INTO parley.fact (tenant, kind, key, value) VALUES ('', 'owner', %s, '\"rival\"')"
    with asked.shop.store.database.pool.connection() as connection:
        connection.execute(owned, (f"avito:{key}",))
    do(BeginAuthorising(channel="avito", state="s", user="root"), actor=ROOT)
    scopes = ("read", "send", "delete")
    do(
        AuthoriseAccount(
            channel="avito", state="s", user="root", external_id="77", name="Shop", scopes=scopes, account_key=key
        ),
        actor=ROOT,
    )
    for method, path, body in (
        ("PUT", "channels/avito/settings", ANNA),
        ("POST", "channels/avito/settings/preview", {"changes": ANNA}),
    ):
        answer = asked.ask(method, path, body, if_match="*")
        assert (answer.status_code, answer.json()["error"]["code"]) == (409, "account_unavailable"), path
        assert "rival" not in answer.text
    assert asked.shown("avito")["state"] == "verified"
