"""What people outside want: customers, agents, supervisors, bots."""

from __future__ import annotations

from typing import Any

from domain.desk.administration import SetSchedule
from domain.desk.answering import AcceptOffer, DeclineOffer
from domain.desk.bots import AnswerAsBot, ReportBotFailed
from domain.desk.intake import ReceiveMessage
from domain.errors import Rejected
from domain.recorded import SYSTEM, Actor
from domain.schedule import Week
from domain.working_time import Interval
from tests.domain.moves import MOVES as OF_THE_DESK
from tests.domain.moves import pick
from tests.examples import WEEKDAYS_9_TO_18
from tests.simulation.clients import commanding, correction, delivering, delivery
from tests.simulation.machine import Simulation
from tests.simulation.moves.registry import MOVES, Step, move
from tests.simulation.shapes import CHANNELS, DESK


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
