"""What the rows say, told as small days at the office."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from domain.desk import administration as admin
from domain.desk import answering, channels, presence, receivers
from domain.desk.intake import ChangeReceived
from domain.dialog import commands as ask
from domain.dialog.events import Author, Target
from domain.recorded import Actor
from processors import distribution
from processors import receivers as moving
from projections.base import apply, projections
from tests.office import MONDAY
from tests.projections.days import BOSS, Shop

ANNA = Actor(kind="agent", id="anna", ip="198.51.100.4", user_agent="Safari/19")


@pytest.fixture
def office() -> Shop:
    return Shop()


def rows(office: Shop, name: str) -> list[Any]:
    found: dict[Any, Any] = {}
    apply(projections()[name], found, office.log)
    return sorted(found.values(), key=lambda row: row.position)


def only(office: Shop, name: str) -> Any:
    (row,) = rows(office, name)
    return row


def assigned(office: Shop) -> str:
    """Dora's dialog, offered to anna and accepted by her."""
    dialog: str = office.writes("dora", "shop", "where is my parcel?")["dialog"]
    office.do(distribution.look(["group-sales"]))
    offer = office.state(f"dialog-{dialog}").offers[0]
    office.do(answering.AcceptOffer(dialog=dialog, offer=offer.offer, agent=offer.agent))
    return dialog


def reply(office: Shop, dialog: str, text: str = "on its way") -> str:
    author = Author(kind="agent", id="anna")
    command = answering.SendMessage(dialog=dialog, client_key=office.choices.new_id(), author=author, body=text)
    message: str = office.do(command, ANNA)["message"]
    return message


def report(office: Shop, dialog: str, message: str, result: Any, code: str = "") -> None:
    command = ask.Report(message=message, result=result, code=code)
    office.do(answering.TellDialog(dialog=dialog, command=command))


# -- inbox ------------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("J01", "J03")
def test_unread_counts_what_the_customer_said_since_the_last_answer(office: Shop) -> None:
    dialog = assigned(office)
    office.writes("dora", "shop", "hello?")
    row = only(office, "inbox")
    assert (row.unread, row.messages, row.first_reply_at) == (2, 2, None)
    assert row.unanswered_since == row.opened_at
    reply(office, dialog)
    row = only(office, "inbox")
    assert (row.unread, row.unanswered_since, row.messages) == (0, None, 3)
    assert (row.first_reply_at, row.last_message_by) == (office.now, "agent")


@pytest.mark.requirement("J01")
def test_a_dialog_is_on_the_way_through_its_lists(office: Shop) -> None:
    counts = projections()["inbox"].counts
    assert counts is not None
    office.writes("dora", "shop")
    assert set(counts(only(office, "inbox"))) == {"open", "queued", "unassigned", "unanswered"}
    office.do(distribution.look(["group-sales"]))
    offered = {"open", "offered", "unassigned", "unanswered", "offered anna"}
    assert set(counts(only(office, "inbox"))) == offered
    dialog, head = office.dialogs()[0]
    office.do(answering.AcceptOffer(dialog=dialog, offer=head.offers[0].offer, agent="anna"))
    assert set(counts(only(office, "inbox"))) == {"open", "assigned", "unanswered", "my anna"}
    office.do(answering.CloseDialog(dialog=dialog), ANNA)
    assert set(counts(only(office, "inbox"))) == {"closed"}


def test_the_preview_follows_edits_and_deletions_of_the_last_message(office: Shop) -> None:
    office.writes("dora", "shop", "hello", files=1)
    first = office.log[-1] if office.log[-1].event.kind == "dialog.message_received" else None
    received = [one.event for one in office.log if one.event.kind == "dialog.message_received"]
    key = received[0].external_key
    row = only(office, "inbox")
    assert (row.last_text, row.last_files) == ('|"hello"', True)
    office.do(ChangeReceived(channel="shop", external_key=key, sender_key="dora", body="hello!"))
    assert only(office, "inbox").last_text == '|"hello!"'
    office.do(ChangeReceived(channel="shop", external_key=key, sender_key="dora"))
    row = only(office, "inbox")
    assert (row.last_text, row.last_files, row.messages) == ("", False, 1)
    assert first is None or first.version == 2


def test_a_dialog_that_went_to_an_agent_by_name_is_no_groups(office: Shop) -> None:
    """It waited in a group that was archived later; its channel sends to an agent now."""
    for agent in ("anna", "boris"):
        office.do(presence.SetActive(agent=agent, active=False))
    office.writes("dora", "shop")
    assert (only(office, "inbox").group, only(office, "inbox").phase) == ("sales", "queued")
    to_clara = {"receiver": {"kind": "agent", "id": "clara"}}
    office.do(channels.SaveChannel(channel="shop", changes=to_clara, account_key="k-shop"))
    office.do(receivers.ArchiveGroup(group="sales"))
    office.do(moving.look(["group-sales"]))
    row = only(office, "inbox")
    assert (row.assignee, row.group, row.target_kind, row.target) == ("clara", None, "agent", "clara")


def test_a_transfer_to_an_agent_leaves_the_group(office: Shop) -> None:
    dialog = assigned(office)
    assert only(office, "inbox").group == "sales"
    to = Target(kind="agent", id="clara")
    office.do(answering.TransferDialog(dialog=dialog, to=to, by="anna", comment="yours"), ANNA)
    row = only(office, "inbox")
    assert (row.group, row.assignee, row.transfers) == (None, "clara", 1)


# -- transcript -------------------------------------------------------------------------------------------------------


def test_a_status_only_grows(office: Shop) -> None:
    dialog = assigned(office)
    message = reply(office, dialog)

    def status() -> str:
        return next(row.status for row in rows(office, "transcript") if row.entry == message)

    assert status() == "sent"
    report(office, dialog, message, "unknown")
    assert status() == "unknown"
    report(office, dialog, message, "read")
    report(office, dialog, message, "delivered")
    report(office, dialog, message, "failed", code="131047")
    assert status() == "read"


def test_a_failure_keeps_the_providers_code(office: Shop) -> None:
    dialog = assigned(office)
    message = reply(office, dialog)
    report(office, dialog, message, "failed", code="131047")
    row = next(row for row in rows(office, "transcript") if row.entry == message)
    assert (row.status, row.failure, row.status_at) == ("failed", "131047", office.now)


def test_the_transcript_reads_as_it_happened(office: Shop) -> None:
    dialog = assigned(office)
    reply(office, dialog)
    office.do(answering.TellDialog(dialog=dialog, command=ask.AddNote(note="n1", body="a good customer")), ANNA)
    to = Target(kind="group", id="service")
    office.do(answering.TransferDialog(dialog=dialog, to=to, by="anna", comment="please take over"), ANNA)
    office.do(answering.CloseDialog(dialog=dialog), BOSS)
    told = [(row.what, row.kind.partition(".")[2], row.author) for row in rows(office, "transcript")]
    assert told == [
        ("line", "opened", "dora"),
        ("message", "message_received", ""),
        ("line", "queued", "dora"),
        ("line", "offers_made", "engine"),
        ("line", "assigned", "engine"),
        ("message", "message_sent", "anna"),
        ("note", "note_added", "anna"),
        ("line", "transferred", "anna"),
        ("line", "queued", "anna"),
        ("line", "closed", "boss"),
    ]
    transferred = next(row for row in rows(office, "transcript") if row.kind == "dialog.transferred")
    assert transferred.body == '|"please take over"'
    assert "comment" not in transferred.facts


@pytest.mark.requirement("E10")
def test_a_message_keeps_its_place_and_what_it_said_when_it_is_edited_or_deleted(office: Shop) -> None:
    office.writes("dora", "shop", "helo", files=2)
    office.writes("dora", "shop", "anybody?")
    before = [row.entry for row in rows(office, "transcript")]
    key = next(one.event.external_key for one in office.log if one.event.kind == "dialog.message_received")
    office.do(ChangeReceived(channel="shop", external_key=key, sender_key="dora", body="hello"))
    office.do(ChangeReceived(channel="shop", external_key=key, sender_key="dora", reaction="👍"))
    row = rows(office, "transcript")[1]
    assert (row.body, row.reaction, row.provider_time) == ('|"hello"', "👍", row.recorded_at - timedelta(seconds=3))
    assert row.edited_at is not None
    assert row.before == [{"at": row.recorded_at.isoformat(), "body": '|"helo"'}]
    first_edit = row.edited_at
    office.do(ChangeReceived(channel="shop", external_key=key, sender_key="dora", body="hello!"))
    row = rows(office, "transcript")[1]
    assert row.before[1] == {"at": first_edit.isoformat(), "body": '|"hello"'}
    office.do(ChangeReceived(channel="shop", external_key=key, sender_key="dora"))
    row = rows(office, "transcript")[1]
    assert (row.body, row.deleted_at, len(row.before)) == ('|"hello!"', office.now, 2)
    assert row.files
    assert [one.entry for one in rows(office, "transcript")] == before


def test_an_edit_of_an_earlier_dialogs_message_is_a_line_of_its_own(office: Shop) -> None:
    old: str = office.writes("dora", "shop")["dialog"]
    key = next(one.event.external_key for one in office.log if one.event.kind == "dialog.message_received")
    office.do(answering.CloseDialog(dialog=old, cause="spam"), BOSS)
    new: str = office.writes("dora", "shop")["dialog"]
    office.do(ChangeReceived(channel="shop", external_key=key, sender_key="dora", body="sorry"))
    last = rows(office, "transcript")[-1]
    assert (last.dialog, last.what, last.body) == (new, "line", '|"sorry"')
    assert new != old


# -- channel history --------------------------------------------------------------------------------------------------


@pytest.mark.requirement("L01")
def test_history_answers_who_when_from_where_what_and_by_which_command(office: Shop) -> None:
    changes = {"auto_close": {"value": 4, "unit": "hours"}, "closing_message": None, "bot.timeout": 90}
    office.do(channels.SaveChannel(channel="shop", changes=changes), ANNA)
    row = rows(office, "channel_history")[-1]
    assert (row.kind, row.actor_kind, row.actor, row.recorded_at) == (
        "channel.settings_changed",
        "agent",
        "anna",
        office.now,
    )
    assert (row.ip, row.user_agent, row.command) == ("198.51.100.4", "Safari/19", "SaveChannel")
    assert row.policies == [{"stream": "channel-shop", "version": row.version}]
    told = {change["field"]: (change["old"], change["new"]) for change in row.changes}
    assert told == {
        "auto_close": ({"value": 2, "unit": "hours"}, {"value": 4, "unit": "hours"}),
        "closing_message": ("Good bye", None),
        "bot.timeout": (60, 90),
    }
    assert set(row.fields) == set(told)


@pytest.mark.requirement("L01")
def test_history_has_every_event_of_every_channel(office: Shop) -> None:
    asked = office.do(channels.DisconnectChannel(channel="shop", user="boss"), BOSS)
    office.do(
        channels.DisconnectChannel(channel="shop", user="boss", consent=asked["consent_id"], account_key="k-shop")
    )
    stored = [(one.stream, one.version) for one in office.log if one.stream.startswith("channel-")]
    assert [(f"channel-{row.channel}", row.version) for row in rows(office, "channel_history")] == stored
    last = rows(office, "channel_history")[-1]
    assert (last.kind, last.facts["cause"]) == ("channel.disconnected", "requested")


# -- measured dialogs -------------------------------------------------------------------------------------------------


def test_intervals_are_measured_from_the_log(office: Shop) -> None:
    dialog: str = office.writes("dora", "shop")["dialog"]
    opened = office.now
    office.now += timedelta(seconds=9)
    office.do(distribution.look(["group-sales"]))
    offer = office.state(f"dialog-{dialog}").offers[0]
    office.now += timedelta(seconds=4)
    office.do(answering.AcceptOffer(dialog=dialog, offer=offer.offer, agent="anna"))
    office.now += timedelta(seconds=29)
    reply(office, dialog)
    office.now += timedelta(seconds=59)
    office.do(answering.CloseDialog(dialog=dialog), ANNA)
    row = only(office, "dialog_facts")
    assert (row.opened_at, row.wait, row.frt_customer, row.frt_human) == (opened, 15.0, 45.0, 45.0)
    assert (row.handle, row.resolution, row.effective_resolution) == (90.0, 105.0, 45.0)
    assert (row.cause, row.outcome, row.offers, row.accepted, row.first_agent) == ("agent", "answered", 1, 1, "anna")


def test_what_is_not_over_is_none_and_never_zero(office: Shop) -> None:
    office.writes("dora", "shop")
    row = only(office, "dialog_facts")
    assert (row.wait, row.frt_customer, row.handle, row.resolution, row.closed_at) == (None,) * 5
    assert row.waiting_since == row.opened_at


def test_after_reopening_only_the_new_interval_is_added(office: Shop) -> None:
    dialog = assigned(office)
    office.do(answering.CloseDialog(dialog=dialog), ANNA)
    first = only(office, "dialog_facts").resolution
    office.now += timedelta(hours=1)
    office.writes("dora", "shop")
    office.do(answering.CloseDialog(dialog=dialog), ANNA)
    row = only(office, "dialog_facts")
    assert (row.reopens, row.resolution) == (1, first + 1.0)


def test_the_time_with_a_bot_is_not_time_with_people(office: Shop) -> None:
    dialog: str = office.writes("dora", "shop")["dialog"]
    office.do(
        answering.TransferDialog(dialog=dialog, to=Target(kind="bot", id="robot"), by="boss", supervises=True), BOSS
    )
    office.now += timedelta(minutes=10)
    office.do(answering.TakeDialog(dialog=dialog, agent="anna", by="anna"), ANNA)
    taken = office.now
    office.now += timedelta(seconds=19)
    reply(office, dialog)
    row = only(office, "dialog_facts")
    assert (row.put_to_people_at, row.frt_human, row.by_bot) == (taken, 20.0, True)


# -- the rest ---------------------------------------------------------------------------------------------------------


def test_quarantined_messages_are_kept_with_their_reason(office: Shop) -> None:
    asked = office.do(channels.DisconnectChannel(channel="shop", user="boss"), BOSS)
    office.do(
        channels.DisconnectChannel(channel="shop", user="boss", consent=asked["consent_id"], account_key="k-shop")
    )
    office.writes("dora", "shop", "still there?")
    row = only(office, "quarantine")
    assert (row.reason, row.channel, row.body, row.released_at) == (
        "channel_disconnected",
        "shop",
        '|"still there?"',
        None,
    )


def test_an_alert_stays_when_it_is_cleared_and_opens_again_with_its_cause(office: Shop) -> None:
    to_anna = {"receiver": {"kind": "agent", "id": "anna"}}
    office.do(channels.SaveChannel(channel="shop", changes=to_anna, account_key="k-shop"), BOSS)
    seen = []
    for active in (False, True, False):
        office.now += timedelta(seconds=1)
        office.do(presence.SetActive(agent="anna", active=active), BOSS)
        row = only(office, "alerts")
        seen.append((row.alert, row.subject, row.raised_at == office.now, row.cleared_at == office.now))
    assert seen == [
        ("receiver_invalid", "shop", now, past) for now, past in ((True, False), (False, True), (True, False))
    ]


def test_the_board_begins_offline_and_follows(office: Shop) -> None:
    board = {row.agent: row for row in rows(office, "agent_board")}
    assert {row.presence for row in board.values()} == {"ready"}
    dialog = assigned(office)
    office.do(admin.SetPresence(agent="anna", to="away"), ANNA)
    anna = {row.agent: row for row in rows(office, "agent_board")}["anna"]
    assert (anna.presence, anna.since, anna.occupied, anna.slots) == (
        "away",
        office.now,
        1,
        {dialog: {"weight": 1, "occupied": True}},
    )
    assert anna.since > MONDAY
