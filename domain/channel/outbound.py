"""May anything be sent through a channel, and may we write first? (§3, A30, C01, C11, C12)"""

from __future__ import annotations

from domain.channel.state import Channel
from domain.errors import Conflict
from domain.kinds import KINDS, FirstContact

NEVER_FIRST: frozenset[FirstContact] = frozenset({"no"})


def outbound_refusal(channel: Channel) -> Conflict | None:
    """Why nothing may be sent through this channel now, or None (A30)."""
    if channel.working:
        return None
    return Conflict(f"channel_{channel.phase}", f"The channel is {channel.phase}: nothing can be sent through it.")


def first_contact_refusal(channel: Channel) -> Conflict | None:
    """Why nobody may be written to first, or None. Whether this customer allows it, only the provider knows.

    Unlike a reply it needs a channel in order: what is degraded only tries replies.
    """
    rule = KINDS[channel.kind].first_contact
    if "entitlement" in channel.causes:
        return service_not_connected()
    if channel.phase != "connected":
        return Conflict(f"channel_{channel.phase}", f"The channel is {channel.phase}: nobody can be written to first.")
    if rule in NEVER_FIRST:
        return Conflict("first_contact_not_allowed", "Through this kind of channel the customer must write first.")
    if rule == "template_with_namespace" and not channel.settings.namespace_id:
        return Conflict("namespace_required", "Writing first needs the Namespace ID in the settings of the channel.")
    return None


def service_not_connected() -> Conflict:
    return Conflict("service_not_connected", "The contract does not include this service.")
