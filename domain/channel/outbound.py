"""May anything be sent through a channel, and may we write first? (§3, A30)"""

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
    if channel.phase != "connected":
        return Conflict(f"channel_{channel.phase}", f"The channel is {channel.phase}: nobody can be written to first.")
    if KINDS[channel.kind].first_contact in NEVER_FIRST:
        return Conflict("first_contact_not_allowed", "Through this kind of channel the customer must write first.")
    return None
