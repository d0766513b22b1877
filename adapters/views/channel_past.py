"""A channel as it was at any moment, and what lies between two moments: folds of its stream's prefix (L07).

Read from the log itself, so the answer is never behind it, and with the domain's own fold, so that it is what the
engine decided from at that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from adapters.store.log import Log
from adapters.views.moments import Moment
from domain.channel import Channel, SettingsChanged
from domain.channel.state import SETTINGS, evolve
from domain.errors import Invalid, NotFound, Problem
from domain.recorded import Recorded
from domain.settings import FIELDS, public_name

Events = Sequence[Recorded]
OF_SECRETS = frozenset({"signing_key"})
"""Settings that hold the fingerprint of a secret."""


@dataclass(frozen=True, slots=True)
class Then:
    """`last` = the channel's last event up to the moment; `saved` = its last Save up to it, None = never saved."""

    state: Channel
    last: Recorded
    saved: Recorded | None


@dataclass(frozen=True, slots=True)
class Difference:
    """`fields` = [{field, old, new, positions}], net; `between` = every event behind `before` up to `after`."""

    before: Then
    after: Then
    fields: list[dict[str, Any]]
    between: list[Recorded]


def events_of(log: Log, tenant: str, channel: str) -> Events:
    """The channel's whole stream. Raises `NotFound`."""
    events = log.stream(tenant, f"channel-{channel}")
    if not events:
        raise NotFound("channel_unknown", "There is no such channel.")
    return events


def then(events: Events, moment: Moment, head: int) -> Then:
    """The channel as it was. `head` = the log's end. Raises `NotFound` for before its creation or for a version that
    never was, `Invalid` for a moment that has not come."""
    return folded(prefix(events, moment, head))


def prefix(events: Events, moment: Moment, head: int) -> Events:
    if moment.settings_version is not None:
        return _upto_version(events, moment.settings_version)
    if moment.position is not None:
        if moment.position > head:
            raise _ahead(moment, f"The log ends at position {head}.")
        known = [one for one in events if one.position <= moment.position]
    elif moment.at is not None:
        if moment.at > max(datetime.now(UTC), events[-1].recorded_at):
            raise _ahead(moment, "This moment has not come yet.")
        known = [one for one in events if one.recorded_at <= moment.at]
    else:
        known = list(events)
    if not known:
        raise _before_creation(events[0], moment)
    return known


def folded(events: Events) -> Then:
    state, saved = Channel(), None
    for one in events:
        state = evolve(state, one.event, one.stamp)  # type: ignore[arg-type]
        saved = one if isinstance(one.event, SettingsChanged) else saved
    return Then(state, events[-1], saved)


def values(state: Channel) -> dict[str, Any]:
    """Every setting by its public name, as plain JSON values; what was never saved has its default."""
    plain = SETTINGS.dump_python(state.settings, mode="json")
    return {public_name(name): plain[name] for name in FIELDS}


def difference(events: Events, since: Moment, until: Moment, head: int) -> Difference:
    """Raises like `then`, and `Invalid` where `until` lies before `since`."""
    first, second = prefix(events, since, head), prefix(events, until, head)
    if len(second) < len(first):
        raise Invalid(
            [Problem(field=until.field, code="moments_reversed", sentence=f"{until.asked} lies before {since.asked}.")]
        )
    before, after = folded(first), folded(second)
    between = list(events[len(first) : len(second)])
    return Difference(before, after, _fields(before, after, between), between)


def way_back(events: Events, moment: Moment, head: int) -> tuple[dict[str, Any], int]:
    """The changes that lead from now to how it was, and the settings version now. Raises like `then`.

    What stands for a secret is left as it is: the secret of then is gone, only its fingerprint is known.
    """
    now = folded(events)
    old, new = values(now.state), values(then(events, moment, head).state)
    changes = {name: new[name] for name in new if old[name] != new[name] and name not in OF_SECRETS}
    return changes, now.state.settings_version


def _fields(before: Then, after: Then, between: Events) -> list[dict[str, Any]]:
    """What differs in the end, with the Saves between that touched it; what was changed and changed back does not."""
    old, new = values(before.state), values(after.state)
    touched: dict[str, list[int]] = {}
    for one in between:
        for change in getattr(one.event, "changes", ()):
            touched.setdefault(public_name(change.field), []).append(one.position)
    return [
        {"field": name, "old": old[name], "new": new[name], "positions": touched.get(name, [])}
        for name in new
        if old[name] != new[name]
    ]


def _upto_version(events: Events, version: int) -> Events:
    """Up to the Save that made this version and what the same command caused; version 0 = as it was created."""
    place = 0
    if version:
        saves = [at for at, one in enumerate(events) if isinstance(one.event, SettingsChanged)]
        numbers = {events[at].event.settings_version: at for at in saves}  # type: ignore[attr-defined]
        if version not in numbers:
            raise NotFound(
                "settings_version_unknown",
                f"The settings have no version {version}; the last is {max(numbers, default=0)}.",
                settings_version=max(numbers, default=0),
            )
        place = numbers[version]
    end = place + 1
    while end < len(events) and _same_command(events[place], events[end]):
        end += 1
    return events[:end]


def _same_command(one: Recorded, other: Recorded) -> bool:
    return one.meta.command_id is not None and one.meta.command_id == other.meta.command_id


def _ahead(moment: Moment, why: str) -> Invalid:
    return Invalid([Problem(field=moment.field, code="moment_ahead", sentence=f"{moment.asked} lies ahead. {why}")])


def _before_creation(created: Recorded, moment: Moment) -> NotFound:
    at = created.recorded_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    return NotFound(
        "before_creation",
        f"The channel did not exist at {moment.asked}: it was created at {at}, position {created.position}.",
        created_at=at,
        created_position=created.position,
    )
