"""A contact centre in virtual time: customers come, wait, are answered or leave; the engine decides who gets whom.

Every customer is a message into a channel (`ReceiveMessage`), every answer an `AcceptOffer` at the moment of the offer,
every end a `CloseDialog`. Messengers have no hang-up: a customer who has lost patience has his dialog closed while it
waits, which is what `abandon_in_queue` counts (§13). Timers stand still: nothing falls due, because every offer is
answered at once and the channel closes idle dialogs only after a year.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from typing import Any

from domain.desk.administration import SetAgent, SetGroup, SetPresence
from domain.desk.answering import AcceptOffer, CloseDialog
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.connecting import VerifyChannel
from domain.desk.intake import ReceiveMessage
from domain.dialog.events import OffersMade
from domain.group import Algorithm
from domain.recorded import Event
from tests.yardsticks.draws import Draw
from tests.yardsticks.engine import START, Engine

CHANNEL, GROUP, PROVIDER = "shop", "support", "telegram"
YEAR = {"value": 365, "unit": "days"}


@dataclass(frozen=True, slots=True)
class Rules:
    """How the group distributes. `capacity` = dialogs an agent has at once; `seed` = of the rule `random`."""

    algorithm: Algorithm
    agents: int
    capacity: int = 1
    seed: str = "seed"


@dataclass(slots=True)
class Visit:
    """What became of one customer; seconds. `agent` None: he left without an answer. `began` = handling began."""

    number: int
    draw: Draw
    arrived: float
    customer: str
    dialog: str = ""
    agent: str | None = None
    began: float | None = None
    ended: float | None = None

    @property
    def wait(self) -> float:
        end = self.began if self.began is not None else self.ended
        assert end is not None, "still there"
        return end - self.arrived

    @property
    def handling(self) -> float:
        assert self.ended is not None, "still there"
        return self.ended - self.began if self.began is not None else 0.0


@dataclass
class Desk:
    """One agent's table: what he has accepted and not yet closed."""

    open: list[Visit] = field(default_factory=list)


class Centre:
    """`work` says how an agent works off what he has accepted."""

    def __init__(self, rules: Rules, work: Callable[[Centre], Work]) -> None:
        self.rules = rules
        self.time = 0.0
        self.engine = Engine(self._hear)
        self.desks = {f"agent{number}": Desk() for number in range(1, rules.agents + 1)}
        self.visits: list[Visit] = []
        self._work = work(self)
        self._offers: deque[tuple[str, str, str]] = deque()
        self._agenda: list[tuple[float, int, Callable[..., None], tuple[Any, ...]]] = []
        self._order = count()
        self._inside: dict[str, Visit] = {}
        self._away: deque[str] = deque()
        self._names = count(1)
        self._open_shop()

    def _open_shop(self) -> None:
        for name in self.desks:
            self.engine.do(SetAgent(agent=name, name=name.title(), capacity=self.rules.capacity))
            self.engine.do(SetPresence(agent=name, to="ready"))
        settings = {"members": list(self.desks), "algorithm": self.rules.algorithm, "seed": self.rules.seed}
        self.engine.do(SetGroup(group=GROUP, name="Support", changes=settings))
        self.engine.do(CreateChannel(channel=CHANNEL, kind="telegram", name="Shop"))
        self.engine.do(VerifyChannel(channel=CHANNEL, bot_name="Shop bot", external_id="4711", fingerprint="f00d"))
        changes = {"receiver": {"kind": "group", "id": GROUP}, "auto_close": YEAR}
        self.engine.do(SaveChannel(channel=CHANNEL, changes=changes, account_key="hash of the account"))

    # -- time -------------------------------------------------------------------------------------------------------

    def run(self, draws: Sequence[Draw], watch: Callable[[Centre], None] = lambda centre: None) -> list[Visit]:
        """All these customers, in the order of their coming, until the last has left. `watch` looks at each step."""
        self._awaited = iter(draws)
        self._next_customer()
        while self._agenda:
            self.time, _, act, with_ = heapq.heappop(self._agenda)
            self.engine.now = START + timedelta(seconds=self.time)
            act(*with_)
            watch(self)
        return self.visits

    def at(self, moment: float, act: Callable[..., None], *with_: Any) -> None:
        heapq.heappush(self._agenda, (moment, next(self._order), act, with_))

    def _next_customer(self) -> None:
        draw = next(self._awaited, None)
        if draw is not None:
            self.at(self.time + draw.gap, self._arrive, draw)

    # -- customers --------------------------------------------------------------------------------------------------

    def _arrive(self, draw: Draw) -> None:
        self._next_customer()
        customer = self._away.popleft() if self._away else f"customer {next(self._names)}"
        visit = Visit(len(self.visits), draw, self.time, customer)
        self.visits.append(visit)
        visit.dialog = self.engine.do(_hello(customer, visit.number))["dialog"]
        self._inside[visit.dialog] = visit
        if draw.patience is not None:
            self.at(self.time + draw.patience, self._lose_patience, visit)
        self._answer_offers()

    def _lose_patience(self, visit: Visit) -> None:
        """He leaves if nobody has taken him yet."""
        if visit.agent is None and visit.ended is None:
            self._close(visit)

    def _close(self, visit: Visit) -> None:
        self.engine.do(CloseDialog(dialog=visit.dialog))
        visit.ended = self.time
        del self._inside[visit.dialog]
        self._away.append(visit.customer)

    # -- agents -----------------------------------------------------------------------------------------------------

    def _hear(self, stream: str, event: Event) -> None:
        if isinstance(event, OffersMade):
            self._offers += [(stream.partition("-")[2], one.offer, one.agent) for one in event.offers]

    def _answer_offers(self) -> None:
        while self._offers:
            dialog, offer, agent = self._offers.popleft()
            visit = self._inside[dialog]
            if self.engine.heads.head(f"dialog-{dialog}").state.pending(offer) is None:
                continue  # taken back: another was quicker, or he has become full
            self.engine.do(AcceptOffer(dialog=dialog, offer=offer, agent=agent))
            visit.agent = agent
            self.desks[agent].open.append(visit)
            self._work.accepted(agent, visit)

    def begin(self, visit: Visit) -> None:
        visit.began = self.time

    def finish(self, visit: Visit) -> None:
        """The agent closes the dialog and takes what the engine offers him next."""
        assert visit.agent is not None
        self.desks[visit.agent].open.remove(visit)
        self._close(visit)
        self._answer_offers()


class Work:
    """How an agent works. `accepted` is called when a dialog has become his."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre

    def accepted(self, agent: str, visit: Visit) -> None:
        raise NotImplementedError


def _hello(customer: str, number: int) -> ReceiveMessage:
    return ReceiveMessage(
        channel=CHANNEL,
        provider=PROVIDER,
        external_key=f"message {number}",
        provider_id=str(number),
        sender_key=customer,
        sender_id=customer,
        body="Hello",
    )
