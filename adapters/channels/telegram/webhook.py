"""The secret header of a Telegram webhook. It proves the sender, not the body: TLS protects that."""

from __future__ import annotations

import hmac
from collections.abc import Mapping

from adapters.vault.secrets import Secret

HEADER = "x-telegram-bot-api-secret-token"


def verify(headers: Mapping[str, str], secret: Secret) -> bool:
    """Constant time; a missing header, or an empty secret of ours, proves nothing."""
    given, ours = headers.get(HEADER, ""), secret.reveal()
    return bool(ours) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode())
