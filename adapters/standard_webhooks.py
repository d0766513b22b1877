"""Signed calls in the form of Standard Webhooks 1.0.0: three headers, HMAC-SHA256 over `id.timestamp.body`.

While a secret is being changed a call carries one signature for each secret that still counts, with spaces between.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets as random_source
from collections.abc import Iterable

from adapters.vault.secrets import Secret

PREFIX = "whsec_"
SECRET_BYTES = 32


def new_secret() -> Secret:
    """What both sides know: `whsec_` and 32 random bytes in base64."""
    return Secret(PREFIX + base64.b64encode(random_source.token_bytes(SECRET_BYTES)).decode())


def signed(ident: str, timestamp: int, body: bytes, secrets: Iterable[Secret]) -> dict[str, str]:
    """The headers of one call. `ident` stays the same when it is repeated; `timestamp` = the attempt's, in seconds."""
    content = b"%b.%d.%b" % (ident.encode(), timestamp, body)
    signatures = [f"v1,{_signature(content, secret)}" for secret in secrets]
    return {
        "webhook-id": ident,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }


def _signature(content: bytes, secret: Secret) -> str:
    key = base64.b64decode(secret.reveal().removeprefix(PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()
