"""Who is it? The customer behind a provider's id; whoever writes, or is written to, first is made here (§1, E13)."""

from __future__ import annotations

from domain import customer as customers
from domain import privacy
from domain.desk.registering import namespace_of
from domain.desk.world import Known, World


def customer_of(
    world: World,
    channel: str,
    provider: str,
    sender_key: str,
    sender_id: str,
    profile: tuple[tuple[str, str], ...] = (),
) -> Known:
    """The known one, or a new one with a key of his own. `sender_key` = keyed hash of `sender_id`, made at the door."""
    namespace = namespace_of(world, channel)
    known = world.known(namespace, sender_key)
    if known is not None:
        return known
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
