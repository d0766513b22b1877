"""The signature of a Viber callback: HMAC-SHA256 of the raw body with the bot's token."""

from __future__ import annotations

import hashlib
import hmac

from adapters.channels.contract import Hooked
from adapters.vault.secrets import Secret

HEADER = "x-viber-content-signature"


def verify(hooked: Hooked, token: Secret) -> bool:
    """Constant time; without a token of ours nothing is proved."""
    key = token.reveal().encode()
    given = hooked.headers.get(HEADER, "").lower()
    ours = hmac.new(key, hooked.raw, hashlib.sha256).hexdigest()
    return bool(key) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode())
