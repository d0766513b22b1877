"""The secret of a callback server: VK puts it into the body of every call, also of the one that asks for the code."""

from __future__ import annotations

import hmac

from adapters.channels.text import Unreadable, read_json
from adapters.vault.secrets import Secret


def verify(raw: bytes, secret: Secret) -> bool:
    """Constant time; a body without the secret, or an empty secret of ours, proves nothing."""
    try:
        body = read_json(raw)
    except Unreadable:
        return False
    given = body.get("secret") if isinstance(body, dict) else None
    ours = secret.reveal()
    return bool(ours) and isinstance(given, str) and hmac.compare_digest(given.encode(), ours.encode())
