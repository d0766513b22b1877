"""A group: an ordered list of agents and the rule by which dialogs are offered to them (behaviour.md §6, §10)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, assert_never

from domain.change import replace
from domain.dialog.events import Target
from domain.errors import Conflict, Invalid, NotFound, Problem
from domain.recorded import AgentId, Event, Frozen, Stamp

Algorithm = Literal["all_at_once", "round_robin", "in_order", "least_busy", "random"]
ALGORITHMS: tuple[Algorithm, ...] = ("all_at_once", "round_robin", "in_order", "least_busy", "random")
DEFAULT_GRACE = 300
"""Seconds that dialogs of a group wait for a lost agent, where nothing else was set."""


class PolicyChange(Frozen):
    field: str
    old: Any
    new: Any


class Created(Event):
    kind: Literal["group.created"] = "group.created"
    name: str


class MembersChanged(Event):
    """`order` is the whole list after the change; `added` and `removed` say what moved."""

    kind: Literal["group.members_changed"] = "group.members_changed"
    added: tuple[AgentId, ...] = ()
    removed: tuple[AgentId, ...] = ()
    order: tuple[AgentId, ...] = ()


class AlgorithmSet(Event):
    kind: Literal["group.algorithm_set"] = "group.algorithm_set"
    algorithm: Algorithm
    by_ratio: bool = False
    seed: str | None = None
    width: int = 50


class AnswerWaitSet(Event):
    kind: Literal["group.answer_wait_set"] = "group.answer_wait_set"
    seconds: int


class RoundsSet(Event):
    kind: Literal["group.rounds_set"] = "group.rounds_set"
    max_rounds: int
    retry_pause: int


class OverflowSet(Event):
    kind: Literal["group.overflow_set"] = "group.overflow_set"
    target: Target | None
    max_queue_wait: int


class PolicySet(Event):
    kind: Literal["group.policy_set"] = "group.policy_set"
    changes: tuple[PolicyChange, ...]


class Archived(Event):
    kind: Literal["group.archived"] = "group.archived"


GroupEvent = Created | MembersChanged | AlgorithmSet | AnswerWaitSet | RoundsSet | OverflowSet | PolicySet | Archived


@dataclass(frozen=True)
class Group:
    """Seconds throughout; 0 switches `max_queue_wait`, `sticky_window`, `first_reply_wait` and `max_rounds` off."""

    exists: bool = False
    archived: bool = False
    name: str = ""
    members: tuple[AgentId, ...] = ()
    algorithm: Algorithm = "round_robin"
    by_ratio: bool = False
    seed: str | None = None
    width: int = 50
    answer_wait: int = 60
    max_rounds: int = 0
    retry_pause: int = 30
    overflow: str | None = None
    max_queue_wait: int = 0
    sticky_window: int = 0
    first_reply_wait: int = 0
    agent_lost_grace: int = DEFAULT_GRACE
    held_counts: bool = True


def evolve(group: Group, event: GroupEvent, stamp: Stamp) -> Group:
    match event:
        case Created():
            return replace(group, exists=True, name=event.name)
        case MembersChanged():
            return replace(group, members=event.order)
        case AlgorithmSet():
            return replace(
                group, algorithm=event.algorithm, by_ratio=event.by_ratio, seed=event.seed, width=event.width
            )
        case AnswerWaitSet():
            return replace(group, answer_wait=event.seconds)
        case RoundsSet():
            return replace(group, max_rounds=event.max_rounds, retry_pause=event.retry_pause)
        case OverflowSet():
            target = event.target.id if event.target else None
            return replace(group, overflow=target, max_queue_wait=event.max_queue_wait)
        case PolicySet():
            return replace(group, **{change.field: change.new for change in event.changes})
        case Archived():
            return replace(group, archived=True)
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    """`seed` is drawn by the caller and kept in the event, so that a replay draws the same agents."""

    name: str
    seed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Configure:
    """Set any of: members, algorithm, by_ratio, seed, width, answer_wait, max_rounds, retry_pause, overflow, …"""

    changes: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Archive:
    """`channels` = those whose receiver or fallback it is, `groups` = those that overflow into it (F19)."""

    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


GroupCommand = Create | Configure | Archive


def decide(command: GroupCommand, group: Group) -> list[GroupEvent]:
    match command:
        case Create():
            if group.exists:
                return []
            return [Created(name=command.name), AlgorithmSet(algorithm="round_robin", seed=command.seed)]
        case _ if not group.exists:
            raise NotFound("group_unknown", "There is no such group.")
        case Configure() if group.archived and command.changes:
            raise Conflict("group_archived", "The group is archived; what it was stays as it was.")
        case Configure():
            return _configure(command, group)
        case Archive():
            return _archive(command, group)
        case _:
            assert_never(command)


def _archive(command: Archive, group: Group) -> list[GroupEvent]:
    if group.archived:
        return []
    if command.channels or command.groups:
        users = [f"{what} {', '.join(names)}" for what, names in _users(command) if names]
        sentence = f"The group is still used by {' and by '.join(users)}."
        raise Conflict("in_use", sentence, channels=list(command.channels), groups=list(command.groups))
    return [Archived()]


def _users(command: Archive) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("channels", command.channels), ("groups", command.groups)


_NUMBERS: dict[str, tuple[int, int]] = {
    "width": (1, 500),
    "answer_wait": (5, 3600),
    "max_rounds": (0, 100),
    "retry_pause": (5, 3600),
    "max_queue_wait": (0, 604_800),
    "sticky_window": (0, 90 * 86_400),
    "first_reply_wait": (0, 86_400),
    "agent_lost_grace": (0, 86_400),
}
_SWITCHES = frozenset({"by_ratio", "held_counts"})
_POLICY = ("sticky_window", "first_reply_wait", "agent_lost_grace", "held_counts")


def _configure(command: Configure, group: Group) -> list[GroupEvent]:
    wanted = command.changes
    problems = [problem for name, value in wanted.items() if (problem := _wrong(name, value))]
    if problems:
        raise Invalid(problems)
    after = replace(group, **{name: _plain(value) for name, value in wanted.items()})  # type: ignore[arg-type]
    return _members(group, after) + _rules(group, after)


def _wrong(name: str, value: object) -> Problem | None:
    if name in _NUMBERS:
        low, high = _NUMBERS[name]
        right = isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        why = f"must be a whole number from {low} to {high}"
        return None if right else _problem(name, "out_of_range", why, least=low, most=high)
    if name in _SWITCHES:
        return None if isinstance(value, bool) else _problem(name, "not_boolean", "must be true or false")
    if name == "algorithm":
        allowed = ", ".join(ALGORITHMS)
        return (
            None if value in ALGORITHMS else _problem(name, "bad_value", f"must be one of {allowed}", allowed=allowed)
        )
    if name == "seed":
        right = isinstance(value, str) and 1 <= len(value) <= 64
        return None if right else _problem(name, "too_long", "must be a text of 1 to 64 characters", most=64)
    if name == "overflow":
        return None if value is None or isinstance(value, str) else _problem(name, "bad_value", "must name a group")
    if name == "members":
        return None if _different_names(value) else _problem(name, "bad_value", "must be a list of different agents")
    return _problem(name, "unknown_field", "is not a setting of a group")


def _different_names(value: object) -> bool:
    if not isinstance(value, list | tuple) or not all(isinstance(who, str) and who for who in value):
        return False
    return len(set(value)) == len(value)


def _problem(name: str, code: str, why: str, **limits: int | float | str) -> Problem:
    return Problem(field=name, code=code, sentence=f"{name} {why}.", limits=limits)


def _plain(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _members(before: Group, after: Group) -> list[GroupEvent]:
    if before.members == after.members:
        return []
    added = tuple(agent for agent in after.members if agent not in before.members)
    removed = tuple(agent for agent in before.members if agent not in after.members)
    return [MembersChanged(added=added, removed=removed, order=after.members)]


def _rules(before: Group, after: Group) -> list[GroupEvent]:
    events: list[GroupEvent] = []
    rule = (after.algorithm, after.by_ratio, after.seed, after.width)
    if rule != (before.algorithm, before.by_ratio, before.seed, before.width):
        events.append(
            AlgorithmSet(algorithm=after.algorithm, by_ratio=after.by_ratio, seed=after.seed, width=after.width)
        )
    if after.answer_wait != before.answer_wait:
        events.append(AnswerWaitSet(seconds=after.answer_wait))
    if (after.max_rounds, after.retry_pause) != (before.max_rounds, before.retry_pause):
        events.append(RoundsSet(max_rounds=after.max_rounds, retry_pause=after.retry_pause))
    if (after.overflow, after.max_queue_wait) != (before.overflow, before.max_queue_wait):
        target = Target(kind="group", id=after.overflow) if after.overflow else None
        events.append(OverflowSet(target=target, max_queue_wait=after.max_queue_wait))
    changes = tuple(
        PolicyChange(field=name, old=getattr(before, name), new=getattr(after, name))
        for name in _POLICY
        if getattr(before, name) != getattr(after, name)
    )
    return [*events, PolicySet(changes=changes)] if changes else events
