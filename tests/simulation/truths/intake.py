"""Messages and commands: stored once, answered once, accounted for (invariants 1 to 3, 11)."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

from adapters.store.requests import Outcome
from domain.desk.intake import ReceiveMessage
from domain.quarantine import InboundQuarantined, QuarantineReleased
from domain.recorded import Recorded
from tests.domain.laws import must
from tests.simulation.machine import Simulation
from tests.simulation.truths.registry import at_home


@at_home
def what_was_answered_is_in_the_log(sim: Simulation) -> None:
    """1, 2: every message that was answered 2xx is stored, exactly once; what was released, in its dialog too.

    A correction that waited behind its message becomes a change of that message, not a message of its own.
    """
    stored = Counter(
        one.event.external_key
        for one in sim.log
        if one.event.kind in ("dialog.message_received", "quarantine.inbound_quarantined")
    )
    for key, request in sim.book.messages.items():
        if key in sim.book.heard and isinstance(request.command, ReceiveMessage):
            must(stored[request.command.external_key] >= 1, f"{key} was answered, and is nowhere")
    waited = [one.event for one in sim.log if isinstance(one.event, InboundQuarantined) and not one.event.change]
    kept = {event.item: event.external_key for event in waited}
    released = {kept.get(one.event.item) for one in sim.log if isinstance(one.event, QuarantineReleased)}
    for key, n in stored.items():
        must(n == 1 + (key in released), f"the message {key} is stored {n} times")


@at_home
def one_key_has_one_outcome(sim: Simulation) -> None:
    """3, 16: whoever asks again hears the first answer, and nothing happens a second time."""
    events: dict[str, list[Recorded]] = defaultdict(list)
    for one in sim.log:
        events[one.meta.command_id].append(one)
    for key, answers in sim.book.heard.items():
        told = {repr(_substance(one)) for one in answers}
        must(len(told) == 1, f"{key} was answered differently: {sorted(told)}")
        mine, first = events.get(key, []), answers[0]
        if isinstance(first, Outcome):
            span = (mine[0].position, mine[-1].position) if mine else (None, None)
            must(span == (first.first, first.position), f"{key} was carried out again: events {span}")
        else:
            must(not mine, f"{key} was refused, and left events")


def _substance(result: Any) -> Any:
    if isinstance(result, Outcome):
        return result.answer, result.first, result.position
    return result.code, result.sentence


@at_home
def what_came_is_accounted_for(sim: Simulation) -> None:
    """11 (E11): answered = routed + duplicate + quarantined, but for what a broken connection counted twice."""
    counts: Counter[str] = Counter()
    for (_, outcome), n in sim.store.counts.items():
        counts[outcome] += n
    kinds = Counter(one.event.kind for one in sim.log)
    corrections = sum(not isinstance(one.command, ReceiveMessage) for one in sim.book.messages.values())
    messages = {one.event.item for one in sim.log if isinstance(one.event, InboundQuarantined) and not one.event.change}
    later = sum(isinstance(one.event, QuarantineReleased) and one.event.item in messages for one in sim.log)
    over = counts["routed"] - (kinds["dialog.message_received"] - later)
    must(0 <= over <= corrections, f"{over} more are counted as routed than messages were received")
    must(counts["quarantined"] == kinds["quarantine.inbound_quarantined"], "the quarantine is counted wrongly")
    total = sum(counts.values())
    answered = len(sim.book.fates)
    must(answered <= total <= sim.book.came, f"{answered} answered, {total} accounted for, {sim.book.came} came")


@at_home
def time_never_goes_back(sim: Simulation) -> None:
    """14."""
    last = datetime.min.replace(tzinfo=sim.now.tzinfo)
    for one in sim.log:
        must(
            last <= one.recorded_at <= sim.now, f"{one.stream} {one.version} stands at {one.recorded_at}, after {last}"
        )
        last = one.recorded_at
