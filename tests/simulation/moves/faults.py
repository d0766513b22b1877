"""What fails: processes die, connections break, marks are lost, everything comes twice."""

from __future__ import annotations

from processors import REGISTRY
from processors.distribution.hearing import WHOLE
from tests.domain.moves import pick
from tests.simulation.machine import Simulation
from tests.simulation.moves.people import writes
from tests.simulation.moves.registry import move


@move
def dies(sim: Simulation, serial: int, a: int, b: int) -> None:
    """A process is killed, or one of its loops; as a rule in the middle of what it does.

    Whoever was connected to the process must ask again.
    """
    busy = [loop for loop in sim.loops if loop.word]
    loop = pick(busy if busy and a % 4 else sim.loops, a * 60 + b)
    if b % 3 == 0:
        loop.die()
        return
    next(unit for unit in sim.units if loop in unit.loops or unit is sim.units[-1]).die()
    for client, (begin, _) in list(sim.clients.items()):
        sim.clients[client] = (begin, begin())


@move
def connection_breaks(sim: Simulation, serial: int, a: int, b: int) -> None:
    if sim.clients:
        client = pick(list(sim.clients), a)
        begin = sim.clients[client][0]
        sim.clients[client] = (begin, begin())


@move
def everybody_wakes(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Everything that could be looked at is marked; nothing may come of it twice."""
    for processor in REGISTRY.values():
        prefixes = {kind.partition(".")[0] for kind in processor.hears}
        streams = [stream for stream in sim.heads.heads if stream.partition("-")[0] in prefixes]
        sim.store.mark(processor.name, dict.fromkeys(streams, 0))


@move
def a_mark_is_lost(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Of the processor that has a sweep as its safety net (F29), and one for which the sweep stands in."""
    marks = sim.store.dirty["distribution"]
    known = sorted(key for key in marks if not key.startswith(WHOLE))
    if known:
        del marks[pick(known, a)]


@move
def dies_in_silence(sim: Simulation, serial: int, a: int, b: int) -> None:
    """All was quiet, one customer writes, and the machines die in the midst of it: nothing else will wake them up."""
    sim.rest()
    _writes_to_the_end(sim, serial, a, b)
    sim.bustle(a, b % 3 + 1)
    for unit in sim.units:
        unit.die()
    sim.settle()


@move
def a_mark_is_lost_in_silence(sim: Simulation, serial: int, a: int, b: int) -> None:
    sim.rest()
    _writes_to_the_end(sim, serial, a, b)
    hearing = [loop for loop in sim.loops if loop.name.startswith("processor:distribution")]
    while any(sim.step(loop) for loop in hearing):
        pass
    for key in [key for key in sim.store.dirty["distribution"] if not key.startswith(WHOLE)]:
        del sim.store.dirty["distribution"][key]
    sim.settle()


def _writes_to_the_end(sim: Simulation, serial: int, a: int, b: int) -> None:
    writes(sim, serial, a, b)
    while serial in sim.clients:
        sim.step_client(serial)


@move
def the_lead_is_lost(sim: Simulation, serial: int, a: int, b: int) -> None:
    """The relay's session with the database ends; it will notice when it saves."""
    sim.lead.holder = None


@move
def rebalances(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Some consumer is put back, or too far ahead, in what it reads from topics."""
    loops = [loop for loop in sim.loops if loop.name.startswith(("processor:", "notebook"))]
    if loops:
        pick(loops, a).die()
    for place, records in sim.topics.sent.items():
        if place.partition % 2 == b % 2 and records:
            sim.topics.send(place, [one.event for one in records[-(a % 5 + 1) :]])


@move
def rewinds(sim: Simulation, serial: int, a: int, b: int) -> None:
    """A consumer is set back in its topics or in the log, to the beginning or to somewhere before."""
    consumer = pick([*sim.views, *sim.views, sim.outbox, sim.notebook], a).name
    if sim.shape.feed == "topics":
        for key in [key for key in sim.positions.next_offset if key[0] == consumer]:
            sim.positions.next_offset[key] = sim.positions.next_offset[key] * b // 60
    elif consumer != "notebook":
        sim.store.tracking[consumer] = sim.store.tracking.get(consumer, 0) * b // 60
