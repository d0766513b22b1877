"""The channels: one row a channel with its state and settings as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, get_args

from domain import channel as fact
from domain.recorded import Event, Recorded
from domain.settings import SECONDS, public_name
from projections.base import Fold, Json, changed, existing

VERSION = 3


@dataclass(frozen=True)
class Row:
    """`settings` by the names of the API. `auto_close` in seconds; it, `idle_mode` and `floor_until` tell when an
    idle dialog closes. `trouble` = why it is degraded or its receiver invalid. `consent` = {consent_id, user, …}.
    `pending` = what a check has found on a channel that has been connected: shown when a Save puts it into effect.
    """

    tenant: str
    channel: str
    version: int
    position: int
    kind: str
    name: str
    widget: str | None
    state: str
    created_at: datetime
    bot_name: str | None = None
    external_id: str | None = None
    candidate: str | None = None
    fingerprint: str | None = None
    objects: Json = None
    pending: Json = None
    receiver_kind: str | None = None
    receiver: str | None = None
    receiver_valid: bool = True
    trouble: str | None = None
    auto_close: int | None = None
    idle_mode: str = "any_side"
    floor_until: datetime | None = None
    schedule: str | None = None
    settings_version: int = 0
    settings: Json = None
    saved_at: datetime | None = None
    saved_by: str | None = None
    consent: Json = None


KEY = ("tenant", "channel")
INDEXES = {"state": "(tenant, state, channel)"}


def _created(row: Row | None, event: fact.Created, recorded: Recorded) -> Row:
    return Row(
        tenant=recorded.tenant,
        channel=recorded.entity,
        version=recorded.version,
        position=recorded.position,
        kind=event.channel_kind,
        name=event.name,
        widget=event.widget_id,
        state="draft",
        created_at=recorded.recorded_at,
    )


def _moved(row: Row, event: Event, recorded: Recorded, **changes: Any) -> Row:
    """The state is the one that the channel itself comes to: its own `evolve` decides."""
    before = fact.Channel(phase=row.state, kind=row.kind)  # type: ignore[arg-type]
    after = fact.evolve(before, event, recorded.stamp)  # type: ignore[arg-type]
    return changed(row, recorded, state=after.phase, **changes)


def _checked(row: Row, event: Event, recorded: Recorded, candidate: str | None, **told: Any) -> Row:
    """A channel that has been connected goes on under its old name until Save (A29, D04)."""
    if _in_effect_already(row, candidate, told):
        return _moved(row, event, recorded, candidate=None, pending=None, bot_name=told.get("bot_name"))
    if row.state in fact.HAS_BEEN_CONNECTED:
        return _moved(row, event, recorded, candidate=candidate, pending={**(row.pending or {}), **told})
    return _moved(row, event, recorded, candidate=candidate, **told)


def _in_effect_already(row: Row, candidate: str | None, told: dict[str, Any]) -> bool:
    """The same account with the same secret was checked again: nothing waits for a Save."""
    same = candidate is not None and candidate == row.external_id and told.get("objects") is None
    return same and row.state == "connected" and told.get("fingerprint", row.fingerprint) == row.fingerprint


def _account(row: Row, event: fact.AccountAuthorised, recorded: Recorded) -> Row:
    objects = [one.model_dump(mode="json") for one in event.objects] or None
    if objects and row.external_id:
        return _checked(row, event, recorded, None, objects=objects)
    return _checked(row, event, recorded, None if objects else event.external_id, bot_name=event.name, objects=objects)


def _object(row: Row, event: fact.ObjectChosen, recorded: Recorded) -> Row:
    return _checked(row, event, recorded, event.external_id, bot_name=event.name)


def _token(row: Row, event: fact.TokenVerified, recorded: Recorded) -> Row:
    return _checked(row, event, recorded, event.external_id, bot_name=event.bot_name, fingerprint=event.fingerprint)


def _no_token(row: Row, event: fact.TokenRejected, recorded: Recorded) -> Row:
    nothing = {} if event.candidate else {"bot_name": None, "candidate": None, "fingerprint": None}
    return _moved(row, event, recorded, **nothing)


def _keys(row: Row, event: fact.KeysVerified, recorded: Recorded) -> Row:
    prints = ",".join(event.fingerprints) or None
    return _checked(row, event, recorded, event.phone, bot_name=event.phone, fingerprint=prints)


def _mailbox(row: Row, event: fact.MailboxAuthorised, recorded: Recorded) -> Row:
    return _checked(row, event, recorded, event.address, bot_name=event.address)


def _identifier(row: Row, event: fact.IdentifierIssued, recorded: Recorded) -> Row:
    return _checked(row, event, recorded, event.chat_id)


def _saved(row: Row, event: fact.SettingsChanged, recorded: Recorded) -> Row:
    settings = {**(row.settings or {}), **{public_name(one.field): one.new for one in event.changes}}
    receiver, period = settings.get("receiver"), settings.get("auto_close")
    return changed(
        row,
        recorded,
        settings=settings,
        settings_version=event.settings_version,
        receiver_kind=receiver["kind"] if receiver else None,
        receiver=receiver["id"] if receiver else None,
        auto_close=period["value"] * SECONDS[period["unit"]] if period else None,
        idle_mode=settings.get("idle_mode") or "any_side",
        schedule=settings.get("schedule"),
        floor_until=event.floor_until or row.floor_until,
        saved_at=recorded.recorded_at,
        saved_by=recorded.meta.actor.id,
    )


def _connected(row: Row, event: fact.Connected, recorded: Recorded) -> Row:
    effective = {**(row.pending or {}), "pending": None, "external_id": event.external_id}
    return _moved(row, event, recorded, candidate=None, trouble=None, **effective)


def _reactivated(row: Row, event: fact.Reactivated, recorded: Recorded) -> Row:
    effective = {**(row.pending or {}), "pending": None, "candidate": None}
    return _moved(row, event, recorded, trouble=None, **effective)


def _degraded(row: Row, event: fact.Degraded, recorded: Recorded) -> Row:
    return _moved(row, event, recorded, trouble=event.cause)


def _well_again(row: Row, event: Event, recorded: Recorded) -> Row:
    return _moved(row, event, recorded, trouble=None)


def _receiver_invalid(row: Row, event: fact.ReceiverInvalid, recorded: Recorded) -> Row:
    return _moved(row, event, recorded, receiver_valid=False, trouble=event.cause)


def _receiver_restored(row: Row, event: fact.ReceiverRestored, recorded: Recorded) -> Row:
    return _moved(row, event, recorded, receiver_valid=True, trouble=None)


def _consent(row: Row, event: fact.DisconnectRequested, recorded: Recorded) -> Row:
    return changed(row, recorded, consent=event.model_dump(mode="json", exclude={"kind"}))


def _no_consent(row: Row, event: fact.DisconnectCancelled, recorded: Recorded) -> Row:
    return changed(row, recorded, consent=None)


def _disconnected(row: Row, event: fact.Disconnected, recorded: Recorded) -> Row:
    return _moved(row, event, recorded, consent=None, candidate=None, pending=None, fingerprint=None, trouble=None)


FOLDS: dict[type[Event], Fold] = {
    fact.Created: _created,
    **existing(
        dict.fromkeys(set(get_args(fact.ChannelEvent)) - {fact.Created}, _moved)
        | {
            fact.AccountAuthorised: _account,
            fact.ObjectChosen: _object,
            fact.TokenVerified: _token,
            fact.TokenRejected: _no_token,
            fact.KeysVerified: _keys,
            fact.MailboxAuthorised: _mailbox,
            fact.IdentifierIssued: _identifier,
            fact.SettingsChanged: _saved,
            fact.Connected: _connected,
            fact.Degraded: _degraded,
            fact.Recovered: _well_again,
            fact.Reactivated: _reactivated,
            fact.ReceiverInvalid: _receiver_invalid,
            fact.ReceiverRestored: _receiver_restored,
            fact.DisconnectRequested: _consent,
            fact.DisconnectCancelled: _no_consent,
            fact.Disconnected: _disconnected,
        }
    ),
}
