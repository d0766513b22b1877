"""What must hold of a run that has come to rest: the laws of the log, and what machines and people may rely on.

Numbers are those of the invariants in the reliability page. Each truth is a function of the simulation that raises
`Broken` with a sentence. `AT_REST` are looked at when everybody has come to rest after the faults; `AT_HOME`, all of
them, when the last timer has rung.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from adapters.store.derived import NEVER
from adapters.store.requests import Outcome
from domain.desk.hours import works_now
from domain.desk.intake import ReceiveMessage
from domain.desk.waking import due_at
from domain.dialog.state import Dialog
from domain.idleness import deadline
from domain.recorded import Recorded
from tests.domain.laws import LAWS, must
from tests.simulation.machine import Simulation

Truth = Callable[[Simulation], None]
AT_REST: list[Truth] = []
AT_HOME: list[Truth] = [*LAWS]  # type: ignore[list-item]
LATEST_CLOSE = timedelta(seconds=12)
"""Two ticks and ten seconds (G02, invariant 12)."""


ALWAYS: list[Truth] = []


def always(function: Truth) -> Truth:
    """Holds after every single step; must be quick."""
    ALWAYS.append(function)
    return function


def at_rest(function: Truth) -> Truth:
    AT_REST.append(function)
    return at_home(function)


def at_home(function: Truth) -> Truth:
    AT_HOME.append(function)
    return function


# -- intake and commands ----------------------------------------------------------------------------------------------


@at_home
def what_was_answered_is_in_the_log(sim: Simulation) -> None:
    """1, 2: every message that was answered 2xx is stored, exactly once."""
    stored = Counter(
        one.event.external_key
        for one in sim.log
        if one.event.kind in ("dialog.message_received", "quarantine.inbound_quarantined")
    )
    for key, request in sim.book.messages.items():
        if key in sim.book.heard and isinstance(request.command, ReceiveMessage):
            must(stored[request.command.external_key] >= 1, f"{key} was answered, and is nowhere")
    for key, n in stored.items():
        must(n == 1, f"the message {key} is stored {n} times")


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
    over = counts["routed"] - kinds["dialog.message_received"]
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


# -- distribution -----------------------------------------------------------------------------------------------------


@at_rest
def nobody_waits_while_somebody_has_room(sim: Simulation) -> None:
    """8: a dialog that may be offered is offered, if there is anybody to offer it to."""
    world = sim.world()
    for name, dialog in sim.heads.dialogs():
        if dialog.phase != "queued" or dialog.in_group is None or dialog.blocked:
            continue
        channel = world.channel(dialog.channel)
        if channel.working and works_now(world, channel):
            free = [agent for agent in world.group(dialog.in_group).members if _may_take(sim, agent, dialog)]
            must(not free, f"{name} waits in {dialog.in_group}, though {', '.join(free)} have room")


@at_rest
def only_who_is_ready_is_offered_anything(sim: Simulation) -> None:
    """F13: whoever has left has no offer any more."""
    for name, dialog in sim.heads.dialogs():
        for one in dialog.offers:
            must(sim.state(f"agent-{one.agent}").ready, f"{name} is still offered to {one.agent}, who has left")


def _may_take(sim: Simulation, name: str, dialog: Dialog) -> bool:
    agent = sim.state(f"agent-{name}")
    able = agent.active and agent.ready and set(dialog.skills) <= set(agent.skills)
    return bool(able and name not in dialog.tried and agent.load + dialog.weight <= agent.capacity)


# -- timers -----------------------------------------------------------------------------------------------------------


@always
def an_open_dialog_is_never_without_a_timer(sim: Simulation) -> None:
    """12: the row comes and goes in the transaction of the opening and of the close."""
    rows = sum(stream.startswith("dialog-") for stream in sim.heads.timers)
    must(rows == sim.heads.open_dialogs, f"{sim.heads.open_dialogs} dialogs are open, {rows} have timers")


@at_rest
def every_open_dialog_has_its_timer(sim: Simulation) -> None:
    """12, 13: one row each, never later than what is due; a closed dialog has none; nothing is overdue."""
    world = sim.world()
    for name, dialog in sim.heads.dialogs():
        row = sim.heads.timers.get(f"dialog-{name}")
        must((row is not None) == dialog.open, f"{name} is {dialog.phase}, and its timer is {row}")
        if row is not None:
            due = due_at(world, dialog) or NEVER
            woken = min(row, _hours_turn(sim, dialog))
            must(woken <= max(due, sim.now), f"the timer of {name} is set to {row}, but it is due at {due}")
    for stream, moment in sim.heads.timers.items():
        must(moment > sim.now, f"the timer of {stream} was due at {moment}, and nobody has looked")


def _hours_turn(sim: Simulation, dialog: Dialog) -> datetime:
    """When its channel opens or closes next, the schedule's own timer wakes whatever waits for that."""
    schedule = sim.state(f"channel-{dialog.channel}").settings.schedule
    return sim.heads.timers.get(f"schedule-{schedule}", NEVER)


@at_home
def whatever_can_become_idle_has_been_closed(sim: Simulation) -> None:
    """12: and in time, once the machines ran without faults."""
    for name, dialog in sim.heads.dialogs():
        must(deadline(dialog, sim.state(f"channel-{dialog.channel}")) is None, f"{name} was never closed")
    begun = sim.log[sim.faultless_from - 1].recorded_at
    unheld: dict[str, datetime] = {}
    for one in sim.log[sim.faultless_from :]:
        if one.event.kind == "dialog.unheld":
            unheld[one.stream] = one.recorded_at
        elif one.event.kind == "dialog.closed" and one.event.cause == "idle":
            due = max(one.event.deadline, unheld.get(one.stream, begun), begun)
            must(one.recorded_at - due <= LATEST_CLOSE, f"{one.stream} was closed {one.recorded_at - due} too late")


@at_home
def nobody_closes_twice(sim: Simulation) -> None:
    """13: between two closes stands a reopening."""
    open_: dict[str, bool] = {}
    for one in sim.log:
        if one.event.kind in ("dialog.opened", "dialog.reopened"):
            open_[one.stream] = True
        elif one.event.kind == "dialog.closed":
            must(open_.get(one.stream, False), f"{one.stream} was closed twice")
            open_[one.stream] = False


# -- machines and copies ----------------------------------------------------------------------------------------------


@at_rest
def nothing_is_left_to_do(sim: Simulation) -> None:
    left = {name: sorted(marks) for name, marks in sim.store.dirty.items() if marks}
    must(not left, f"nobody has looked at {left}")
    must(not sim.clients, f"{len(sim.clients)} clients have heard nothing")
    must(sim.lead.cursor == len(sim.log), f"the relay stands at {sim.lead.cursor} of {len(sim.log)}")


@at_home
def topics_are_the_log(sim: Simulation) -> None:
    """16, 4: without repeats, each place holds its streams' events, all of them, in their order."""
    wanted = sim.topics.by_place(sim.log)
    must(set(sim.topics.sent) == set(wanted), "topics have places that the log does not know")
    for place, events in wanted.items():
        versions: dict[str, int] = {}
        for record in sim.topics.sent[place]:
            last, version = versions.get(record.event.stream, 0), record.event.version
            must(version <= last + 1, f"{place.topic} misses version {last + 1} of {record.event.stream}")
            versions[record.event.stream] = max(last, version)
        for event in events:
            must(versions.get(event.stream, 0) >= event.version, f"{place.topic} misses the end of {event.stream}")


@at_home
def a_follower_skips_and_repeats_nothing(sim: Simulation) -> None:
    """17."""
    noted = Counter(sim.notebook.noted)
    for one in sim.log:
        n = noted[one.stream, one.version]
        must(n == 1, f"version {one.version} of {one.stream} was handed to a follower {n} times")
    last: dict[str, int] = {}
    for stream, version in sim.notebook.noted:
        must(version == last.get(stream, 0) + 1, f"{stream} came out of order")
        last[stream] = version


@at_home
def views_are_what_the_log_says(sim: Simulation) -> None:
    """15, 18: rebuilt from nothing, a projection has the same rows, however often it was told everything again."""
    for view in sim.views:
        live = {key: row for key, row in view.rows.items() if row is not None}
        must(live == view.rebuilt(sim.log), f"the view {view.name} is not what the log says")


@at_home
def what_we_said_was_delivered_in_order(sim: Simulation) -> None:
    """G12: each message once; the next of a dialog only when the one before it was settled."""
    said: dict[str, list[str]] = defaultdict(list)
    for one in sim.log:
        if one.event.kind in sim.outbox.hears:
            said[one.entity].append(one.event.message)
    received: dict[str, list[str]] = defaultdict(list)
    for dialog, message in sim.provider.received:
        received[dialog].append(message)
    for dialog, messages in received.items():
        must(len(set(messages)) == len(messages), f"the customer of {dialog} got a message twice")
        places = [said[dialog].index(one) for one in messages]
        must(places == sorted(places), f"the customer of {dialog} got messages out of order")
    parcels = {(one.out.dialog, one.out.message) for one in sim.outbox.parcels.values()}
    wanted = {(dialog, message) for dialog, messages in said.items() for message in messages}
    must(parcels == wanted, f"{len(wanted - parcels)} messages were never taken up")


@at_home
def every_message_came_to_its_end(sim: Simulation) -> None:
    left = [one.out.message for one in sim.outbox.unfinished()]
    must(not left, f"{left} are still on their way")
    must(not sim.outbox.unreported(), "dialogs were not told what became of their messages")
