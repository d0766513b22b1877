"""Chats: what customers wrote comes in, the engine decides who answers, the rest is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from domain.dialog.events import Assigned, Closed, MessageSent
from tests.adapters.play.theatre import SHOP, Theatre, message, write


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{text}").replace(tzinfo=UTC)


def test_every_line_has_become_something(stage: Theatre) -> None:
    figures = stage.play(SHOP)
    assert figures["reconciliation"] == {
        "received": 6,
        "routed": 6,
        "duplicate": 0,
        "quarantined": 0,
        "ignored": 0,
        "rejected": 0,
        "holds": True,
    }
    assert figures["agent_messages"]["said"] == 4
    assert figures["agent_messages"]["holds"]
    assert figures["not_played"] == {"assigned": 1, "bot": 1, "draft": 1, "lookup": 1, "opened": 3}


def test_the_engine_assigns_and_its_assignee_speaks_for_the_recorded_author(stage: Theatre) -> None:
    figures = stage.play(SHOP)
    holders: dict[str, str] = {}
    said = 0
    for one in stage.log(figures):
        if isinstance(one.event, Assigned):
            holders[one.stream] = one.event.agent
        if isinstance(one.event, MessageSent):
            assert one.event.author.id == holders[one.stream]
            assert one.event.author.recorded_as in ("a-bo", "a-cy")
            said += 1
    assert said == 4


def test_moments_are_those_of_the_recording(stage: Theatre) -> None:
    figures = stage.play(SHOP)
    received = stage.events(figures, "dialog.message_received")
    assert [one.recorded_at for one in received[:2]] == [at("02T09:00:00"), at("02T09:01:00")]
    assert [one.event.body for one in received[:2]] == ["My parcel is late.", "Seventeen."]  # type: ignore[attr-defined]
    moments = [one.recorded_at for one in stage.log(figures)]
    assert moments == sorted(moments)


def test_within_one_second_the_recorded_order_stands(stage: Theatre, tmp_path: Path) -> None:
    sides = ["customer", "agent", "customer", "customer", "agent", "customer"]
    lines = [message("d", n, "09:00:00", side, f"{side[0]}-1") for n, side in enumerate(sides, 1)]
    figures = stage.play([write(tmp_path / "quick.jsonl", lines)])
    spoken = ("dialog.message_received", "dialog.message_sent")
    bodies = [one.event.body for one in stage.log(figures) if one.event.kind in spoken]  # type: ignore[attr-defined]
    assert bodies == [line["text"] for line in lines]


@pytest.mark.requirement("G01", "G02")
def test_what_nobody_closed_is_closed_by_the_engine_after_a_day(stage: Theatre) -> None:
    figures = stage.play(SHOP)
    ends = {one.event.cause: one for one in stage.events(figures, "dialog.closed")}  # type: ignore[attr-defined]
    assert figures["dialogs"]["closed"] == {"agent": 1, "idle": 3}
    idle = [one for one in stage.events(figures, "dialog.closed") if _closed(one.event).cause == "idle"]
    for one in idle:
        assert one.recorded_at == _closed(one.event).last_activity_at + timedelta(hours=24)
    assert ends["agent"].recorded_at == at("02T09:05:00")


def _closed(event: Any) -> Closed:
    assert isinstance(event, Closed)
    return event


def test_a_recorded_queue_is_a_group_and_the_way_there_the_public_transfer(stage: Theatre) -> None:
    figures = stage.play(SHOP)
    moved = stage.events(figures, "dialog.transferred")
    assert [(one.recorded_at, one.event.to.id) for one in moved] == [  # type: ignore[attr-defined]
        (at("02T09:02:30"), "shop-refunds"),
        (at("04T09:00:00"), "shop-refunds"),  # the customer came back after the end: so does the dialog to its queue
    ]
    assert {one.meta.command for one in moved} == {"TransferDialog"}
    assert figures["dialogs"]["opened"] == 4


def test_a_message_waits_until_the_engine_has_somebody_to_say_it(stage: Theatre, tmp_path: Path) -> None:
    """One agent with room for one dialog: the second dialog's answer waits until the first is closed."""
    lines = [
        message("one", 1, "09:00:00", "customer", "c-1"),
        message("two", 1, "09:00:30", "customer", "c-2"),
        message("one", 2, "09:01:00", "agent", "a-1"),
        message("two", 2, "09:01:30", "agent", "a-1"),
        {"dialog": "one", "at": "2026-03-02T09:05:00Z", "event": "closed", "by": "c-1"},
    ]
    figures = stage.play([write(tmp_path / "busy.jsonl", lines)], capacity=1)
    said = {one.event.body: one.recorded_at for one in stage.events(figures, "dialog.message_sent")}  # type: ignore[attr-defined]
    assert said == {"one 2": at("02T09:01:00"), "two 2": at("02T09:05:00")}
    assert figures["waits"]["queue_wait"]["n"] == 2


def test_what_never_finds_an_agent_is_told(stage: Theatre, tmp_path: Path) -> None:
    lines = [
        message("one", 1, "09:00:00", "customer", "c-1"),
        message("one", 2, "09:01:00", "agent", "a-1"),
    ]
    figures = stage.play([write(tmp_path / "alone.jsonl", lines)], capacity=0)
    assert figures["agent_messages"] == {
        "recorded": 1,
        "said": 0,
        "repeated": 0,
        "refused": {"dialog_closed": 1},  # its dialog had ended before anybody could say it
        "never_said": 0,
        "not_opened": 0,
        "holds": True,
    }
    assert figures["dialogs"]["assigned"] == 0


def test_what_was_said_where_no_customer_wrote_is_told_apart(stage: Theatre, tmp_path: Path) -> None:
    lines = [
        message("silent", 1, "09:00:00", "agent", "a-1"),
        message("one", 1, "09:00:30", "customer", "c-1"),
        message("silent", 2, "09:01:00", "agent", "a-1"),
        message("one", 2, "09:01:30", "agent", "a-1"),
    ]
    files = [write(tmp_path / "silent.jsonl", lines)]
    for said, repeated in ((1, 0), (0, 1)):
        told = stage.play(files)["agent_messages"]
        assert (told["said"], told["repeated"]) == (said, repeated)
        assert (told["not_opened"], told["never_said"], told["holds"]) == (2, 0, True)


@pytest.mark.parametrize("algorithm", ["all_at_once", "round_robin", "in_order", "least_busy", "random"])
@pytest.mark.requirement("F02", "F04")
def test_every_rule_of_distribution_plays_it_all(stage: Theatre, algorithm: str) -> None:
    figures = stage.play(SHOP, algorithm=algorithm)
    assert figures["agent_messages"]["said"] == 4
    rules = {one.event.algorithm for one in stage.events(figures, "dialog.routing_decided")}  # type: ignore[attr-defined]
    assert rules == {algorithm}


def test_customers_are_recorded_dialogs_unless_people_are_merged(stage: Theatre, tmp_path: Path) -> None:
    lines = [
        message("one", 1, "09:00:00", "customer", "c-same"),
        message("two", 1, "09:00:30", "customer", "c-same"),
    ]
    files = [write(tmp_path / "same.jsonl", lines)]
    apart = stage.play(files)
    assert (apart["dialogs"]["opened"], apart["dialogs"]["merged"]) == (2, 0)
    merged = stage.play(files, merge_customers=True)
    assert (merged["dialogs"]["opened"], merged["dialogs"]["merged"]) == (1, 1)
    assert merged["tenant"] != apart["tenant"]


@pytest.mark.requirement("E13")
def test_recorded_ids_are_in_the_log_only_as_ciphertext_or_keyed_hashes(stage: Theatre) -> None:
    figures = stage.play(SHOP)
    rows = stage.rows("SELECT command_key, meta, data FROM parley.event WHERE lane = %s", figures["lane"])
    text = b"".join(b"".join((str(key).encode(), bytes(meta), bytes(data))) for key, meta, data in rows)
    for told in (b"shop-1", b"c-ann", b"My parcel", b"1:1"):
        assert told not in text


def test_limit_takes_the_first_dialogs_of_each_set(stage: Theatre) -> None:
    figures = stage.play(SHOP, limit=1)
    assert figures["dialogs"]["recorded"] == 1
    assert figures["reconciliation"]["routed"] == 3
