"""Tokens and roles: who comes in, what he may do, and what a company never sees of another."""

from __future__ import annotations

import time

import pytest
from fastapi.testclient import TestClient

from adapters.http.roles import MATRIX, allowed
from adapters.http.tokens import KEPT_FOR, ROLES, Tokens
from domain.errors import Invalid, NotFound
from tests.adapters.http.door import Office
from tests.store import TENANT

FORGED = [
    "",
    "pk_",
    "pk__",
    "pk_abc_def",
    "Bearer",
    "pk_000000000000_" + "A" * 43,
    "xx" * 100,
    "pk_" + "a" * 100_000,
    "pk_\x00_\x00",
]


def test_a_token_opens_and_its_copy_in_the_table_does_not(shop: Office) -> None:
    tokens = Tokens(shop.store.database)
    text = tokens.make(TENANT, "agent", "carl")
    ident = text.split("_")[1]
    grant = tokens.look_up(text)
    assert grant is not None
    assert (grant.tenant, grant.role, grant.actor) == (TENANT, "agent", "carl")
    (stored,) = shop.store.rows("SELECT hash FROM parley.token WHERE id = %s", ident)[0]
    assert text.split("_", 2)[2].encode() not in bytes(stored)
    assert tokens.look_up(f"pk_{ident}_{bytes(stored).hex()}") is None


@pytest.mark.parametrize("token", FORGED)
def test_a_forged_token_is_refused(shop: Office, http: TestClient, token: str) -> None:
    response = http.get("/v1/dialogs", headers={"authorization": f"Bearer {token}".encode()})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "unauthenticated"
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_a_token_with_a_changed_secret_is_refused(shop: Office, http: TestClient) -> None:
    right = shop.token("anna")
    wrong = right[:-1] + ("A" if right[-1] != "A" else "B")
    assert http.get("/v1/dialogs", headers={"authorization": f"Bearer {right}"}).status_code == 200
    assert http.get("/v1/dialogs", headers={"authorization": f"Bearer {wrong}"}).status_code == 401


def test_a_revoked_token_is_refused_within_five_seconds(shop: Office, http: TestClient) -> None:
    shop.employ("temp", "agent")
    assert http.get("/v1/dialogs", headers=shop.as_("temp")).status_code == 200
    ident = shop.token("temp").split("_")[1]
    elsewhere = Tokens(shop.store.database)
    assert elsewhere.revoke(TENANT, ident)
    assert not elsewhere.revoke(TENANT, ident)
    end = time.monotonic() + 5
    while http.get("/v1/dialogs", headers=shop.as_("temp")).status_code == 200:
        assert time.monotonic() < end, "a revoked token still works after 5 s"
        time.sleep(0.1)
    assert KEPT_FOR < 5


def test_tokens_are_made_for_known_companies_and_roles_only(shop: Office) -> None:
    tokens = Tokens(shop.store.database)
    with pytest.raises(NotFound):
        tokens.make("nowhere", "agent", "x")
    with pytest.raises(Invalid):
        tokens.make(TENANT, "king", "x")  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        tokens.revoke("other", shop.token("anna").split("_")[1])
    assert shop.token("anna").split("_")[1] in [one.grant.id for one in tokens.list(TENANT)]


CALLS: dict[str, tuple[str, str]] = {
    "dialogs.read": ("GET", "/v1/dialogs"),
    "dialogs.act": ("POST", "/v1/dialogs/x/close"),
    "agents.read": ("GET", "/v1/agents"),
    "agents.set": ("PUT", "/v1/agents/zoe"),
    "agents.activate": ("POST", "/v1/agents/zoe/deactivate"),
    "presence.set": ("PUT", "/v1/agents/{me}/presence"),
    "groups.read": ("GET", "/v1/groups"),
    "groups.set": ("PUT", "/v1/groups/zz"),
    "schedules.read": ("GET", "/v1/schedules"),
    "schedules.set": ("PUT", "/v1/schedules/zz"),
    "channels.read": ("GET", "/v1/channels"),
    "channels.set": ("POST", "/v1/channels/tg/disconnect"),
    "channels.history": ("GET", "/v1/channels/tg/history"),
    "channels.activate": ("POST", "/v1/channels/tg/activate"),
    "services.read": ("GET", "/v1/services"),
    "services.set": ("PUT", "/v1/services/whatsapp"),
    "widgets.read": ("GET", "/v1/widgets"),
    "widgets.set": ("POST", "/v1/widgets"),
    "bots.read": ("GET", "/v1/bots"),
    "bots.set": ("PUT", "/v1/bots/zoe"),
    "bots.speak": ("POST", "/v1/dialogs/x/bot"),
    "quarantine.read": ("GET", "/v1/channels/tg/quarantine"),
    "quarantine.release": ("POST", "/v1/channels/tg/quarantine/release"),
    "events.read": ("GET", "/v1/events"),
    "alerts.read": ("GET", "/v1/alerts"),
    "intake.read": ("GET", "/v1/intake"),
}


@pytest.mark.parametrize("operation", sorted(MATRIX))
@pytest.mark.parametrize("who", ["root", "vera", "anna", "mia"])
def test_each_role_may_do_what_the_matrix_says(shop: Office, http: TestClient, operation: str, who: str) -> None:
    role = {"root": "admin", "vera": "supervisor", "anna": "agent", "mia": "manager"}[who]
    method, path = CALLS[operation]
    response = http.request(method, path.format(me=who), headers=shop.as_(who), json={} if method != "GET" else None)
    refused = response.status_code == 403 and response.json()["error"]["code"] == "not_allowed"
    assert refused != allowed(role, operation)  # type: ignore[arg-type]


def test_the_matrix_names_every_role() -> None:
    assert set(ROLES) == {role for roles in MATRIX.values() for role in roles}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/dialogs/x/take", {"agent": "boris"}),
        ("/v1/dialogs/x/take", {"force": True}),
        ("/v1/dialogs/x/transfer", {"to": {"kind": "agent", "id": "boris"}, "force": True}),
    ],
)
def test_an_agent_acts_for_himself_only(shop: Office, http: TestClient, path: str, body: dict[str, object]) -> None:
    assert http.post(path, headers=shop.as_("anna"), json=body).status_code == 403
    assert http.post(path, headers=shop.as_("vera"), json=body).status_code == 404


def test_an_agent_sets_his_own_presence_only(shop: Office, http: TestClient) -> None:
    assert http.put("/v1/agents/boris/presence", headers=shop.as_("anna"), json={"presence": "away"}).status_code == 403
    own = http.put("/v1/agents/anna/presence", headers=shop.as_("anna"), json={"presence": "ready"})
    assert own.json()["presence"] == "ready"


@pytest.mark.requirement("A15")
def test_a_refused_save_is_recorded_and_the_channel_hears_nothing_of_it(shop: Office, http: TestClient) -> None:
    before = shop.store.rows("SELECT count(*) FROM parley.event WHERE stream = 'channel-tg'")
    headers = shop.as_("anna", if_match="*")
    assert http.put("/v1/channels/tg/settings", headers=headers, json={"priority": 9}).status_code == 403
    assert shop.store.rows("SELECT count(*) FROM parley.event WHERE stream = 'channel-tg'") == before
    lane, stream = shop.store.rows(
        "SELECT lane, stream FROM parley.event WHERE kind = 'access.access_denied' ORDER BY position DESC LIMIT 1"
    )[0]
    assert lane >= 10_000
    recorded = shop.store.log.read(0, lane=lane, stream=stream)[-1]
    assert (recorded.meta.actor.id, recorded.event.model_dump(exclude={"kind"})) == (
        "anna",
        {"operation": "channels.set", "object": "/v1/channels/tg/settings"},
    )


def test_another_company_sees_nothing_and_cannot_tell_what_exists(shop: Office, http: TestClient) -> None:
    dialog = shop.hears("Hello", customer="sees-nothing")
    shop.settle()
    shop.store.vault.add_tenant("other")
    shop.employ("spy", "admin", tenant="other")
    reads = [f"/v1/dialogs/{dialog}", f"/v1/dialogs/{dialog}/messages", f"/v1/dialogs/{dialog}/events"]
    reads += ["/v1/channels/tg", "/v1/channels/tg/history", "/v1/agents/anna", "/v1/groups/first"]
    for path in reads:
        theirs, absent = (http.get(one, headers=shop.as_("spy")) for one in (path, path.replace(dialog, "none")))
        assert theirs.status_code == 404, path
        if dialog in path:
            assert theirs.json() == absent.json()
    assert http.post(f"/v1/dialogs/{dialog}/close", headers=shop.as_("spy")).status_code == 404
    assert http.get("/v1/dialogs?list=open", headers=shop.as_("spy")).json()["dialogs"] == []
    assert http.get("/v1/events", headers=shop.as_("spy")).json()["events"] == []
    assert http.get("/v1/intake", headers=shop.as_("spy")).json() == {"channels": []}
