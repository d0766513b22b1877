"""What a Save would do to the open dialogs of its channel, counted page by page over the heads (§7, A26).

The Save itself is rehearsed, so every refusal is the Save's own; dialogs are only counted, none is changed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from adapters.store.database import Connection
from adapters.store.heads import Kept, StoredHeads
from adapters.store.rehearsal import Rehearsal
from domain.channel import Channel, SettingsChanged, Superseded
from domain.desk.channels import SaveChannel
from domain.dialog.state import Dialog
from domain.preview import would_close
from domain.settings import public_name

PIECE = 5_000
MOST = 50_000
"""Dialogs that one answer looks at; a larger channel is asked again from `next` on."""

Effect = Literal["recomputed", "rerouted", "at_closing", "next_message", "next_queueing", "at_once", "hand_off", "none"]
EFFECTS: dict[str, Effect] = {
    "receiver": "rerouted",
    "auto_close": "recomputed",
    "idle_mode": "recomputed",
    "closing_message": "at_closing",
    "required_tag": "at_closing",
    "required_topic": "at_closing",
    "reopen_window": "next_message",
    "out_of_hours.policy": "next_message",
    "out_of_hours.text": "next_message",
    "out_of_hours.bot": "next_message",
    "bot.timeout": "next_message",
    "bot.keywords": "next_message",
    "weight": "next_queueing",
    "required_skills": "next_queueing",
    "schedule": "at_once",
    "bot_may_close": "at_once",
    "bot.fallback": "hand_off",
}
"""When a changed setting reaches dialogs that are open already (§10); a field that is not here reaches none."""
WAITING = frozenset({"queued", "offered"})


@dataclass(frozen=True, slots=True)
class Counted:
    """`looked_at` = open dialogs read; `next` = where to go on, None = that was all of them.

    `concerned`: those that the Save reaches at all. `due_now`, `due_at_floor`: see `domain.preview`. `rerouted`:
    those that wait where the channel sent them and would be sent to the new receiver.
    """

    looked_at: int = 0
    concerned: int = 0
    due_now: int = 0
    due_at_floor: int = 0
    rerouted: int = 0
    next: str | None = None


@dataclass(frozen=True, slots=True)
class SavePreview:
    """`changes` = [{field, old, new, effect}]; `supersedes` = channels that would stop (D18); `floor` as saved.

    `answer` = what the Save itself would answer, where need be with the consent that it asks for.
    """

    before: Channel
    after: Channel
    changes: list[dict[str, Any]]
    supersedes: list[str]
    answer: dict[str, Any]
    floor: datetime | None
    dialogs: Counted


def previewed(rehearsal: Rehearsal, command: SaveChannel, tenant: str, behind: str = "") -> SavePreview:
    """`behind` = the `next` of an earlier answer."""
    stream = f"channel-{command.channel}"
    if rehearsal.ran.answer["outcome"] == "consent_needed":
        rehearsal = rehearsal.then(replace(command, consent=rehearsal.ran.answer["consent_id"]))
    heads = StoredHeads(rehearsal.connection, tenant, Kept())
    before, after = heads.head(stream).state, rehearsal.world.channel(command.channel)
    recorded = [(one.stream, one.event) for one in rehearsal.ran.events]
    saved = next((event for at, event in recorded if at == stream and isinstance(event, SettingsChanged)), None)
    changes = [_change(one.field, one.old, one.new) for one in saved.changes] if saved else []
    return SavePreview(
        before=before,
        after=after,
        changes=changes,
        supersedes=[at.partition("-")[2] for at, event in recorded if isinstance(event, Superseded)],
        answer=rehearsal.ran.answer,
        floor=saved.floor_until if saved else None,
        dialogs=_counted(rehearsal, command, tenant, before, {one["effect"] for one in changes}, behind),
    )


def together(one: SavePreview, more: SavePreview) -> SavePreview:
    """Two answers about one Save, the second behind the first."""
    first, second = one.dialogs, more.dialogs
    counted = Counted(
        looked_at=first.looked_at + second.looked_at,
        concerned=first.concerned + second.concerned,
        due_now=first.due_now + second.due_now,
        due_at_floor=first.due_at_floor + second.due_at_floor,
        rerouted=first.rerouted + second.rerouted,
        next=second.next,
    )
    return replace(one, dialogs=counted)


def _change(field: str, old: Any, new: Any) -> dict[str, Any]:
    name = public_name(field)
    return {"field": name, "old": old, "new": new, "effect": EFFECTS.get(name, "none")}


def _counted(
    rehearsal: Rehearsal, command: SaveChannel, tenant: str, before: Channel, effects: set[str], behind: str
) -> Counted:
    found, read = Counted(), behind
    while found.looked_at < MOST:
        page = _page(rehearsal.connection, tenant, command.channel, min(PIECE, MOST - found.looked_at), read)
        if not page:
            return found
        read = max(page)
        found = _added(found, list(page.values()), before, command, effects, rehearsal)
    more = _page(rehearsal.connection, tenant, command.channel, 1, read)
    return replace(found, next=read if more else None)


def _added(
    found: Counted, page: list[Dialog], before: Channel, command: SaveChannel, effects: set[str], rehearsal: Rehearsal
) -> Counted:
    closing = would_close(page, before, command.changes, rehearsal.world.now)
    waiting = sum(one.phase in WAITING and one.target_from == "channel" for one in page)
    timed, rerouted = "recomputed" in effects, waiting if "rerouted" in effects else 0
    reaches_all = bool(effects - {"none", "rerouted"})
    return replace(
        found,
        looked_at=found.looked_at + len(page),
        concerned=found.concerned + (len(page) if reaches_all else rerouted),
        due_now=found.due_now + (closing.due_now if timed else 0),
        due_at_floor=found.due_at_floor + (closing.due_at_floor if timed else 0),
        rerouted=found.rerouted + rerouted,
    )


def _page(connection: Connection, tenant: str, channel: str, limit: int, behind: str) -> dict[str, Dialog]:
    """Heads of one page alone: what was counted is not kept."""
    heads = StoredHeads(connection, tenant, Kept())
    return {one: heads.head(f"dialog-{one}").state for one in heads.open_in_channel(channel, limit, behind)}
