"""The dialog's state machine as a table: from where, by what, its events in their order, to where (§4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from domain.desk.presence import Heartbeat, SetActive
from domain.dialog import commands as ask
from tests.examples import (
    ANNA,
    BORIS,
    GREETER,
    HOUR,
    IVAN,
    MARIA,
    PAGE,
    SENIORS,
    SOFIA,
    SUPPORT,
    TO_ANNA,
    TO_BORIS,
    SetGroup,
    accepts,
    agents,
    channel,
    closes,
    declines,
    disconnects,
    group,
    holds,
    is_now,
    replies,
    saves,
    says,
    shop,
    takes,
    tells,
    transfers,
)
from tests.office import Office
from tests.spec import given, settled, wait

Step = Any
STAFF = (ANNA, BORIS)
SHOP_OF_TWO = shop(staff=STAFF, first_reply_wait=120, settings={"reopen_window": 1})
NOBODY = [*SHOP_OF_TWO, is_now(ANNA, "away"), is_now(BORIS, "away")]
ALONE = shop(staff=(ANNA,), max_rounds=1)
BOTH_GROUPS = [*agents("lev"), *group(SENIORS, members=("lev",))]
TO_ALL = shop(staff=STAFF, algorithm="all_at_once", capacity=1)
BOT = [*agents(*STAFF), *group(members=STAFF), *channel(PAGE, kind="facebook", receiver=GREETER, bot__fallback=SUPPORT)]
HELLO, TO_PAGE = says(IVAN), says(IVAN, to=PAGE, kind="facebook")
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Row:
    """`given` ends in the state of `source`; `events` are the dialog's own, in order, without the prefix."""

    source: str
    trigger: str
    given: list[Step]
    when: list[Step]
    events: str
    to: str


def erased() -> Callable[[Office], None]:
    """The dialog's part of an erasure; the rest is not a dialog's."""

    def close(office: Office) -> None:
        world = office.world()
        world.do(f"dialog-{office.dialog_id(IVAN)}", ask.Close(cause="erasure", at=office.now))
        office.log += [_recorded(office, one) for one in world.events]
        office.heads.keep(world)

    return close


def _recorded(office: Office, one: Any) -> Any:
    from domain.recorded import Meta, Recorded

    return Recorded(one.position, "acme", one.stream, one.version, str(one.position), office.now, Meta(), one.event)


QUEUED, OFFERED, ASSIGNED = [*NOBODY, HELLO], [*SHOP_OF_TWO, HELLO], [*SHOP_OF_TWO, HELLO, accepts(ANNA)]
WITH_BOT, CLOSED = [*BOT, TO_PAGE], [*ASSIGNED, replies(ANNA), closes()]
LOST = [*agents(ANNA, BORIS), Heartbeat(agent=ANNA, lease=60), *SHOP_OF_TWO, HELLO, accepts(ANNA), replies(ANNA)]
OVER = SetGroup(group="support", changes={"max_queue_wait": 60, "overflow": "seniors"})
NO_OVER = SetGroup(group="support", changes={"max_queue_wait": 60})
GIVE = {"supervises": True}

ROWS = [
    Row("–", "a message, to a group", SHOP_OF_TWO, [HELLO], "opened message_received queued", "queued"),
    Row(
        "–",
        "a message, to an agent",
        [*agents(ANNA), *channel(receiver=TO_ANNA)],
        [HELLO],
        "opened message_received routing_decided assigned",
        "assigned",
    ),
    Row("–", "a message, to a bot", BOT, [TO_PAGE], "opened message_received bot_started", "bot"),
    Row(
        "–",
        "a message, to nobody",
        channel(receiver=None, kind="email"),
        [HELLO],
        "opened message_received queued",
        "queued",
    ),
    Row(
        "queued",
        "somebody may",
        [*NOBODY, HELLO],
        [is_now(ANNA, "ready"), settled],
        "routing_decided offers_made",
        "offered",
    ),
    Row("queued", "nobody may", NOBODY, [HELLO, settled], "opened message_received queued routing_decided", "queued"),
    Row(
        "offered",
        "everybody was tried, a round is left",
        [*shop(staff=(ANNA,), max_rounds=2), HELLO],
        [declines(ANNA), settled],
        "offers_ended round_exhausted",
        "queued",
    ),
    Row(
        "offered",
        "everybody was tried in the last round, with an overflow",
        [
            *BOTH_GROUPS,
            *ALONE,
            SetGroup(group="support", changes={"overflow": "seniors"}),
            is_now("lev", "away"),
            HELLO,
        ],
        [declines(ANNA), settled],
        "offers_ended round_exhausted overflowed queued routing_decided",
        "queued",
    ),
    Row(
        "offered",
        "everybody was tried in the last round, without one",
        [*ALONE, HELLO],
        [declines(ANNA), settled],
        "offers_ended round_exhausted left_in_queue",
        "queued",
    ),
    Row(
        "queued",
        "the longest wait is over, with an overflow",
        [*BOTH_GROUPS, *NOBODY, OVER, is_now("lev", "away"), HELLO],
        [wait(seconds=60)],
        "overflowed queued routing_decided",
        "queued",
    ),
    Row("queued", "the longest wait is over", [*NOBODY, NO_OVER, HELLO], [wait(seconds=60)], "left_in_queue", "queued"),
    Row("offered", "accept", OFFERED, [accepts(ANNA)], "offer_accepted assigned", "assigned"),
    Row(
        "offered",
        "accept of one of many",
        [*TO_ALL, HELLO],
        [accepts(ANNA)],
        "offer_accepted assigned offers_ended",
        "assigned",
    ),
    Row(
        "offered",
        "accept at the deadline",
        OFFERED,
        [lambda office: office.sleep(MINUTE), accepts(ANNA)],
        "offer_expired",
        "offered",
    ),
    Row(
        "offered", "decline", OFFERED, [declines(ANNA), settled], "offers_ended routing_decided offers_made", "offered"
    ),
    Row("offered", "decline of one of many", [*TO_ALL, HELLO], [declines(ANNA), settled], "offers_ended", "offered"),
    Row(
        "offered",
        "deadline",
        [*ALONE, HELLO],
        [wait(seconds=60)],
        "offers_ended round_exhausted left_in_queue",
        "queued",
    ),
    Row(
        "offered",
        "the agent is not ready",
        OFFERED,
        [is_now(ANNA, "away"), settled],
        "offers_ended routing_decided offers_made",
        "offered",
    ),
    Row(
        "offered", "the agent is full", [*TO_ALL, HELLO, says(MARIA)], [accepts(ANNA, MARIA)], "offers_ended", "offered"
    ),
    Row(
        "offered",
        "the agent is removed",
        OFFERED,
        [SetGroup(group="support", changes={"members": [BORIS]}), settled],
        "offers_ended routing_decided offers_made",
        "offered",
    ),
    Row("offered", "the channel is disconnected", OFFERED, [disconnects(), settled], "offers_ended queued", "queued"),
    Row(
        "queued",
        "another receiver",
        [*NOBODY, *BOTH_GROUPS, is_now("lev", "away"), HELLO],
        [saves(receiver=SENIORS), settled],
        "queued routing_decided",
        "queued",
    ),
    Row(
        "offered",
        "another receiver, an agent",
        [*OFFERED, *BOTH_GROUPS],
        [saves(receiver=TO_BORIS), settled],
        "offers_ended queued routing_decided assigned",
        "assigned",
    ),
    Row("queued", "taken by hand", QUEUED, [takes(ANNA)], "assigned", "assigned"),
    Row("offered", "given by a supervisor", OFFERED, [takes(BORIS, by=SOFIA)], "offers_ended assigned", "assigned"),
    Row("bot", "taken by hand", WITH_BOT, [takes(ANNA)], "bot_handed_off assigned", "assigned"),
    Row(
        "queued",
        "transferred to an agent",
        QUEUED,
        [transfers(SOFIA, TO_ANNA, **GIVE)],
        "transferred assigned",
        "assigned",
    ),
    Row(
        "offered",
        "transferred to an agent",
        OFFERED,
        [transfers(SOFIA, TO_BORIS, **GIVE)],
        "offers_ended transferred assigned",
        "assigned",
    ),
    Row(
        "assigned", "transferred to an agent", ASSIGNED, [transfers(ANNA, TO_BORIS)], "transferred assigned", "assigned"
    ),
    Row(
        "bot",
        "transferred to an agent",
        WITH_BOT,
        [transfers(SOFIA, TO_ANNA, **GIVE)],
        "bot_handed_off transferred assigned",
        "assigned",
    ),
    Row("assigned", "transferred to himself", ASSIGNED, [transfers(ANNA, TO_ANNA)], "same_agent", "assigned"),
    Row(
        "queued", "transferred to a group", QUEUED, [transfers(SOFIA, SUPPORT, **GIVE)], "transferred queued", "queued"
    ),
    Row(
        "offered",
        "transferred to a group",
        OFFERED,
        [transfers(SOFIA, SUPPORT, **GIVE)],
        "offers_ended transferred queued",
        "queued",
    ),
    Row("assigned", "transferred to a group", ASSIGNED, [transfers(ANNA, SUPPORT)], "transferred queued", "queued"),
    Row(
        "bot",
        "transferred to a group",
        WITH_BOT,
        [transfers(SOFIA, SUPPORT, **GIVE)],
        "bot_handed_off transferred queued",
        "queued",
    ),
    Row(
        "assigned",
        "transferred to a bot",
        [*WITH_BOT, takes(ANNA)],
        [transfers(ANNA, GREETER)],
        "transferred bot_started",
        "bot",
    ),
    Row(
        "assigned",
        "no first reply",
        [*ASSIGNED, is_now(BORIS, "away")],
        [wait(seconds=120)],
        "assignment_expired queued round_exhausted",
        "queued",
    ),
    Row(
        "assigned",
        "the agent is lost",
        [*LOST, is_now(BORIS, "away")],
        [wait(seconds=360)],
        "released queued round_exhausted",
        "queued",
    ),
    Row(
        "assigned",
        "the agent is deactivated",
        [*ASSIGNED, is_now(BORIS, "away")],
        [SetActive(agent=ANNA, active=False), settled],
        "released queued round_exhausted",
        "queued",
    ),
    Row(
        "bot",
        "the bot is too slow",
        [*WITH_BOT, is_now(ANNA, "away"), is_now(BORIS, "away")],
        [wait(seconds=60)],
        "bot_handed_off queued routing_decided",
        "queued",
    ),
    Row("assigned", "a message in", ASSIGNED, [HELLO], "message_received", "assigned"),
    Row("assigned", "a message out", ASSIGNED, [replies(ANNA)], "message_sent", "assigned"),
    Row("queued", "hold", QUEUED, [holds()], "held", "queued"),
    Row("assigned", "hold and unhold", ASSIGNED, [holds(), tells(ask.Unhold())], "held unheld", "assigned"),
    Row(
        "assigned",
        "the hold is over",
        [*ASSIGNED, replies(ANNA), holds(seconds=30)],
        [wait(seconds=30)],
        "unheld",
        "assigned",
    ),
    Row("queued", "idle", [*QUEUED, saves(auto_close=HOUR)], [wait(hours=2)], "closed", "closed"),
    Row("offered", "closed by an agent", OFFERED, [closes()], "offers_ended closed", "closed"),
    Row(
        "bot",
        "closed by its bot",
        [*WITH_BOT, saves(PAGE, bot_may_close=True)],
        [closes(cause="bot")],
        "closed",
        "closed",
    ),
    Row("assigned", "marked as spam", ASSIGNED, [closes(cause="spam")], "marked_spam closed", "closed"),
    Row("assigned", "the customer is erased", ASSIGNED, [erased()], "closed", "closed"),
    Row("closed", "a message in the reopen window", CLOSED, [HELLO], "reopened message_received queued", "queued"),
    Row("closed", "a message after it", [*CLOSED, wait(hours=1)], [HELLO], "opened message_received queued", "queued"),
    Row(
        "closed",
        "a note and a tag",
        CLOSED,
        [tells(ask.AddNote(note="n", body="?")), tells(ask.Tag(tag="t"))],
        "note_added tag_added",
        "closed",
    ),
    Row("closed", "closed again", CLOSED, [closes()], "", "closed"),
]


@pytest.mark.requirement("F06", "F07", "F21", "F22", "F30", "F31")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.source}: {row.trigger}")
def test_every_row_of_the_table(row: Row) -> None:
    story = given(*row.given)
    if row.source != "–" and row.trigger != "nobody may":
        story.then_dialog(IVAN, phase=row.source)
    story.when(*row.when)
    if story.refusal is not None:
        assert (story.refusal.code, story.kinds()) == (row.events, [])
    else:
        mine = f"dialog-{story.office.dialog_id(IVAN)}"
        events = [one.event.kind.partition(".")[2] for one in story.caused if one.stream == mine]
        assert " ".join(events) == row.events
    story.then_dialog(IVAN, phase=row.to)
