"""What a channel's row shows while something else is being checked: what is in effect and nothing else (A29)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.desk.administration import SetAgent
from domain.desk.channels import CreateChannel, SaveChannel
from domain.kinds import ChannelKind
from projections import channels
from tests.connections import begins, connects, logs_in, page, verifies
from tests.office import Office

FIRST_SAVE = {"receiver": {"kind": "agent", "id": "anna"}, "auto_close": {"value": 1, "unit": "days"}}


def shop(kind: ChannelKind = "telegram", *, connected: bool = True) -> Office:
    office = Office()
    office.do(SetAgent(agent="anna", name="Anna"))
    office.do(CreateChannel(channel="shop", kind=kind))
    for step in connects("shop", kind):
        office.do(step)
    if connected:
        office.do(SaveChannel(channel="shop", changes=FIRST_SAVE))
    return office


def row(office: Office) -> channels.Row:
    shown: Any = None
    for recorded in office.log:
        if recorded.stream == "channel-shop":
            shown = channels.FOLDS[type(recorded.event)](shown, recorded.event, recorded)
    found: channels.Row = shown
    return found


@pytest.mark.requirement("D04", "A29", "A11")
def test_another_bots_name_is_shown_when_its_token_is_in_effect_and_not_before() -> None:
    office = shop()
    office.do(verifies(bot_name="Other bot", account="other"))
    checked = row(office)
    assert (checked.bot_name, checked.fingerprint, checked.candidate) == ("Shop bot", "f00d", "bot of other")
    office.do(SaveChannel(channel="shop", changes={}))
    saved = row(office)
    assert (saved.bot_name, saved.fingerprint, saved.candidate) == ("Other bot", "f00d of other", None)
    assert (saved.external_id, saved.pending) == ("bot of other", None)


@pytest.mark.requirement("D02", "D04")
def test_a_wrong_token_leaves_no_name_on_a_channel_that_was_never_connected() -> None:
    office = shop(connected=False)
    assert row(office).bot_name == "Shop bot"
    office.do(verifies(bot_name=None))
    rejected = row(office)
    assert (rejected.bot_name, rejected.candidate, rejected.state) == (None, None, "draft")
    connected = shop()
    connected.do(verifies(bot_name=None))
    assert row(connected).bot_name == "Shop bot"


@pytest.mark.requirement("D12")
def test_avitos_settings_show_the_connected_account() -> None:
    assert row(shop("avito", connected=False)).bot_name == "Account of shop"
    assert row(shop("avito")).bot_name == "Account of shop"


@pytest.mark.requirement("B11", "A29")
def test_a_new_list_is_shown_when_it_is_in_effect() -> None:
    office = shop("vk")
    for step in (begins("shop", state="two"), logs_in("shop", page("shop"), page("club"), state="two")):
        office.do(step)
    assert [one["external_id"] for one in row(office).objects] == ["shop"]
    office.do(SaveChannel(channel="shop", changes={}))
    assert [one["external_id"] for one in row(office).objects] == ["shop", "club"]
    assert (row(office).external_id, row(office).bot_name) == ("shop", "Shop")
