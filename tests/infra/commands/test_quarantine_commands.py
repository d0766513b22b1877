"""At the terminal: what waits in a quarantine is read and released, and a dialog is begun by us."""

from __future__ import annotations

import pytest

from adapters.feed.log_feed import LogFeed
from adapters.views.apply import consumers
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.connecting import VerifyChannel
from domain.desk.intake import ReceiveMessage
from tests.connections import connects
from tests.infra.commands.terminal import Terminal
from tests.store import Store


def arrives(shop: Store, who: str, text: str) -> str:
    arrived = ReceiveMessage(
        channel="later",
        provider="telegram",
        external_key=f"{who} {text}",
        provider_id=text,
        sender_key=who,
        sender_id=f"@{who}",
        body=text,
    )
    return str(shop.do(arrived).answer["item"])


def shown(shop: Store) -> None:
    """The views show everything."""
    while LogFeed(shop.database, consumers()).pump():
        pass


@pytest.fixture(scope="module")
def items(shop: Store) -> list[str]:
    shop.do(CreateChannel(channel="later", kind="telegram", name="Later"))
    found = [arrives(shop, who, text) for who, text in (("ivan", "one"), ("ivan", "two"), ("maria", "three"))]
    shown(shop)
    return found


@pytest.mark.requirement("E06")
def test_what_waits_is_listed_and_stays_while_the_channel_does_not_work(terminal: Terminal, items: list[str]) -> None:
    told = terminal("channels", "quarantine", "later", "-o", "json").json
    assert [(one["item"], one["body"], one["sender"]) for one in told] == list(
        zip(items, ("one", "two", "three"), ("@ivan", "@ivan", "@maria"), strict=True)
    )
    refused = terminal("channels", "release", "later", "--all", "-o", "json")
    assert (refused.code, {one["code"] for one in refused.json}) == (1, {"channel_draft"})
    assert "channel_draft" in refused.err


@pytest.mark.requirement("E06")
def test_it_is_released_in_order_and_what_overtakes_is_refused(
    terminal: Terminal, shop: Store, items: list[str]
) -> None:
    shop.do(VerifyChannel(channel="later", bot_name="Later", external_id="later", fingerprint="f"))
    receiver, period = {"kind": "group", "id": "support"}, {"value": 1, "unit": "days"}
    shop.do(SaveChannel(channel="later", changes={"receiver": receiver, "auto_close": period}, account_key="later"))
    refused = terminal("channels", "release", "later", items[1], "-o", "json")
    assert (refused.code, refused.json[0]["code"]) == (1, "earlier_item_waits")
    told = terminal("channels", "release", "later", "--all", "-o", "json")
    assert (told.code, [one["outcome"] for one in told.json]) == (0, ["released"] * 3)
    assert told.json[0]["dialog"] == told.json[1]["dialog"] != told.json[2]["dialog"]
    shown(shop)
    again = terminal("channels", "release", "later", *items, "-o", "json")
    assert [one["dialog"] for one in again.json] == [one["dialog"] for one in told.json]


def test_items_or_all(terminal: Terminal) -> None:
    assert terminal("channels", "release", "later").code == 2
    assert terminal("channels", "release", "later", "item", "--all").code == 2


@pytest.mark.requirement("E15", "A30")
def test_a_dialog_is_begun_by_us_where_the_kind_allows_it(terminal: Terminal, shop: Store) -> None:
    shop.do(CreateChannel(channel="post", kind="email", name="Post"))
    for step in connects("post", "email"):
        shop.do(step)
    shop.do(SaveChannel(channel="post", changes={}, account_key="post"))
    words = ("ivan@example.org", "Your parcel has come back.", "--as", "anna")
    told = terminal("dialogs", "start", "post", *words, "-o", "json")
    assert (told.code, told.json["outcome"]) == (0, "started")
    again = terminal("dialogs", "start", "post", *words)
    assert (again.code, "dialog_open" in again.err) == (6, True)
    assert "first_contact_not_allowed" in terminal("dialogs", "start", "shop", *words).err
