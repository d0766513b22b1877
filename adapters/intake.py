"""The door for what customers send: the webhook route, polling channels and `parley play` all come through `Intake`.

A parsed thing becomes one command with a keyed hash of its provider's id as key, so that a repeat is known for what it
is (E02). Whatever came, exactly one of `routed duplicate quarantined ignored rejected` became of it, and the counters
say so (E11). Provider ids go on as keyed hashes, or as personal fields that the store encrypts (E13).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple, Protocol

from adapters.attachments.stash import stash
from adapters.blobs import Blobs
from adapters.channels.inbound import Inbound
from adapters.intake_commands import LOOKS_UP, Asked, Hashes, asked
from adapters.intake_outbox import Empty, Outbox
from adapters.store.awaiting import answered, finished
from adapters.store.requests import Outcome, Request
from domain.desk.intake import CountIntake, ReportOversized
from domain.errors import Rejected, Unavailable
from domain.kinds import ChannelKind
from domain.quarantine import LARGEST_BODY
from domain.recorded import Actor

EMPTY = Empty()
DOOR = Actor(kind="provider", id="intake")
Fate = Literal["routed", "duplicate", "quarantined", "ignored", "rejected"]
_COUNTED_BY_DESK = frozenset({"routed", "quarantined"})


class Executes(Protocol):
    def submit(self, request: Request) -> Future[Outcome]: ...


class IntakeOutcome(NamedTuple):
    """What became of one thing. `position` = its last event in the lane, None where it caused none."""

    fate: Fate
    thing: Inbound
    reason: str | None = None
    dialog: str | None = None
    message: str | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class Intake:
    """`receive` blocks, `receive_async` does not; they do the same. Both raise `Unavailable` if anything could not be
    committed: the provider then sends all of it again, and what was committed turns out to be a repeat."""

    executor: Executes
    hashes: Hashes
    outbox: Outbox | None = None
    blobs: Blobs | None = None

    def receive(
        self, tenant: str, channel: str, kind: ChannelKind, things: Sequence[Inbound], raw: bytes = b""
    ) -> list[IntakeOutcome]:
        questions = self._asked(tenant, channel, kind, things, raw)
        futures = self._submit(tenant, questions)
        settled = [_settled(future) for future in futures]
        outcomes = [_outcome(question, result) for question, result in zip(questions, settled, strict=True)]
        _finish(questions)
        for counted in self._count(tenant, channel, questions, outcomes):
            counted.result()
        return outcomes

    async def receive_async(
        self, tenant: str, channel: str, kind: ChannelKind, things: Sequence[Inbound], raw: bytes = b""
    ) -> list[IntakeOutcome]:
        if self._waits(things, raw):
            # Which message of ours is meant is a question to the database, and bytes that came along go to the disk;
            # the event loop must not wait for either.
            questions = await asyncio.to_thread(self._asked, tenant, channel, kind, things, raw)
        else:
            questions = self._asked(tenant, channel, kind, things, raw)
        futures = self._submit(tenant, questions)
        await finished([future for future in futures if future is not None])
        settled = [_settled(future) for future in futures]
        outcomes = [_outcome(question, result) for question, result in zip(questions, settled, strict=True)]
        if any(question.done for question in questions):
            await asyncio.to_thread(_finish, questions)
        for counted in self._count(tenant, channel, questions, outcomes):
            await answered(counted)
        return outcomes

    def report_oversized(self, tenant: str, channel: str) -> Future[Outcome]:
        return self._ask(tenant, ReportOversized(channel=channel))

    def _asked(
        self, tenant: str, channel: str, kind: ChannelKind, things: Sequence[Inbound], raw: bytes
    ) -> list[Asked]:
        outbox = self.outbox or EMPTY
        keep = None if self.blobs is None else partial(stash, self.blobs)
        try:
            return [asked(self.hashes, outbox, tenant, channel, kind, thing, raw, keep) for thing in things]
        except OSError:
            raise Unavailable("blobs_unavailable", "The store of files takes nothing now; send it again.") from None

    def _waits(self, things: Sequence[Inbound], raw: bytes) -> bool:
        if self.outbox is not None and any(thing.kind in LOOKS_UP or thing.our_key for thing in things):
            return True
        large = len(raw) > LARGEST_BODY
        return self.blobs is not None and (large or any(_brings_bytes(thing) for thing in things))

    def _submit(self, tenant: str, questions: Sequence[Asked]) -> list[Future[Outcome] | None]:
        return [
            None
            if question.command is None
            else self.executor.submit(
                Request(
                    tenant=tenant,
                    command=question.command,
                    actor=DOOR,
                    key=question.key,
                    occurred_at=question.occurred_at,
                )
            )
            for question in questions
        ]

    def _count(
        self, tenant: str, channel: str, questions: Sequence[Asked], outcomes: Sequence[IntakeOutcome]
    ) -> list[Future[Outcome]]:
        """What the desk did not count with its own command."""
        if all(outcome.fate in _COUNTED_BY_DESK for outcome in outcomes):
            return []
        left = Counter(
            outcome.fate
            for question, outcome in zip(questions, outcomes, strict=True)
            if outcome.fate not in _COUNTED_BY_DESK and not _counted_ignored(question, outcome)
        )
        return [
            self._ask(tenant, CountIntake(channel=channel, outcome=fate, n=n))
            for fate, n in sorted(left.items())
            if fate in ("duplicate", "ignored", "rejected")
        ]

    def _ask(self, tenant: str, command: CountIntake | ReportOversized) -> Future[Outcome]:
        return self.executor.submit(Request(tenant=tenant, command=command, actor=DOOR, remember=False))


def receive(
    executor: Executes,
    hashes: Hashes,
    tenant: str,
    channel: str,
    kind: ChannelKind,
    things: Sequence[Inbound],
    *,
    raw: bytes = b"",
    outbox: Outbox | None = None,
) -> list[IntakeOutcome]:
    """Take in the things of one body and wait until they are committed. `raw` is kept where a thing is malformed."""
    return Intake(executor, hashes, outbox).receive(tenant, channel, kind, things, raw)


def _finish(questions: Sequence[Asked]) -> None:
    for question in questions:
        if question.done is not None:
            question.done()


def _brings_bytes(thing: Inbound) -> bool:
    along = any(one.content is not None for one in thing.attachments or ())
    return along or len(thing.text or "") * 4 > LARGEST_BODY


def _settled(future: Future[Outcome] | None) -> Outcome | Rejected | None:
    """None: nothing was asked. `Unavailable` goes on; any other refusal is an outcome."""
    if future is None:
        return None
    try:
        return future.result()
    except Unavailable:
        raise
    except Rejected as refusal:
        return refusal


def _outcome(question: Asked, result: Outcome | Rejected | None) -> IntakeOutcome:
    thing = question.thing
    if result is None:
        return IntakeOutcome("ignored", thing, question.reason)
    if isinstance(result, Rejected):
        return IntakeOutcome("rejected", thing, result.code)
    answer = result.answer
    dialog, message = answer.get("dialog"), answer.get("message") or answer.get("item")
    if result.repeated:
        return IntakeOutcome("duplicate", thing, None, dialog, message, result.position)
    if question.receipt:
        return IntakeOutcome("ignored", thing, question.reason, dialog, None, result.position)
    return IntakeOutcome(answer["outcome"], thing, answer.get("reason"), dialog, message, result.position)


def _counted_ignored(question: Asked, outcome: IntakeOutcome) -> bool:
    """A change by somebody whom we do not know is counted by the desk itself."""
    return outcome.fate == "ignored" and question.command is not None and not question.receipt
