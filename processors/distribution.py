"""Distribution: who is offered the dialogs that wait in a group (behaviour.md §6).

`HEARS` wake the group up; `plan` decides, purely, from queue, agents, settings and the moment; `distribute` reads those
rows under the lane lock and records the plan. Nothing is ever decided from the event that woke us.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from domain import alert
from domain import rotation as turns
from domain.agent import Agent
from domain.desk.hours import works_now
from domain.desk.routing import Offer, make_offers, route
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import Candidate, RejectReason, RoutingDecided, Target
from domain.dialog.state import Dialog
from domain.distribution import RESERVING, Member, Question, choose
from domain.group import Group
from domain.recorded import AgentId, Recorded
from domain.rotation import Rotation

SHOWN_OTHERS = 10
PAGE = 200
TELL_AGAIN = timedelta(minutes=1)


HEARS = frozenset(
    {
        "dialog.queued",
        "dialog.offers_ended",
        "dialog.held",
        "dialog.unheld",
        "dialog.priority_set",
        "dialog.assignment_expired",
        "dialog.released",
        "agent.slot_released",
        "agent.presence_changed",
        "agent.reactivated",
        "agent.capacity_set",
        "agent.skills_set",
        "group.members_changed",
        "group.algorithm_set",
        "group.policy_set",
        "group.rounds_set",
        "group.overflow_set",
        "channel.connected",
        "channel.recovered",
        "channel.reactivated",
        "channel.settings_changed",
        "schedule.changed",
    }
)
"""The re-evaluation triggers of §6; what time alone causes comes from the timers."""


def marks(recorded: Recorded) -> list[str]:
    """The stream whose change may let somebody be offered: looked at, not believed."""
    if recorded.event.kind == "dialog.offers_ended" and recorded.event.reason == "dialog_closed":  # type: ignore[attr-defined]
        return []
    return [recorded.stream]


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribute:
    """Look at the groups that these streams concern and offer what can be offered there."""

    streams: tuple[str, ...]


def look(streams: Sequence[str]) -> Distribute:
    return Distribute(streams=tuple(streams))


@dataclass(frozen=True, slots=True)
class Exhausted:
    """Everybody was tried. `resume_at` = when the next round may begin; None = there is none."""

    dialog: str
    resume_at: datetime | None


@dataclass(frozen=True, slots=True)
class MoveOn:
    """To the overflow group, or to stay (`to` None) with an alert."""

    dialog: str
    to: str | None
    cause: Literal["rounds", "max_queue_wait"]


@dataclass(frozen=True, slots=True)
class Nobody:
    dialog: str
    decision: RoutingDecided


Step = Offer | Exhausted | MoveOn | Nobody
Causes = tuple[tuple[str, int], ...]


@dataclass
class Desk:
    """The rows that a plan looks at; loads and rotation move on with each decision of the same plan.

    `hopeless`: (skills, weight) of untried dialogs that nobody can serve. Loads only grow during a plan: it stays so.
    """

    group_id: str
    group: Group
    group_version: int
    agents: Mapping[AgentId, Agent]
    rotation: Rotation
    now: datetime
    extra: dict[AgentId, int] = field(default_factory=dict)
    hopeless: dict[tuple[tuple[str, ...], int], Causes] = field(default_factory=dict)

    def load(self, agent: AgentId) -> int:
        return self.agents[agent].load + self.extra.get(agent, 0)

    def somebody_free(self) -> bool:
        return any(a.ready and self.load(agent) < a.capacity for agent, a in self.agents.items())


def plan(queue: Sequence[tuple[str, Dialog]], desk: Desk) -> list[Step]:
    """What to do for a queue in order. A dialog that nobody can take does not block those behind it (F17)."""
    steps: list[Step] = []
    for dialog_id, dialog in queue:
        if not _settled(dialog, desk):
            steps += _attempt(dialog_id, dialog, desk)
    return steps


def _settled(dialog: Dialog, desk: Desk) -> bool:
    """Would a closer look change nothing? A class that nobody can serve is skipped whole (F17, F27)."""
    if _waited_too_long(dialog, desk):
        return False
    if _round(dialog, desk.now)[1]:
        return (dialog.resume_at is not None or dialog.stays_in_queue) and not desk.somebody_free()
    causes = desk.hopeless.get((dialog.skills, dialog.weight))
    return causes is not None and not _worth_telling(dialog, causes, desk.now)


def _attempt(dialog_id: str, dialog: Dialog, desk: Desk) -> list[Step]:
    if _waited_too_long(dialog, desk):
        return [MoveOn(dialog_id, desk.group.overflow, "max_queue_wait")]
    round_, tried = _round(dialog, desk.now)
    candidates = [_candidate(agent, place, dialog, tried, desk) for place, agent in enumerate(desk.group.members)]
    eligible = [Member(one.agent, one.ordinal, one.load, one.capacity) for one in candidates if one.eligible]
    if eligible:
        return [_offer(dialog_id, dialog, round_, candidates, eligible, desk)]
    if tried:
        return _exhausted(dialog_id, dialog, round_, desk)
    return _nobody(dialog_id, dialog, round_, candidates, desk)


def _round(dialog: Dialog, now: datetime) -> tuple[int, tuple[AgentId, ...]]:
    """After the pause a new round begins, and nobody counts as tried."""
    if dialog.resume_at is not None and now >= dialog.resume_at:
        return dialog.round + 1, ()
    return dialog.round, dialog.tried


def _candidate(agent_id: AgentId, place: int, dialog: Dialog, tried: Sequence[AgentId], desk: Desk) -> Candidate:
    agent, load = desk.agents[agent_id], desk.load(agent_id)
    reject: RejectReason | None = None
    if not agent.active:
        reject = "deactivated"
    elif not agent.ready:
        reject = "not_ready"
    elif agent_id in tried:
        reject = "tried"
    elif not set(dialog.skills) <= set(agent.skills):
        reject = "skill"
    elif load + dialog.weight > agent.capacity:
        reject = "full"
    return Candidate(
        agent=agent_id, ordinal=place, eligible=reject is None, reject=reject, load=load, capacity=agent.capacity
    )


def _offer(
    dialog_id: str,
    dialog: Dialog,
    round_: int,
    candidates: Sequence[Candidate],
    eligible: Sequence[Member],
    desk: Desk,
) -> Offer:
    group = desk.group
    attempt = dialog.attempt + 1 if round_ == dialog.round else 1
    question = Question(
        dialog=dialog_id,
        round=round_,
        attempt=attempt,
        order=group.members,
        rotation=desk.rotation,
        seed=group.seed or "",
        width=group.width,
        by_ratio=group.by_ratio,
    )
    choice = choose(group.algorithm, eligible, question)
    shown = [one.model_copy(update={"key": choice.keys.get(one.agent)}) for one in candidates]
    decision = RoutingDecided(
        group=desk.group_id,
        seq=desk.rotation.seq + 1,
        round=round_,
        attempt=attempt,
        algorithm=group.algorithm,
        group_version=desk.group_version,
        seed=group.seed if group.algorithm == "random" else None,
        cursor_before=desk.rotation.cursor,
        cursor_after=choice.cursor,
        candidates=_shown(shown, choice.chosen),
        rejected=_rejected(candidates),
        chosen=choice.chosen,
        outcome="offered",
    )
    desk.rotation = turns.decided(desk.rotation, decision)
    reserve = group.algorithm in RESERVING
    if reserve:
        for agent in choice.chosen:
            desk.extra[agent] = desk.extra.get(agent, 0) + dialog.weight
    return Offer(dialog_id, decision, desk.now + timedelta(seconds=group.answer_wait), reserve)


def _shown(candidates: Sequence[Candidate], chosen: Sequence[AgentId]) -> tuple[Candidate, ...]:
    """The chosen and the first ten others; `rejected` counts all."""
    picked = [one for one in candidates if one.agent in chosen]
    others = [one for one in candidates if one.agent not in chosen]
    return (*picked, *others[:SHOWN_OTHERS])


def _rejected(candidates: Sequence[Candidate]) -> dict[RejectReason, int]:
    return dict(sorted(Counter(one.reject for one in candidates if one.reject is not None).items()))


def _exhausted(dialog_id: str, dialog: Dialog, round_: int, desk: Desk) -> list[Step]:
    """A round is exhausted if and only if somebody was tried and nobody is left (F07)."""
    if dialog.resume_at is not None or dialog.stays_in_queue:
        return []
    last = desk.group.max_rounds != 0 and round_ >= desk.group.max_rounds
    if not last:
        return [Exhausted(dialog_id, desk.now + timedelta(seconds=desk.group.retry_pause))]
    return [Exhausted(dialog_id, None), MoveOn(dialog_id, desk.group.overflow, "rounds")]


def _nobody(dialog_id: str, dialog: Dialog, round_: int, candidates: Sequence[Candidate], desk: Desk) -> list[Step]:
    rejected = _rejected(candidates)
    causes: Causes = tuple(sorted(rejected.items()))
    desk.hopeless[dialog.skills, dialog.weight] = causes
    if not _worth_telling(dialog, causes, desk.now):
        return []
    decision = RoutingDecided(
        group=desk.group_id,
        seq=desk.rotation.seq,
        round=round_,
        attempt=dialog.attempt,
        algorithm=desk.group.algorithm,
        group_version=desk.group_version,
        cursor_before=desk.rotation.cursor,
        cursor_after=desk.rotation.cursor,
        candidates=tuple(candidates[:SHOWN_OTHERS]),
        rejected=rejected,
        outcome="none",
    )
    return [Nobody(dialog_id, decision)]


def _worth_telling(dialog: Dialog, causes: Causes, now: datetime) -> bool:
    """Told when the cause changed, at most once a minute (F18)."""
    if dialog.none_causes is None or dialog.none_at is None:
        return True
    return causes != dialog.none_causes and now >= dialog.none_at + TELL_AGAIN


def _waited_too_long(dialog: Dialog, desk: Desk) -> bool:
    longest = desk.group.max_queue_wait
    if not longest or dialog.stays_in_queue or dialog.entered_at is None:
        return False
    return desk.now >= dialog.entered_at + timedelta(seconds=longest)


def distribute(world: World, command: Distribute) -> dict[str, Any]:
    """Read the groups' rows, plan, record. One decision at a time per group: the lane lock sees to it."""
    groups = {group for stream in command.streams for group in _groups(world, stream)}
    hours_changed = any(stream.startswith(("schedule-", "channel-")) for stream in command.streams)
    steps = sum(_distribute_in(world, group, rearm=hours_changed) for group in sorted(groups))
    return {"outcome": "done" if steps else "nothing", "steps": steps}


def _groups(world: World, stream: str) -> list[str]:
    """The groups that a stream's change may concern."""
    prefix, _, ident = stream.partition("-")
    match prefix:
        case "group":
            return [ident]
        case "agent":
            return world.groups_of(ident)
        case "dialog":
            group = world.dialog(ident).in_group
            return [group] if group else []
        case "channel":
            receiver = world.channel(ident).settings.receiver
            return [receiver.id] if receiver is not None and receiver.kind == "group" else []
        case "schedule":
            return world.waiting_groups()
        case _:
            return []


def _distribute_in(world: World, group_id: str, *, rearm: bool) -> int:
    """Page by page: a longer one is read only while somebody is free whom nobody on this one suits.

    `rearm`: working hours may have changed, so dialogs that must wait get their next moment computed anew.
    """
    group = world.group(group_id)
    if not group.exists or group.archived:
        return 0
    done, page = 0, PAGE
    while True:
        desk = _desk(world, group_id, group)
        queue = [(dialog, world.dialog(dialog)) for dialog in world.queue(group_id, page)]
        may = [(name, dialog) for name, dialog in queue if _may_be_offered(world, dialog)]
        if rearm:
            world.rearm |= {name for name, _ in queue} - {name for name, _ in may}
        steps = plan(may, desk)
        for step in steps:
            _carry_out(world, step)
        done += len(steps)
        if len(queue) < page or not desk.somebody_free():
            return done
        page *= 4


def _desk(world: World, group_id: str, group: Group) -> Desk:
    return Desk(
        group_id=group_id,
        group=group,
        group_version=world.version(f"group-{group_id}"),
        agents={agent: world.agent(agent) for agent in group.members},
        rotation=world.rotation(group_id),
        now=world.now,
    )


def _may_be_offered(world: World, dialog: Dialog) -> bool:
    channel = world.channel(dialog.channel)
    return channel.working and works_now(world, channel)


def _carry_out(world: World, step: Step) -> None:
    match step:
        case Offer():
            make_offers(world, step)
        case Exhausted():
            world.do(f"dialog-{step.dialog}", ask.ExhaustRound(resume_at=step.resume_at))
        case Nobody():
            world.do(f"dialog-{step.dialog}", ask.RecordRouting(decision=step.decision))
        case MoveOn():
            _move_on(world, step)


def _move_on(world: World, step: MoveOn) -> None:
    moved = world.do(f"dialog-{step.dialog}", ask.Overflow(to=step.to, cause=step.cause))
    if not moved:
        return
    if step.to is None:
        world.do(f"alert-{world.tenant}", alert.Raise(alert="left_in_queue", subject=step.dialog))
        return
    route(world, step.dialog, Target(kind="group", id=step.to), "overflow", "overflowed")
