"""Who is it? The customer behind a provider's id; whoever writes, or is written to, first is made here (§1, E13)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from domain import customer as customers
from domain import privacy
from domain.desk.registering import namespace_of
from domain.desk.world import Known, World

Identities = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowAlso:
    """The provider says that this customer has other ids too, or a new one. `also` = (keyed hash, id)."""

    channel: str
    sender_key: str
    also: Identities


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowProfile:
    """What the provider says of a customer when it is asked: all that is to be known from now on."""

    customer: str
    fields: dict[str, str]


def customer_of(
    world: World,
    channel: str,
    provider: str,
    sender_key: str,
    sender_id: str,
    profile: tuple[tuple[str, str], ...] = (),
    also: Identities = (),
) -> Known:
    """The known one, or a new one with a key of his own. `sender_key` = keyed hash of `sender_id`, made at the door.

    `also` = his other ids, (keyed hash, id): by any of them he is known, and from now on by all.
    """
    namespace = namespace_of(world, channel)
    known = world.known(namespace, sender_key) or _known_by(world, namespace, also)
    if known is None:
        known = _new(world, namespace, provider, sender_key, sender_id, profile)
    if also:
        _add(world, namespace, known, ((sender_key, sender_id), *also))
    return known


def know_also(world: World, command: KnowAlso) -> dict[str, Any]:
    namespace = namespace_of(world, command.channel)
    known = world.known(namespace, command.sender_key) or _known_by(world, namespace, command.also)
    if known is None:
        return {"outcome": "ignored"}
    _add(world, namespace, known, command.also)
    return {"outcome": "done"}


def know_profile(world: World, command: KnowProfile) -> dict[str, Any]:
    world.do(f"customer-{command.customer}", customers.ChangeProfile(fields=command.fields))
    return {"outcome": "done"}


def _known_by(world: World, namespace: str, also: Identities) -> Known | None:
    found = (world.known(namespace, key) for key, _ in also)
    return next((one for one in found if one is not None), None)


def _add(world: World, namespace: str, known: Known, identities: Identities) -> None:
    """Ids that are another customer's stay his: two customers with dialogs of their own are never made one."""
    for key, external_id in identities:
        if world.known(namespace, key) is None:
            wanted = customers.AddIdentity(namespace=namespace, external_key=key, external_id=external_id)
            world.do(f"customer-{known.customer}", wanted)


def _new(
    world: World, namespace: str, provider: str, sender_key: str, sender_id: str, profile: tuple[tuple[str, str], ...]
) -> Known:
    key_id = new_key(world)
    customer = world.choices.new_id()
    world.begin(f"customer-{customer}")
    world.do(
        f"customer-{customer}",
        customers.Create(
            provider=provider,
            namespace=namespace,
            external_key=sender_key,
            external_id=sender_id,
            subject_key_id=key_id,
            profile=dict(profile),
        ),
    )
    return Known(customer, key_id)


def nobody(world: World) -> Known:
    """Who wrote what cannot be read, or to a channel that does not exist? The item gets a key of its own."""
    return Known("", new_key(world))


def new_key(world: World) -> str:
    key = world.new_key()
    made = privacy.SubjectKeyCreated(subject_key_id=key.id, commitment=key.commitment)
    world.record(f"privacy-{world.tenant}", made)
    return key.id
