"""The streams of the engine: for every prefix the aggregate that lives there, its events and its topic.

One row per aggregate: the store folds by it, the codec reads kinds from it, the relay takes topics from it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import UnionType
from typing import Any, get_args

from domain import (
    access,
    account,
    agent,
    alert,
    channel,
    customer,
    dialog,
    group,
    privacy,
    quarantine,
    schedule,
    subscription,
    widget,
)
from domain.dialog.events import DialogEvent
from domain.recorded import Event, Stamp
from domain.rotation import Rotation


@dataclass(frozen=True, slots=True)
class Aggregate:
    """`topic` None = not published. `decide` None = its events are recorded by the desk alone.

    `unread` = kinds whose data the fold never looks at.
    """

    prefix: str
    state: type[Any]
    events: UnionType | type[Event]
    evolve: Callable[[Any, Any, Stamp], Any]
    decide: Callable[[Any, Any], list[Any]] | None
    topic: str | None
    unread: frozenset[str] = frozenset()

    @property
    def classes(self) -> tuple[type[Event], ...]:
        return get_args(self.events) or (self.events,)


def _row(module: Any, prefix: str, state: type[Any], events: Any, topic: str | None = None) -> Aggregate:
    decide = getattr(module, "decide", None)
    unread: frozenset[str] = getattr(module, "UNREAD", frozenset())
    return Aggregate(prefix, state, events, module.evolve, decide, topic, unread)


AGGREGATES: dict[str, Aggregate] = {
    row.prefix: row
    for row in (
        _row(dialog, "dialog", dialog.Dialog, DialogEvent, "dialogs.v1"),
        _row(channel, "channel", channel.Channel, channel.ChannelEvent, "channels.v1"),
        _row(account, "account", account.Account, account.AccountEvent, "accounts.v1"),
        _row(widget, "widget", widget.Widget, widget.WidgetEvent, "widgets.v1"),
        _row(agent, "agent", agent.Agent, agent.AgentEvent, "agents.v1"),
        _row(group, "group", group.Group, group.GroupEvent, "groups.v1"),
        _row(schedule, "schedule", schedule.Schedule, schedule.ScheduleEvent, "schedules.v1"),
        _row(
            subscription, "subscription", subscription.Subscription, subscription.SubscriptionEvent, "subscriptions.v1"
        ),
        _row(privacy, "privacy", privacy.Privacy, privacy.PrivacyEvent, "privacy.v1"),
        _row(customer, "customer", customer.Customer, customer.CustomerEvent),
        _row(quarantine, "quarantine", quarantine.Quarantine, quarantine.QuarantineEvent),
        _row(alert, "alert", alert.Alerts, alert.AlertEvent),
        _row(access, "access", access.Access, access.AccessEvent),
    )
}
EVENTS: dict[str, type[Event]] = {
    event.kind_of(): event for aggregate in AGGREGATES.values() for event in aggregate.classes
}
ROTATION = "rotation"
"""Prefix of the derived head that no event of its own feeds: `rotation-<group>`."""


def prefix_of(stream: str) -> str:
    return stream.partition("-")[0]


def aggregate_of(stream: str) -> Aggregate:
    return AGGREGATES[prefix_of(stream)]


def fresh(stream: str) -> Any:
    """The state of a stream without events."""
    prefix = prefix_of(stream)
    return Rotation() if prefix == ROTATION else AGGREGATES[prefix].state()


def state_type(stream: str) -> type[Any]:
    prefix = prefix_of(stream)
    return Rotation if prefix == ROTATION else AGGREGATES[prefix].state
