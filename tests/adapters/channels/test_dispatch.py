"""One address for several accounts: each thing goes to its own channel, a stranger's to the quarantine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.channels.http_client import App
from adapters.doubles.facebook import APP_ID, APP_SECRET, PAGE, FacebookDouble
from adapters.store.requests import Request
from adapters.vault.secrets import Secret
from domain.desk import channels
from domain.desk.bots import SetBot
from tests.adapters.channels.bakery import OWNER, SETTINGS
from tests.adapters.channels.graph_bodies import event
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

SECOND, NOBODYS, OTHERS = "108811000000002", "108811000000008", "108811000000003"
RIVAL = "rival"


@pytest.fixture
def facebook() -> Iterator[FacebookDouble]:
    with FacebookDouble(speed=100) as made:
        for page in (SECOND, NOBODYS, OTHERS):
            made.page(page, page)
        yield made


@pytest.fixture
def shop(facebook: FacebookDouble) -> Iterator[Stand]:
    """Tenant acme with two pages, tenant rival with one; the address that Meta knows is acme's first door."""
    with stand("facebook", facebook.url, app=App(APP_ID, Secret(APP_SECRET))) as made:
        made.store.vault.add_tenant(RIVAL)
        create = channels.CreateChannel(channel="theirs", kind="facebook", name="Theirs")
        made.store.executor.execute(Request(tenant=RIVAL, command=create))
        connected(made, RIVAL, "theirs", OTHERS)
        made.made("second")
        connected(made, TENANT, "second", SECOND)
        connected(made, TENANT, "shop", PAGE)
        yield made


def connected(shop: Stand, tenant: str, channel: str, page: str) -> None:
    settings: dict[str, object] = {**SETTINGS}
    if tenant == RIVAL:
        settings = {"receiver": {"kind": "bot", "id": "b"}, "auto_close": {"value": 1, "unit": "days"}}
        shop.store.executor.execute(Request(tenant=RIVAL, command=SetBot(bot="b", name="B")))
    begun = shop.logins.begin(tenant, channel, actor=OWNER)
    shop.logins.finish(tenant, shop.visits(begun["url"]), actor=OWNER)
    shop.logins.choose(tenant, channel, (page,), actor=OWNER)
    assert shop.connector.save(tenant, channel, settings, actor=OWNER)["webhook"] == "set"


def post(facebook: FacebookDouble, *entries: tuple[str, Any]) -> int | None:
    """One body with an event of each of these pages, through the door that Meta knows."""
    assert facebook.webhook is not None and "/shop/" in facebook.webhook.url
    told = [{"id": page, "time": 1, "messaging": [one]} for page, one in entries]
    facebook.brings(facebook.webhook.url, {"object": "page", "entry": told})
    assert facebook.settle()
    return facebook.attempts[-1].status


def says(mid: str) -> dict[str, Any]:
    return event(message={"mid": mid, "text": mid})


def recorded(shop: Stand, kind: str) -> list[tuple[str, str]]:
    found = shop.store.log.read(0, 10_000, kinds=[kind])
    return [(one.tenant, getattr(one.event, "channel", one.entity)) for one in found]


@pytest.mark.requirement("B06")
def test_each_event_of_a_body_goes_to_the_channel_of_its_page(facebook: FacebookDouble, shop: Stand) -> None:
    assert post(facebook, (PAGE, says("m_1")), (SECOND, says("m_2")), (OTHERS, says("m_3"))) == 200
    assert sorted(recorded(shop, "dialog.opened")) == [(TENANT, "second"), (TENANT, "shop"), (RIVAL, "theirs")]


@pytest.mark.requirement("D20", "S11")
def test_what_is_for_another_tenant_leaves_no_trace_in_ours(facebook: FacebookDouble, shop: Stand) -> None:
    before = len([one for one in shop.store.log.read(0, 10_000) if one.tenant == TENANT])
    assert post(facebook, (OTHERS, says("m_3"))) == 200
    assert len([one for one in shop.store.log.read(0, 10_000) if one.tenant == TENANT]) == before
    counted = shop.store.rows("SELECT tenant, channel FROM parley.intake_count")
    assert counted == [(RIVAL, "theirs")]


@pytest.mark.requirement("E06")
def test_what_nobody_has_connected_waits_in_the_doors_quarantine(facebook: FacebookDouble, shop: Stand) -> None:
    assert post(facebook, (NOBODYS, says("m_4")), (PAGE, says("m_5"))) == 200
    (item,) = shop.store.log.read(0, 10_000, kinds=["quarantine.inbound_quarantined"])
    assert (item.tenant, item.entity, item.event.reason) == (TENANT, "shop", "number_not_connected")  # type: ignore[attr-defined]
    assert recorded(shop, "dialog.opened") == [(TENANT, "shop")]


def test_a_strangers_receipts_are_ignored_and_counted(facebook: FacebookDouble, shop: Stand) -> None:
    assert post(facebook, (NOBODYS, event(read={"watermark": 5}))) == 200
    assert shop.store.rows("SELECT channel, outcome FROM parley.intake_count") == [("shop", "ignored")]


@pytest.mark.requirement("E02")
def test_a_repeat_of_the_body_changes_nothing_anywhere(facebook: FacebookDouble, shop: Stand) -> None:
    body = ((PAGE, says("m_1")), (OTHERS, says("m_3")), (NOBODYS, says("m_4")))
    post(facebook, *body)
    events = len(list(shop.store.log.read(0, 10_000)))
    assert post(facebook, *body) == 200
    assert len(list(shop.store.log.read(0, 10_000))) == events


@pytest.mark.requirement("D20", "E06")
def test_a_malformed_part_of_a_shared_body_is_kept_without_the_others(facebook: FacebookDouble, shop: Stand) -> None:
    post(facebook, (PAGE, event(message={"text": "no id"})), (OTHERS, says("their secret")))
    (item,) = shop.store.log.read(0, 10_000, kinds=["quarantine.inbound_quarantined"])
    assert (item.tenant, item.event.reason) == (TENANT, "malformed")  # type: ignore[attr-defined]
    key = item.event.subject_key_id  # type: ignore[attr-defined]
    kept = shop.store.vault.open(TENANT, key, "quarantine.inbound_quarantined.body", item.event.body)  # type: ignore[attr-defined]
    assert "their secret" not in str(kept)


@pytest.mark.requirement("D15", "D20")
def test_late_things_of_a_page_that_its_tenant_has_let_go_stay_with_that_tenant(
    facebook: FacebookDouble, shop: Stand
) -> None:
    asked = shop.connector.disconnect(RIVAL, "theirs", actor=OWNER)
    shop.connector.disconnect(RIVAL, "theirs", actor=OWNER, consent=asked["consent_id"])
    post(facebook, (OTHERS, says("m_3")))
    (item,) = shop.store.log.read(0, 10_000, kinds=["quarantine.inbound_quarantined"])
    assert (item.tenant, item.event.reason) == (RIVAL, "channel_disconnected")  # type: ignore[attr-defined]
