"""Every event, command and state stands once among the examples, and every event survives its way to disk and back."""

from typing import Any, get_args

import pytest
from pydantic import TypeAdapter

from domain import account, agent, alert, channel, customer, group, schedule, streams, widget
from domain.desk import HANDLERS
from domain.dialog import state as dialog
from domain.dialog.commands import DialogCommand
from domain.recorded import Event, Sealed
from processors import ALL_HANDLERS
from tests import example_events, example_states
from tests.example_states import fold
from tests.examples import COMMANDS, EVENTS, STATES


def test_every_event_has_one_example() -> None:
    assert set(EVENTS) == set(streams.EVENTS)
    assert len(EVENTS) == len(example_events.ALL)


def test_every_command_has_one_example() -> None:
    unions = [
        DialogCommand,
        account.AccountCommand,
        agent.AgentCommand,
        alert.AlertCommand,
        channel.ChannelCommand,
        customer.CustomerCommand,
        group.GroupCommand,
        schedule.ScheduleCommand,
        widget.WidgetCommand,
    ]
    every = {one for union in unions for one in (get_args(union) or (union,))} | set(HANDLERS) | set(ALL_HANDLERS)
    assert {one.__name__ for one in every - set(COMMANDS)} == set()


def test_every_phase_has_one_example() -> None:
    phases = {f"dialog {one}" for one in get_args(dialog.Phase)} | {f"channel {one}" for one in get_args(channel.Phase)}
    assert phases <= set(STATES)
    named = {name: name.split()[1] for name in phases}
    assert {name: STATES[name].phase for name in phases} == named


@pytest.mark.parametrize("event", example_events.ALL, ids=lambda event: event.kind)
def test_an_event_survives_its_way_to_disk_and_back(event: Event) -> None:
    assert type(event).model_validate_json(event.model_dump_json(by_alias=True)) == event


@pytest.mark.parametrize("event", [one for one in example_events.ALL if one.personal], ids=lambda event: event.kind)
@pytest.mark.requirement("E13")
def test_a_sealed_event_survives_its_way_to_disk_and_back(event: Event) -> None:
    sealed = event.model_copy(update={name: Sealed(sealed="b64") for name in event.personal})
    assert type(event).model_validate_json(sealed.model_dump_json(by_alias=True)) == sealed


@pytest.mark.parametrize("name", [name for name in STATES if example_states.PATHS[name]])
def test_folding_in_two_steps_is_folding_at_once(name: str) -> None:
    """Also when the head was written to disk in between, as it is after every commit."""
    prefix = name.split(maxsplit=1)[0]
    events = [EVENTS[f"{prefix}.{kind}"] for kind in example_states.PATHS[name]]
    for cut in range(1, len(events) + 1):
        head = from_disk(fold(prefix, events[:cut]))
        assert fold(prefix, events[cut:], head, first=cut + 1) == STATES[name]


def from_disk(state: Any) -> Any:
    adapter: TypeAdapter[Any] = TypeAdapter(type(state))
    return adapter.validate_json(adapter.dump_json(state))
