"""What may happen next: somebody outside wants something, a machine runs, time passes, something fails.

Each move has a serial number, from which keys are made, and two numbers below 60. Nothing else decides how it goes.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from adapters.store.derived import NEVER
from domain.desk.administration import SetSchedule
from domain.desk.answering import AcceptOffer, DeclineOffer
from domain.desk.bots import AnswerAsBot, ReportBotFailed
from domain.desk.intake import ReceiveMessage
from domain.errors import Rejected
from domain.recorded import SYSTEM, Actor
from domain.schedule import Week
from domain.working_time import Interval
from processors import REGISTRY
from processors.distribution.hearing import WHOLE
from tests.domain.moves import MOVES as OF_THE_DESK
from tests.domain.moves import pick
from tests.examples import WEEKDAYS_9_TO_18
from tests.simulation.clients import commanding, correction, delivering, delivery
from tests.simulation.machine import Simulation
from tests.simulation.shapes import CHANNELS, DESK

Step = Callable[[Simulation, int, int, int], None]
MOVES: dict[str, Step] = {}
RESTING = frozenset({"rests", "dies_in_silence", "a_mark_is_lost_in_silence"})
"""Moves that end when everybody has come to rest."""


def move(function: Step) -> Step:
    MOVES[function.__name__] = function
    return function


# -- people -----------------------------------------------------------------------------------------------------------


@move
def writes(sim: Simulation, serial: int, a: int, b: int) -> None:
    channel = pick(list(sim.shape.channels), b)
    question = delivery(channel, CHANNELS[channel], f"customer-{a % sim.shape.customers}", serial)
    sim.enter(serial, lambda: delivering(sim.api(serial), sim.book, channel, question))


@move
def repeats(sim: Simulation, serial: int, a: int, b: int) -> None:
    """The provider delivers something again, perhaps at the same time, perhaps long after."""
    request = pick(list(sim.book.messages.values()), a * 60 + b)
    if request is not None and isinstance(request.command, ReceiveMessage):
        known = request.command
        number, customer = int(known.provider_id), known.sender_id
        question = delivery(known.channel, known.provider, customer, number)
        sim.enter(serial, lambda: delivering(sim.api(serial), sim.book, known.channel, question))


@move
def edits(sim: Simulation, serial: int, a: int, b: int) -> None:
    """A customer corrects, or takes back, what he wrote; perhaps before it has arrived."""
    request = pick(list(sim.book.messages.values()), a * 60 + b)
    if request is not None and isinstance(request.command, ReceiveMessage):
        question = correction(request.command, serial, taken_back=b % 2 == 0)
        sim.enter(serial, lambda: delivering(sim.api(serial), sim.book, request.command.channel, question))


WEEKS: tuple[Week, ...] = (
    WEEKDAYS_9_TO_18,
    tuple((Interval(start=22 * 60, end=6 * 60),) for _ in range(7)),
    tuple((Interval(start=0, end=1440),) for _ in range(7)),
    tuple(() for _ in range(7)),
)
"""Offices of the day, of the night, of every hour, and of none."""


@move
def other_hours(sim: Simulation, serial: int, a: int, b: int) -> None:
    wants(sim, serial, SetSchedule(schedule="office-hours", name="Hours", zone="UTC", week=pick(WEEKS, a)))


def wants(sim: Simulation, serial: int, command: Any, actor: Actor = SYSTEM) -> None:
    key = f"{type(command).__name__} {serial}"
    sim.enter(serial, lambda: commanding(sim.api(serial), sim.book, key, command, actor))


@move
def accepts(sim: Simulation, serial: int, a: int, b: int) -> None:
    offers = [(name, one) for name, state in sim.heads.dialogs() for one in state.offers]
    if offers:
        dialog, one = pick(offers, a)
        wants(sim, serial, AcceptOffer(dialog=dialog, offer=one.offer, agent=one.agent), _as(one.agent))


@move
def declines(sim: Simulation, serial: int, a: int, b: int) -> None:
    offers = [(name, one) for name, state in sim.heads.dialogs() for one in state.offers]
    if offers:
        dialog, one = pick(offers, a)
        wants(sim, serial, DeclineOffer(dialog=dialog, offer=one.offer, agent=one.agent), _as(one.agent))


@move
def a_bot_answers(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Or asks for people, or closes; of a dialog that it may have lost already."""
    dialogs = [name for name, state in sim.heads.dialogs() if state.bot is not None or (b % 10 == 0 and state.open)]
    if dialogs:
        answer = AnswerAsBot(
            dialog=pick(dialogs, a),
            bot="greeter",
            key=str(serial),
            messages=("Hello!",) if b % 2 else (),
            hand_off=b % 5 == 0,
            close=b % 7 == 0 and b % 5 != 0,
        )
        wants(sim, serial, answer, Actor(kind="bot", id="greeter"))


@move
def a_bot_fails(sim: Simulation, serial: int, a: int, b: int) -> None:
    dialogs = [(name, state) for name, state in sim.heads.dialogs() if state.bot is not None]
    if dialogs:
        name, state = pick(dialogs, a)
        wants(sim, serial, ReportBotFailed(dialog=name, bot=state.bot, turn=state.bot_position))


def _as(agent: str) -> Actor:
    return Actor(kind="agent", id=agent)


def _of_the_desk(name: str) -> Step:
    """A move of the desk's random days, asked for over a connection that may break."""

    def step(sim: Simulation, serial: int, a: int, b: int) -> None:
        try:
            command = OF_THE_DESK[name](sim, a, b)  # type: ignore[arg-type]
        except Rejected:
            return
        if command is not None:
            wants(sim, serial, command)

    return step


MOVES |= {name: _of_the_desk(name) for name in DESK}


# -- machines and time ------------------------------------------------------------------------------------------------


@move
def runs(sim: Simulation, serial: int, a: int, b: int) -> None:
    """One loop, or somebody outside, does a few steps."""
    place = (a * 60 + b) % (len(sim.loops) + len(sim.clients))
    if place < len(sim.loops):
        for _ in range(b % 8 + 1):
            if not sim.step(sim.loops[place]):
                break
    else:
        sim.step_client(list(sim.clients)[place - len(sim.loops)])


@move
def bustle(sim: Simulation, serial: int, a: int, b: int) -> None:
    sim.bustle(a, b % 3 + 1)


@move
def rests(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Nothing fails until everybody has come to rest; then the truths are looked at."""
    sim.settle()


@move
def clock(sim: Simulation, serial: int, a: int, b: int) -> None:
    sim.now += timedelta(seconds=sim.shape.pace * (a / 60) ** 2, microseconds=b)


@move
def to_the_moment(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Time goes on to the next timer, or to just before or behind it."""
    moments = sorted(moment for moment in sim.heads.timers.values() if moment != NEVER and moment > sim.now)
    if moments:
        sim.now = max(sim.now, moments[0] + timedelta(microseconds=b % 3 - 1))


@move
def stands_still(sim: Simulation, serial: int, a: int, b: int) -> None:
    """Nobody runs for hours or days."""
    sim.now += timedelta(hours=a + 1) if b % 2 else timedelta(minutes=a)


# -- faults -----------------------------------------------------------------------------------------------------------


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
