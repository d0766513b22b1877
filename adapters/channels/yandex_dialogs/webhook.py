"""Whose turn is it? Alice signs nothing: the secret in the address proves her, and the skill must be the one named.

The channel's settings hold the switch `alice_webhook`; while it is off nobody is believed. `skill_id` may stay empty:
then the address alone decides.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from adapters.channels.contract import Hooked
from adapters.channels.text import Unreadable, read_json

SWITCH, SKILL = "alice_webhook", "skill_id"


def verify(hooked: Hooked) -> bool:
    if hooked.values.get(SWITCH) is not True:
        return False
    ours = hooked.values.get(SKILL)
    named = _skill(hooked.raw)
    if not isinstance(ours, str) or not ours or named is None:
        return True
    return hmac.compare_digest(ours.encode("utf-8", "surrogatepass"), named.encode("utf-8", "surrogatepass"))


def _skill(raw: bytes) -> str | None:
    """None where the body names none: whether it can be read at all is asked later."""
    try:
        value = read_json(raw)
    except Unreadable:
        return None
    session: object = value.get("session") if isinstance(value, Mapping) else None
    skill = session.get("skill_id") if isinstance(session, Mapping) else None
    return skill if isinstance(skill, str) else None
