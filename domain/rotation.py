"""Whose turn it is in a group: a head folded from `routing_decided` and `members_changed` (§6, F16, F32)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.change import replace
from domain.dialog.events import RoutingDecided
from domain.group import MembersChanged
from domain.recorded import AgentId

STICKY = "sticky"
"""In place of a rule's name: the agent who answered this customer before was asked, alone."""


@dataclass(frozen=True)
class Rotation:
    """`cursor` = the agent last offered. If he left, `successor` = the member who followed him, who is next.

    `seq` counts decisions of the group; `last_offered` = the decision in which each agent was last chosen.
    """

    cursor: AgentId | None = None
    successor: AgentId | None = None
    seq: int = 0
    order: tuple[AgentId, ...] = ()
    last_offered: dict[AgentId, int] = field(default_factory=dict)


def decided(rotation: Rotation, event: RoutingDecided) -> Rotation:
    """Moves on the offer, not on the accept: else a silent agent would be offered first for ever.

    A sticky offer was not the algorithm's: it counts as a decision, but no turn moves and nobody counts as offered.
    Else a regular customer of the last agent would make the turn jump over everybody between.
    """
    if event.outcome == "none":
        return rotation
    if event.algorithm == STICKY:
        return replace(rotation, seq=event.seq)
    moved = event.cursor_after != event.cursor_before or event.cursor_after in event.chosen
    return replace(
        rotation,
        cursor=event.cursor_after,
        successor=None if moved else rotation.successor,
        seq=event.seq,
        last_offered=rotation.last_offered | dict.fromkeys(event.chosen, event.seq),
    )


def members_changed(rotation: Rotation, event: MembersChanged) -> Rotation:
    """A change of members never resets fairness: whoever was next stays next (F16)."""
    start = rotation.successor or rotation.cursor
    kept = rotation if start is None or start in event.order else _moved_on(rotation, start, event.order)
    known = {agent: seq for agent, seq in kept.last_offered.items() if agent in event.order}
    return replace(kept, order=event.order, last_offered=known)


def _moved_on(rotation: Rotation, gone: AgentId, order: Sequence[AgentId]) -> Rotation:
    follower = next((agent for agent in _after(rotation.order, gone) if agent in order), None)
    return replace(rotation, cursor=None, successor=follower)


def _after(order: Sequence[AgentId], start: AgentId) -> list[AgentId]:
    """Everybody behind `start`, cyclically, without `start` itself."""
    if start not in order:
        return list(order)
    at = order.index(start)
    return [*order[at + 1 :], *order[:at]]


def next_place(rotation: Rotation, order: Sequence[AgentId]) -> int:
    """The place in the list at which the next turn begins."""
    if rotation.successor in order and rotation.successor is not None:
        return order.index(rotation.successor)
    if rotation.cursor in order and rotation.cursor is not None:
        return (order.index(rotation.cursor) + 1) % len(order)
    return 0


def in_turn(rotation: Rotation, order: Sequence[AgentId]) -> list[AgentId]:
    """All members in the order in which it is their turn."""
    begin = next_place(rotation, order)
    return [*order[begin:], *order[:begin]]
