"""A subscription of a backend team: filter, secret fingerprint, state. Its changes are auditable like a channel's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from pydantic import ConfigDict, Field

from domain.change import replace
from domain.recorded import Event, Frozen, Stamp


class Filter(Frozen):
    """Empty tuples let everything through."""

    types: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()


EVERYTHING = Filter()


class Created(Event):
    kind: Literal["subscription.created"] = "subscription.created"
    url: str
    filter: Filter = Filter()
    fingerprint: str = ""


class FilterChanged(Event):
    kind: Literal["subscription.filter_changed"] = "subscription.filter_changed"
    filter: Filter


class SecretRotated(Event):
    kind: Literal["subscription.secret_rotated"] = "subscription.secret_rotated"
    fingerprint: str


class Failing(Event):
    kind: Literal["subscription.failing"] = "subscription.failing"
    since: datetime
    error: str


class Recovered(Event):
    kind: Literal["subscription.recovered"] = "subscription.recovered"


class Paused(Event):
    kind: Literal["subscription.paused"] = "subscription.paused"
    cause: str


class Resumed(Event):
    kind: Literal["subscription.resumed"] = "subscription.resumed"


class Rewound(Event):
    kind: Literal["subscription.rewound"] = "subscription.rewound"
    before: int = Field(alias="from", serialization_alias="from")
    to: int

    model_config = ConfigDict(populate_by_name=True)


class Deleted(Event):
    kind: Literal["subscription.deleted"] = "subscription.deleted"


SubscriptionEvent = Created | FilterChanged | SecretRotated | Failing | Recovered | Paused | Resumed | Rewound | Deleted


@dataclass(frozen=True)
class Subscription:
    state: Literal["unknown", "active", "paused", "failing", "deleted"] = "unknown"
    filter: Filter = EVERYTHING


def evolve(subscription: Subscription, event: SubscriptionEvent, stamp: Stamp) -> Subscription:
    match event:
        case Created():
            return Subscription(state="active", filter=event.filter)
        case FilterChanged():
            return replace(subscription, filter=event.filter)
        case Failing():
            return replace(subscription, state="failing")
        case Recovered() | Resumed():
            return replace(subscription, state="active")
        case Paused():
            return replace(subscription, state="paused")
        case Deleted():
            return replace(subscription, state="deleted")
        case SecretRotated() | Rewound():
            return subscription
        case _:
            assert_never(event)
