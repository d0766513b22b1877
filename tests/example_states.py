"""One example of every phase in which a dialog, a channel and an agent can be, with the events that lead there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from domain.recorded import Event, Stamp
from domain.streams import AGGREGATES
from tests.example_events import AT, EVENTS

PATHS: dict[str, tuple[str, ...]] = {
    "dialog unknown": (),
    "dialog queued": ("opened", "message_received", "queued"),
    "dialog offered": ("opened", "message_received", "queued", "routing_decided", "offers_made"),
    "dialog assigned": ("opened", "queued", "offers_made", "offer_accepted", "offers_ended", "assigned"),
    "dialog bot": ("opened", "message_received", "bot_started"),
    "dialog closed": ("opened", "message_received", "queued", "closed"),
    "channel unknown": (),
    "channel draft": ("created",),
    "channel authorising": ("created", "auth_started"),
    "channel choosing": ("created", "auth_started", "account_authorised"),
    "channel verified": ("created", "auth_started", "account_authorised", "object_chosen"),
    "channel connected": ("created", "object_chosen", "settings_changed", "connected"),
    "channel degraded": ("created", "object_chosen", "settings_changed", "connected", "degraded"),
    "channel superseded": ("created", "object_chosen", "settings_changed", "connected", "superseded"),
    "channel disconnected": ("created", "object_chosen", "settings_changed", "connected", "disconnected"),
    "agent offline": ("created",),
    "agent ready": ("created", "presence_changed", "slot_reserved", "slot_occupied"),
    "agent deactivated": ("created", "deactivated"),
}
"""`aggregate phase` → the kinds of its events, without the aggregate's name."""


def fold(prefix: str, events: Sequence[Event], state: Any = None, first: int = 1) -> Any:
    """The state of a stream after `events`, each one second and one position after the one before."""
    aggregate = AGGREGATES[prefix]
    state = aggregate.state() if state is None else state
    for place, event in enumerate(events):
        state = aggregate.evolve(state, event, Stamp(AT, first + place))
    return state


STATES: dict[str, Any] = {
    name: fold(prefix, [EVENTS[f"{prefix}.{kind}"] for kind in path])
    for name, path in PATHS.items()
    for prefix in (name.split()[0],)
}
