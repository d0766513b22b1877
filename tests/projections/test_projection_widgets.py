"""The widgets, told by their events alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain import widget as fact
from domain.recorded import Actor, Event, Meta, Recorded
from projections.base import apply, projections
from tests.office import MONDAY

ROOT = Meta(actor=Actor(kind="manager", id="root"))


def told(*events: Event) -> list[Recorded]:
    return [
        Recorded(at, "acme", "widget-w", at, f"e{at}", MONDAY + timedelta(seconds=at), ROOT, event)
        for at, event in enumerate(events, 1)
    ]


@pytest.mark.requirement("A23", "C08")
def test_a_widget_names_its_channels_and_its_changes_of_provider() -> None:
    rows: dict[tuple[Any, ...], Any] = {}
    events = told(
        fact.Created(name="Help"),
        fact.ChannelAdded(channel="old", channel_kind="whatsapp_infobip"),
        fact.ChannelAdded(channel="new", channel_kind="whatsapp_official"),
        fact.ProviderChanged(
            old_kind="whatsapp_infobip", new_kind="whatsapp_official", old_channel="old", new_channel="new"
        ),
        fact.Archived(),
    )
    apply(projections()["widgets"], rows, events[:3])
    (row,) = rows.values()
    assert (row.name, row.channels, row.archived, row.providers) == ("Help", ("old", "new"), False, None)
    assert (row.created_by, row.created_at) == ("root", MONDAY + timedelta(seconds=1))
    apply(projections()["widgets"], rows, events)
    (row,) = rows.values()
    assert (row.archived, row.version) == (True, 5)
    assert row.providers == [
        {
            "from": "whatsapp_infobip",
            "to": "whatsapp_official",
            "old_channel": "old",
            "new_channel": "new",
            "at": (MONDAY + timedelta(seconds=4)).isoformat(),
            "by": "root",
        }
    ]


def test_what_comes_before_a_widget_changes_nothing() -> None:
    rows: dict[tuple[Any, ...], Any] = {}
    apply(projections()["widgets"], rows, told(fact.Archived()))
    assert rows == {}
