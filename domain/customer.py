"""A customer: identities and profile. Survives dialogs, can be erased by destroying one key (N01)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal, assert_never

from pydantic import Field

from domain.change import replace
from domain.errors import NotFound
from domain.recorded import PERSONAL, Event, KeyId, PersonalText, Sealed, Stamp


class Created(Event):
    """`external_key` = keyed hash of the external id: it finds the customer again, and nothing more."""

    kind: Literal["customer.created"] = "customer.created"
    provider: str
    namespace: str
    external_key: str
    external_id: PersonalText
    subject_key_id: KeyId


class IdentityAdded(Event):
    """Another id of the same person at the same provider: a number beside the name that hid it, a new number."""

    kind: Literal["customer.identity_added"] = "customer.identity_added"
    external_key: str
    external_id: PersonalText
    subject_key_id: KeyId
    namespace: str = ""


class ProfileChanged(Event):
    kind: Literal["customer.profile_changed"] = "customer.profile_changed"
    # Sealed first: {"sealed": …} would pass for a profile of one field.
    fields: Annotated[Sealed | dict[str, str], PERSONAL, Field(union_mode="left_to_right")]
    subject_key_id: KeyId


CustomerEvent = Created | IdentityAdded | ProfileChanged


@dataclass(frozen=True)
class Customer:
    """Names are kept as a keyed hash only: heads hold no plaintext."""

    exists: bool = False
    subject_key_id: KeyId | None = None
    identities: tuple[str, ...] = ()


def evolve(customer: Customer, event: CustomerEvent, stamp: Stamp) -> Customer:
    match event:
        case Created():
            return Customer(exists=True, subject_key_id=event.subject_key_id, identities=(event.external_key,))
        case IdentityAdded():
            return replace(customer, identities=(*customer.identities, event.external_key))
        case ProfileChanged():
            return customer
        case _:
            assert_never(event)


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    provider: str
    namespace: str
    external_key: str
    external_id: str
    subject_key_id: KeyId
    profile: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeProfile:
    fields: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddIdentity:
    namespace: str
    external_key: str
    external_id: str


CustomerCommand = Create | ChangeProfile | AddIdentity


def decide(command: CustomerCommand, customer: Customer) -> list[CustomerEvent]:
    match command:
        case Create():
            return [] if customer.exists else _create(command)
        case ChangeProfile():
            if customer.subject_key_id is None:
                raise NotFound("customer_unknown", "There is no such customer.")
            return [ProfileChanged(fields=command.fields, subject_key_id=customer.subject_key_id)]
        case AddIdentity():
            return [] if command.external_key in customer.identities else [_added(command, customer)]
        case _:
            assert_never(command)


def _added(command: AddIdentity, customer: Customer) -> IdentityAdded:
    if customer.subject_key_id is None:
        raise NotFound("customer_unknown", "There is no such customer.")
    return IdentityAdded(
        external_key=command.external_key,
        external_id=command.external_id,
        subject_key_id=customer.subject_key_id,
        namespace=command.namespace,
    )


def _create(command: Create) -> list[CustomerEvent]:
    created = Created(
        provider=command.provider,
        namespace=command.namespace,
        external_key=command.external_key,
        external_id=command.external_id,
        subject_key_id=command.subject_key_id,
    )
    if not command.profile:
        return [created]
    return [created, ProfileChanged(fields=command.profile, subject_key_id=command.subject_key_id)]
