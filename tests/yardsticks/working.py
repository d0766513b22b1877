"""Three ways in which an agent works off what he has accepted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from tests.yardsticks.centre import Centre, Visit, Work


class AtOnce(Work):
    """Every accepted dialog is handled from its accept on, at full speed."""

    def accepted(self, agent: str, visit: Visit) -> None:
        self.centre.begin(visit)
        self.centre.at(self.centre.time + visit.draw.work, self.centre.finish, visit)


class OneByOne(Work):
    """The agent has a queue of his own and handles its first; what was pushed to him is never taken back (case 4)."""

    def accepted(self, agent: str, visit: Visit) -> None:
        if len(self.centre.desks[agent].open) == 1:
            self._handle(visit)

    def _handle(self, visit: Visit) -> None:
        self.centre.begin(visit)
        self.centre.at(self.centre.time + visit.draw.work, self._done, visit)

    def _done(self, visit: Visit) -> None:
        assert visit.agent is not None
        desk = self.centre.desks[visit.agent]
        self.centre.finish(visit)
        if desk.open and desk.open[0].began is None:
            self._handle(desk.open[0])


class Sharing(Work):
    """Several dialogs at once, each slower the more there are: `rates[k - 1]` = speed of one of k (case 5)."""

    def __init__(self, centre: Centre, rates: Sequence[float]) -> None:
        super().__init__(centre)
        self._rates = rates
        self._left: dict[str, dict[int, float]] = {agent: {} for agent in centre.desks}
        self._since = dict.fromkeys(centre.desks, 0.0)
        self._plans = dict.fromkeys(centre.desks, 0)

    def accepted(self, agent: str, visit: Visit) -> None:
        self._work_off(agent)
        self.centre.begin(visit)
        self._left[agent][visit.number] = visit.draw.work
        self._plan(agent)

    def _work_off(self, agent: str) -> None:
        left = self._left[agent]
        done = (self.centre.time - self._since[agent]) * self._rates[len(left) - 1] if left else 0.0
        for number in left:
            left[number] -= done
        self._since[agent] = self.centre.time

    def _plan(self, agent: str) -> None:
        """The next of his dialogs to be done; an older plan is void."""
        self._plans[agent] += 1
        left = self._left[agent]
        if left:
            number = min(left, key=lambda one: (left[one], one))
            after = max(left[number], 0.0) / self._rates[len(left) - 1]
            self.centre.at(self.centre.time + after, self._done, agent, number, self._plans[agent])

    def _done(self, agent: str, number: int, plan: int) -> None:
        if plan != self._plans[agent]:
            return
        self._work_off(agent)
        del self._left[agent][number]
        self._plan(agent)
        self.centre.finish(self.centre.visits[number])


def sharing(rates: Sequence[float]) -> Callable[[Centre], Work]:
    return lambda centre: Sharing(centre, rates)
