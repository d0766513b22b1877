"""Every command may be sent twice: the second time the dialog has nothing to add (E14)."""

import pytest

from domain.dialog import commands as ask
from domain.dialog import decide
from domain.dialog.state import Dialog
from domain.errors import Rejected
from tests.example_states import fold
from tests.examples import COMMANDS, STATES

BY_KEY_ALONE = {
    ask.Receive,
    ask.Send,
    ask.Report,
    ask.Edit,
    ask.Delete,
    ask.React,
    ask.AddNote,
    ask.SetAttribute,
    ask.Enqueue,
    ask.Transfer,
}
"""What they say stands in no state, or is meant anew each time: the store's command key makes them unrepeatable."""
FINISHED_BY_THE_DESK = {ask.Accept, ask.Overflow}
"""The desk assigns, or queues, in the same transaction; told there: accepting twice, and the overflow."""
DIALOG_COMMANDS = [kind for kind in COMMANDS if kind.__module__ == ask.__name__]
REPEATABLE = [kind for kind in DIALOG_COMMANDS if kind not in BY_KEY_ALONE | FINISHED_BY_THE_DESK]
PHASES = [name for name in STATES if name.startswith("dialog ")]


@pytest.mark.requirement("E14")
@pytest.mark.parametrize("kind", REPEATABLE, ids=lambda one: one.__name__)
@pytest.mark.parametrize("phase", PHASES)
def test_a_second_time_changes_nothing(kind: type, phase: str) -> None:
    once, twice = outcome(kind, STATES[phase])
    assert twice in ([], once if isinstance(once, str) else [])


def outcome(kind: type, state: Dialog) -> tuple[object, object]:
    """What the example of this command causes at first and then again: events, or the code of a refusal."""
    answers: list[object] = []
    for _ in range(2):
        try:
            events = decide(COMMANDS[kind], state)
        except Rejected as refusal:
            answers.append(refusal.code)
        else:
            answers.append(events)
            state = fold("dialog", events, state, first=100)
    return answers[0], answers[1]


def test_each_command_does_something_somewhere() -> None:
    """Else the test above would prove nothing about it."""
    active = {kind for kind in DIALOG_COMMANDS for phase in PHASES if isinstance(outcome(kind, STATES[phase])[0], list)}
    assert {one.__name__ for one in set(DIALOG_COMMANDS) - active} == set()
