"""The event that explains a choice: who was looked at, why he was chosen, why the others were not (§6, F18).

Shown are the chosen and the first ten others, counted are all; the whole list follows from replaying the heads.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator

from domain.dialog.events import Candidate, RejectReason, RoutingDecided, Sticky
from domain.distribution import BY_PLACE, Choice, Member
from domain.recorded import AgentId, swift
from domain.rotation import STICKY
from processors.distribution.desk import Desk
from processors.distribution.lineup import Eligible

SHOWN_OTHERS = 10


def offered(
    desk: Desk, round_: int, attempt: int, may: Eligible, choice: Choice, known: Sticky | None
) -> RoutingDecided:
    used = known is not None and known.used
    shown = [*_chosen(desk, choice, may), *_others(desk, may, choice.chosen, choice)]
    return swift(
        RoutingDecided,
        kind="dialog.routing_decided",
        group=desk.group_id,
        seq=desk.rotation.seq + 1,
        round=round_,
        attempt=attempt,
        algorithm=STICKY if used else desk.group.algorithm,
        group_version=desk.group_version,
        seed=desk.group.seed if desk.group.algorithm == "random" and not used else None,
        cursor_before=desk.rotation.cursor,
        cursor_after=choice.cursor,
        candidates=tuple(shown),
        rejected=counted(may),
        chosen=choice.chosen,
        outcome="offered",
        sticky=known,
    )


def nobody(desk: Desk, round_: int, attempt: int, may: Eligible, known: Sticky | None) -> RoutingDecided:
    return RoutingDecided(
        group=desk.group_id,
        seq=desk.rotation.seq,
        round=round_,
        attempt=attempt,
        algorithm=desk.group.algorithm,
        group_version=desk.group_version,
        cursor_before=desk.rotation.cursor,
        cursor_after=desk.rotation.cursor,
        candidates=tuple(_others(desk, may, (), None)),
        rejected=counted(may),
        outcome="none",
        sticky=known,
    )


def counted(may: Eligible) -> dict[RejectReason, int]:
    return dict(sorted(may.rejected.items()))


def _chosen(desk: Desk, choice: Choice, may: Eligible) -> Iterator[Candidate]:
    for agent in choice.chosen:
        at = bisect_left(may.members, desk.places[agent], key=BY_PLACE)
        yield _eligible(may.members[at], choice)


def _others(desk: Desk, may: Eligible, chosen: Collection[AgentId], choice: Choice | None) -> Iterator[Candidate]:
    """The first ten in configured order."""
    left = SHOWN_OTHERS
    members = iter(may.members)
    for place, agent in enumerate(desk.agents):
        if not left:
            return
        reason = may.rejects.get(agent)
        member = None if reason is not None else next(members)
        if agent in chosen:
            continue
        left -= 1
        yield _rejected(desk, agent, place, reason) if member is None else _eligible(member, choice)


def _eligible(member: Member, choice: Choice | None) -> Candidate:
    key = choice.key(member) if choice is not None else None
    return _candidate(member.agent, member.ordinal, None, member.load, member.capacity, key)


def _rejected(desk: Desk, agent: AgentId, place: int, reason: RejectReason | None) -> Candidate:
    return _candidate(agent, place, reason, desk.loads[agent], desk.agents[agent].capacity, None)


def _candidate(
    agent: AgentId, place: int, reject: RejectReason | None, load: int, capacity: int, key: str | None
) -> Candidate:
    return swift(
        Candidate,
        agent=agent,
        ordinal=place,
        eligible=reject is None,
        reject=reject,
        load=load,
        capacity=capacity,
        key=key,
    )
