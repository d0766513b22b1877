"""Alerts of a tenant: one list to watch. An alert is raised once and stays until it is cleared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, assert_never

from domain.change import replace
from domain.recorded import Event, Stamp

AlertKind = Literal[
    "unrouted",
    "receiver_invalid",
    "left_in_queue",
    "account_unavailable",
    "parked",
    "delivery",
    "oversized",
]

OF_A_DIALOG: tuple[AlertKind, ...] = ("unrouted", "left_in_queue")
"""Whose subject is a dialog that nobody has. They are cleared when somebody has it, or it is over."""


class AlertRaised(Event):
    kind: Literal["alert.alert_raised"] = "alert.alert_raised"
    alert: AlertKind
    subject: str


class AlertCleared(Event):
    kind: Literal["alert.alert_cleared"] = "alert.alert_cleared"
    alert: AlertKind
    subject: str


AlertEvent = AlertRaised | AlertCleared


@dataclass(frozen=True)
class Alerts:
    """Open alerts as `kind subject`, so that the same cause is not raised twice."""

    open: frozenset[str] = frozenset()


def evolve(alerts: Alerts, event: AlertEvent, stamp: Stamp) -> Alerts:
    label = f"{event.alert} {event.subject}"
    match event:
        case AlertRaised():
            return replace(alerts, open=alerts.open | {label})
        case AlertCleared():
            return replace(alerts, open=alerts.open - {label})
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raise:
    alert: AlertKind
    subject: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clear:
    alert: AlertKind
    subject: str


AlertCommand = Raise | Clear


def decide(command: AlertCommand, alerts: Alerts) -> list[AlertEvent]:
    is_open = f"{command.alert} {command.subject}" in alerts.open
    match command:
        case Raise():
            return [] if is_open else [AlertRaised(alert=command.alert, subject=command.subject)]
        case Clear():
            return [AlertCleared(alert=command.alert, subject=command.subject)] if is_open else []
        case _:
            assert_never(command)
