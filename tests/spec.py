"""Given, when, then: the whole engine in memory, without a database, thread or clock of its own.

    given(*shop(receiver=SUPPORT), hello(IVAN)).when(accepts(ANNA)).then("dialog.offer_accepted", …)

A step is a command of the engine, or a function of the `Office` that does something itself or returns such a command.
After every step of `given` the processors run until they have nothing to do; after a step of `when` they do not,
so that `then` sees what the command alone has caused; the step `settled` runs them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from domain.errors import Rejected
from domain.recorded import Event, Recorded
from processors import ALL_HANDLERS
from tests.office import Office

Step = Any


def given(*steps: Step) -> Story:
    return Story(Office()).given(*steps)


@dataclass(frozen=True, slots=True)
class Fact:
    """An event of this kind with at least these fields; a field may be a predicate."""

    kind: str
    fields: dict[str, Any] = field(default_factory=dict)

    def fits(self, event: Event) -> bool:
        return event.kind == self.kind and all(_fits(getattr(event, name), want) for name, want in self.fields.items())


def fact(kind: str, **fields: Any) -> Fact:
    return Fact(kind, fields)


class Story:
    """One tale about one office. Everything returns the story, so that a test reads as a sentence."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.caused: list[Recorded] = []
        self.answer: dict[str, Any] = {}
        self.refusal: Rejected | None = None

    def given(self, *steps: Step) -> Story:
        for step in steps:
            _take(self.office, step)
            self.office.settle()
        return self

    def when(self, *steps: Step) -> Story:
        """Refusals are remembered, not raised; `then` looks at what these steps caused together."""
        before, self.refusal = len(self.office.log), None
        try:
            for step in steps:
                self.answer = _take(self.office, step) or {}
        except Rejected as refusal:
            self.refusal = refusal
        self.caused = self.office.log[before:]
        return self

    def then(self, *expected: str | Fact) -> Story:
        """Exactly these events, in this order."""
        self._not_refused()
        happened = [recorded.event for recorded in self.caused]
        wanted = [fact(one) if isinstance(one, str) else one for one in expected]
        assert [event.kind for event in happened] == [one.kind for one in wanted]
        for event, want in zip(happened, wanted, strict=True):
            assert want.fits(event), f"{event!r} is not {want!r}"
        return self

    def then_among_others(self, *expected: str | Fact) -> Story:
        """These events in this order, with any others between them."""
        self._not_refused()
        rest = iter(recorded.event for recorded in self.caused)
        for one in expected:
            want = fact(one) if isinstance(one, str) else one
            assert any(want.fits(event) for event in rest), f"{want!r} is missing in {self.kinds()}"
        return self

    def then_never(self, *kinds: str) -> Story:
        assert [kind for kind in self.kinds() if kind in kinds] == []
        return self

    def then_nothing(self) -> Story:
        return self.then()

    def then_refused(self, code: str) -> Story:
        """The command was refused with this code and left no event."""
        assert self.refusal is not None, f"not refused; it caused {self.kinds()}"
        assert (self.refusal.code, self.kinds()) == (code, [])
        return self

    def then_answered(self, **fields: Any) -> Story:
        self._not_refused()
        assert {name: self.answer.get(name) for name in fields} == fields
        return self

    def then_dialog(self, customer: str, **fields: Any) -> Story:
        """What the customer's last dialog adds up to now."""
        return self._state(self.office.dialog(customer), fields)

    def then_agent(self, agent: str, **fields: Any) -> Story:
        return self._state(self.office.state(f"agent-{agent}"), fields)

    def then_channel(self, channel: str, **fields: Any) -> Story:
        return self._state(self.office.state(f"channel-{channel}"), fields)

    def then_check(self, look: Callable[[Office], bool]) -> Story:
        assert look(self.office)
        return self

    def kinds(self) -> list[str]:
        return [recorded.event.kind for recorded in self.caused]

    def _state(self, state: Any, fields: dict[str, Any]) -> Story:
        for name, want in fields.items():
            assert _fits(getattr(state, name), want), f"{name} is {getattr(state, name)!r}, not {want!r}"
        return self

    def _not_refused(self) -> None:
        assert self.refusal is None, f"refused: {self.refusal.code if self.refusal else ''}"


def _take(office: Office, step: Step) -> dict[str, Any] | None:
    if type(step) in ALL_HANDLERS:
        return office.do(step)
    outcome = step(office)
    return office.do(outcome) if type(outcome) in ALL_HANDLERS else None


def _fits(value: Any, want: Any) -> bool:
    return bool(want(value)) if callable(want) else bool(value == want)


def settled(office: Office) -> None:
    """The processors look at everything that was marked, until nothing is."""
    office.settle()


def wait(**duration: float) -> Callable[[Office], None]:
    """Time goes by with the engine running: timers ring at their moments, processors follow."""
    return lambda office: office.run_for(timedelta(**duration))


def later(**duration: float) -> Callable[[Office], None]:
    """Only the clock moves, as if the engine had stood still."""
    return lambda office: office.sleep(timedelta(**duration))
