"""Machines have nothing left to do, and whatever follows the log says what the log says (invariants 15 to 18)."""

from __future__ import annotations

from collections import Counter, defaultdict

from tests.domain.laws import must
from tests.simulation.machine import Simulation
from tests.simulation.truths.registry import at_home, at_rest


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
