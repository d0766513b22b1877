"""Agents and customers at work. They learn what happens as everybody does, from committed events, and act by commands.

Everything runs in the thread that calls `work`; `hear` only puts events into its box. A command that comes too late is
refused, as in life, and nobody minds.
"""

from __future__ import annotations

import heapq
import logging
import queue
from collections.abc import Callable, Sequence
from random import Random
from time import monotonic
from typing import Any

from adapters.demo.conversation import PACE, Conversation
from adapters.demo.people import AGENTS
from adapters.demo.plan import Arrival
from adapters.store.codec import Codec
from adapters.store.executor import Executor
from adapters.store.requests import Request
from adapters.vault import KeyGone
from domain import customer
from domain.desk import administration as admin
from domain.desk import answering as desk
from domain.dialog import commands as ask
from domain.dialog import events as fact
from domain.errors import Rejected
from domain.recorded import Actor, Recorded

log = logging.getLogger("parley.demo")

IGNORES, DECLINES = 0.03, 0.08
Says = Callable[[Arrival, str], str]


class Crew:
    """`says` brings a customer's words to his counter, and answers his id there. `speed` shortens every pause."""

    def __init__(self, executor: Executor, codec: Codec, tenant: str, says: Says, *, seed: int, speed: float) -> None:
        self.messages = 0
        self._executor = executor
        self._codec = codec
        self._tenant = tenant
        self._says = says
        self._speed = speed
        self._chance = Random(seed + 1)
        self._box: queue.SimpleQueue[Recorded | None] = queue.SimpleQueue()
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._turn = 0
        self._chats: dict[int, Conversation] = {}
        self._customers: dict[str, int] = {}
        self._external: dict[str, int] = {}
        self._dialogs: dict[str, Conversation] = {}

    # -- from other threads -----------------------------------------------------------------------------------------

    def hear(self, events: Sequence[Recorded]) -> None:
        """Give this to `Executor.on_commit`."""
        for event in events:
            if event.tenant == self._tenant:
                self._box.put(event)

    def wake(self) -> None:
        self._box.put(None)

    # -- the working thread -----------------------------------------------------------------------------------------

    def later(self, seconds: float, action: Callable[[], None]) -> None:
        """`seconds` at speed 1."""
        self._turn += 1
        heapq.heappush(self._due, (monotonic() + seconds / self._speed, self._turn, action))

    def work(self) -> None:
        """Do what is due, then hear what happened until something is due again, or for a short while."""
        while self._due and self._due[0][0] <= monotonic():
            heapq.heappop(self._due)[2]()
        pause = min(self._due[0][0] - monotonic(), 0.5) if self._due else 0.5
        try:
            event = self._box.get(timeout=max(pause, 0.0))
            while event is not None:
                self._heard(event)
                event = self._box.get_nowait()
        except queue.Empty:
            return

    def arrive(self, arrival: Arrival) -> None:
        """A customer begins to write, unless his last enquiry still goes on."""
        if arrival.chat not in self._chats:
            talk = Conversation(arrival, list(arrival.lines), Random(arrival.draw))
            self._chats[arrival.chat] = talk
            self._customer_speaks(talk)

    def inherit(self, dialog: str, agent: str | None) -> None:
        """An open dialog of an earlier day: its customer is gone, so whoever has it closes it."""
        talk = Conversation(None, [], Random(dialog), dialog=dialog, agent=agent)
        self._dialogs[dialog] = talk
        if agent is not None:
            self._go_on(talk)

    def break_now_and_then(self) -> None:
        """Somebody steps out for tea and comes back."""
        agent = self._chance.choice(AGENTS).id
        self._ask(agent, admin.SetPresence(agent=agent, to="away"))
        self.later(self._chance.uniform(20, 60), lambda: self._ask(agent, admin.SetPresence(agent=agent, to="ready")))
        self.later(self._chance.uniform(60, 180), self.break_now_and_then)

    # -- hearing ----------------------------------------------------------------------------------------------------

    def _heard(self, recorded: Recorded) -> None:
        match recorded.event:
            case customer.Created():
                self._meet(recorded)
            case fact.Opened(customer=who):
                talk = self._chats.get(self._customers.get(who, 0))
                if talk is not None:
                    talk.dialog, self._dialogs[recorded.entity] = recorded.entity, talk
            case fact.OffersMade(offers=offers):
                for offer in offers:
                    self._consider(recorded.entity, offer.offer, offer.agent)
            case fact.Assigned(agent=agent):
                self._taken(recorded.entity, agent)
            case fact.Closed():
                talk = self._dialogs.pop(recorded.entity, None)
                if talk is not None and talk.arrival is not None:
                    self._chats.pop(talk.arrival.chat, None)

    def _meet(self, recorded: Recorded) -> None:
        try:
            told: Any = self._codec.opened(recorded.tenant, recorded.event)
        except KeyGone:
            return
        if told.external_id in self._external:
            self._customers[recorded.entity] = self._external[told.external_id]

    def _consider(self, dialog: str, offer: str, agent: str) -> None:
        talk = self._dialogs.get(dialog)
        chance = talk.chance if talk is not None else self._chance
        mood = chance.random()
        if agent not in PACE or mood < IGNORES:
            return
        answer: Any = desk.DeclineOffer if mood < DECLINES else desk.AcceptOffer
        wanted = answer(dialog=dialog, offer=offer, agent=agent)
        self.later(chance.uniform(1.5, 6) * PACE[agent], lambda: self._ask(agent, wanted))

    def _taken(self, dialog: str, agent: str) -> None:
        talk = self._dialogs.get(dialog)
        if talk is not None and agent in PACE:
            talk.agent = agent
            self._go_on(talk)

    # -- speaking ---------------------------------------------------------------------------------------------------

    def _go_on(self, talk: Conversation) -> None:
        """Whoever's turn it is thinks, types, and speaks; after the last line the agent closes."""
        line = talk.next
        if line is not None and line.by == "customer":
            self.later(talk.chance.uniform(4, 16), lambda: self._customer_speaks(talk))
        elif talk.agent is not None and line is not None:
            self.later(talk.answer_takes(line), lambda: self._agent_speaks(talk))
        elif talk.agent is not None:
            self.later(talk.closing_takes(), lambda: self._close(talk))

    def _customer_speaks(self, talk: Conversation) -> None:
        line = talk.next
        if line is None or line.by != "customer" or talk.arrival is None:
            return
        talk.said += 1
        self.messages += 1
        self._external[self._says(talk.arrival, line.text)] = talk.arrival.chat
        self._go_on(talk)

    def _agent_speaks(self, talk: Conversation) -> None:
        line = talk.next
        if line is None or line.by != "agent" or talk.agent is None or talk.dialog is None:
            return
        talk.said += 1
        talk.answers += 1
        author = fact.Author(kind="agent", id=talk.agent)
        key = f"demo-{talk.dialog}-{talk.answers}"
        self._ask(talk.agent, desk.SendMessage(dialog=talk.dialog, client_key=key, author=author, body=line.text))
        self._go_on(talk)

    def _close(self, talk: Conversation) -> None:
        if talk.agent is None or talk.dialog is None:
            return
        if talk.arrival is not None:
            topic = ask.SetTopic(topic=talk.arrival.topic)
            self._ask(talk.agent, desk.TellDialog(dialog=talk.dialog, command=topic))
        self._ask(talk.agent, desk.CloseDialog(dialog=talk.dialog))

    def _ask(self, agent: str, command: Any) -> None:
        actor = Actor(kind="agent", id=agent)
        try:
            self._executor.execute(Request(tenant=self._tenant, command=command, actor=actor, remember=False))
        except Rejected as refusal:
            log.info("%s was refused: %s", type(command).__name__, refusal.code)
