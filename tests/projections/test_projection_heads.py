"""The views agree with what the aggregates themselves add up to (invariant 1): rows against heads, after any day."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from domain.agent import Agent
from domain.channel import Channel
from domain.dialog.state import Dialog
from domain.group import Group
from domain.schedule import Schedule
from domain.settings import public_name
from projections.base import apply, projections
from tests.projections.days import Act, Shop, acts, play


def after(drawn: list[Act], name: str) -> tuple[Shop, dict[str, Any]]:
    office = play(Shop(), drawn)
    rows: dict[Any, Any] = {}
    apply(projections()[name], rows, office.log)
    return office, {key[1]: row for key, row in rows.items()}


def heads(office: Shop, prefix: str) -> dict[str, Any]:
    return {
        stream.partition("-")[2]: head.state
        for stream, head in office.heads.heads.items()
        if stream.startswith(f"{prefix}-") and head.version
    }


@pytest.mark.requirement("J01")
@given(acts)
def test_the_inbox_shows_each_dialog_as_it_is(drawn: list[Act]) -> None:
    office, rows = after(drawn, "inbox")
    dialogs: dict[str, Dialog] = heads(office, "dialog")
    assert set(rows) == set(dialogs)
    for name, dialog in dialogs.items():
        row = rows[name]
        for field in ("phase", "channel", "customer", "subject_key_id", "session", "opened_at", "priority", "blocked"):
            assert getattr(row, field) == getattr(dialog, field), field
        for field in ("queued_at", "assignee", "bot", "offer_deadline", "hold_until", "held", "topic"):
            assert getattr(row, field) == getattr(dialog, field), field
        for field in ("last_activity_at", "last_activity_by", "closed_at", "closed_cause", "last_agent"):
            assert getattr(row, field) == getattr(dialog, field), field
        assert row.assigned_at == (dialog.assigned_at if dialog.assignee else None)
        assert set(row.tags) == dialog.tags
        assert sorted(row.offered_to) == sorted(offer.agent for offer in dialog.offers)
        assert (row.unanswered_since is not None) == (dialog.last_customer_at is not None and row.unread > 0)
        assert dialog.closed_at is None or row.outcome == dialog.outcome


@given(acts)
def test_the_board_counts_load_as_the_agents_do(drawn: list[Act]) -> None:
    office, rows = after(drawn, "agent_board")
    agents: dict[str, Agent] = heads(office, "agent")
    assert set(rows) == set(agents)
    for name, agent in agents.items():
        row = rows[name]
        assert (row.presence, row.capacity, row.skills, row.active) == (
            agent.presence,
            agent.capacity,
            agent.skills,
            agent.active,
        )
        assert (row.load, row.load) == (agent.load, row.reserved + row.occupied)
        assert row.dialogs == sum(slot.occupied for slot in agent.slots)


@given(acts)
def test_groups_channels_and_schedules_are_shown_as_they_are(drawn: list[Act]) -> None:
    office, rows = after(drawn, "groups")
    groups: dict[str, Group] = heads(office, "group")
    for name, group in groups.items():
        assert (rows[name].members, rows[name].overflow) == (group.members, group.overflow)
        assert (rows[name].algorithm, rows[name].answer_wait) == (group.algorithm, group.answer_wait)
    office, rows = after(drawn, "channels")
    channels: dict[str, Channel] = heads(office, "channel")
    for name, channel in channels.items():
        row, settings = rows[name], channel.settings
        assert (row.state, row.settings_version, row.external_id) == (
            channel.phase,
            channel.settings_version,
            channel.external_id,
        )
        assert row.auto_close == (settings.auto_close.seconds if settings.auto_close else None)
        assert row.floor_until == channel.floor_until
        assert row.settings[public_name("closing_message")] == settings.closing_message
        assert (row.consent is None) == (channel.consent is None)
    office, rows = after(drawn, "schedules")
    schedules: dict[str, Schedule] = heads(office, "schedule")
    for name, schedule in schedules.items():
        assert (rows[name].zone, len(rows[name].week)) == (schedule.zone, len(schedule.week))
        assert rows[name].week[0][0]["end"] == schedule.week[0][0].end
