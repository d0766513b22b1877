"""The plan: what to do for a queue in order (§6). Pure: queue, agents, settings and the moment decide, nothing else.

A dialog that nobody can take does not block those behind it, and its class is passed over from then on (F17, F27).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.change import replace
from domain.desk.offers import Offer
from domain.desk.world import class_of
from domain.dialog.events import RejectReason, Sticky
from domain.dialog.state import Dialog
from domain.distribution import RESERVING, Choice, Question, choose
from domain.recorded import AgentId
from processors.distribution.decision import counted, nobody, offered
from processors.distribution.desk import Desk
from processors.distribution.lineup import Eligible, untried
from processors.distribution.steps import Exhausted, MoveOn, Nobody, Step
from processors.distribution.sticky import Served, sticky

TELL_AGAIN = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queued dialog. `last` = who served its customer last; `named` = a wake-up was about this very dialog."""

    name: str
    dialog: Dialog
    last: Served | None = None
    named: bool = False


def plan(queue: Sequence[Waiting], desk: Desk) -> list[Step]:
    return [step for one in queue for step in _look_at(one, desk)]


def _look_at(one: Waiting, desk: Desk) -> Iterator[Step]:
    dialog = one.dialog
    if _waited_too_long(dialog, desk) and not _first_chance(dialog, desk):
        yield MoveOn(one.name, desk.overflow, "max_queue_wait")
        if desk.overflow is not None:
            return
        # Left in the queue its rounds are over; whoever was not tried is still asked.
        dialog = replace(dialog, stays_in_queue=True, left_cause="max_queue_wait", resume_at=None)
    yield from _attempt(one, dialog, desk)


def _waited_too_long(dialog: Dialog, desk: Desk) -> bool:
    longest = desk.group.max_queue_wait
    if not longest or dialog.stays_in_queue or dialog.entered_at is None:
        return False
    return desk.now >= dialog.entered_at + timedelta(seconds=longest)


def _first_chance(dialog: Dialog, desk: Desk) -> bool:
    """Never put to anybody here, and somebody may take it now: as after a night, when work begins (H07)."""
    return not dialog.attempt and not dialog.tried and bool(desk.lineup(dialog).eligible)


def _attempt(one: Waiting, dialog: Dialog, desk: Desk) -> Iterator[Step]:
    round_, tried = _round(dialog, desk.now)
    may = untried(desk.lineup(dialog), tried)
    attempt = dialog.attempt + 1 if round_ == dialog.round else 1
    known = sticky(one.last, may, attempt, desk)
    if may.members:
        yield _offer(one.name, dialog, round_, attempt, may, known, desk)
        return
    if dialog.stays_in_queue and desk.overflow is not None:
        yield MoveOn(one.name, desk.overflow, dialog.left_cause or "rounds")
        return
    if tried:
        yield from _exhausted(one.name, dialog, round_, desk)
    elif _worth_telling(one, dialog, may, desk):
        yield Nobody(one.name, nobody(desk, round_, attempt, may, known))
    _pass_over(dialog, desk)


def _round(dialog: Dialog, now: datetime) -> tuple[int, tuple[AgentId, ...]]:
    """After the pause a new round begins, and nobody counts as tried."""
    if dialog.resume_at is not None and now >= dialog.resume_at:
        return dialog.round + 1, ()
    return dialog.round, dialog.tried


def _offer(
    name: str, dialog: Dialog, round_: int, attempt: int, may: Eligible, known: Sticky | None, desk: Desk
) -> Offer:
    group = desk.group
    if known is not None and known.used:
        choice = Choice((known.agent,), desk.rotation.cursor)
    else:
        choice = choose(group.algorithm, may.members, _question(name, round_, attempt, desk))
    decision = offered(desk, round_, attempt, may, choice, known)
    reserves = group.algorithm in RESERVING
    weighs = reserves and (group.held_counts or not dialog.held)
    desk.decided(decision, dialog.weight if weighs else 0)
    return Offer(name, decision, desk.now + timedelta(seconds=group.answer_wait), reserves)


def _question(name: str, round_: int, attempt: int, desk: Desk) -> Question:
    group = desk.group
    return Question(
        dialog=name,
        round=round_,
        attempt=attempt,
        order=group.members,
        rotation=desk.rotation,
        seed=group.seed or "",
        width=group.width,
        by_ratio=group.by_ratio,
    )


def _exhausted(name: str, dialog: Dialog, round_: int, desk: Desk) -> Iterator[Step]:
    """A round is exhausted if and only if somebody was tried and nobody is left (F07)."""
    if dialog.settled:
        return
    last = desk.group.max_rounds != 0 and round_ >= desk.group.max_rounds
    if last:
        yield Exhausted(name, None)
        yield MoveOn(name, desk.overflow, "rounds")
    else:
        yield Exhausted(name, desk.now + timedelta(seconds=desk.group.retry_pause))


def _worth_telling(one: Waiting, dialog: Dialog, may: Eligible, desk: Desk) -> bool:
    """Told when the cause changed, at most once a minute (F18).

    Of a class that nobody can serve a new cause is told at its first dialog alone; the others are passed over.
    """
    if dialog.none_causes is None or dialog.none_at is None:
        return True
    first = one.named or class_of(dialog) not in desk.hopeless
    return first and _causes(may) != dialog.none_causes and desk.now >= dialog.none_at + TELL_AGAIN


def _causes(may: Eligible) -> tuple[tuple[RejectReason, int], ...]:
    return tuple(counted(may).items())


def _pass_over(dialog: Dialog, desk: Desk) -> None:
    """Where nobody at all can serve it, tried or not, its class is hopeless; a round that had to end has ended now."""
    if not desk.lineup(dialog).eligible:
        kind = class_of(dialog)
        desk.hopeless.add(kind._replace(settled=kind.settled or kind.tried))
