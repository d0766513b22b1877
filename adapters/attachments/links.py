"""Addresses that open one file for a while, for providers that fetch what we send: `/files/{token}/{name}`.

The token is sealed with the master key, so nothing can be read from it or changed in it; it holds whose file it is and
until when it opens.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime, timedelta

from adapters.attachments.content import EXTENSIONS
from adapters.vault.vault import Vault

PREFIX = "/files/"
LASTS = timedelta(hours=1)
LONGEST_TOKEN = 1_000
PURPOSE = "file link"


def token(vault: Vault, tenant: str, ident: str, until: datetime) -> str:
    plain = json.dumps([tenant, ident, int(until.timestamp())]).encode()
    return base64.urlsafe_b64encode(vault.ticket(plain, PURPOSE)).decode().rstrip("=")


def opened(vault: Vault, text: str, now: datetime) -> tuple[str, str] | None:
    """Tenant and attachment, if the token is ours and its time is not over."""
    try:
        raw = base64.urlsafe_b64decode(text[:LONGEST_TOKEN] + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return None
    plain = vault.ticket_opened(raw, PURPOSE)
    if plain is None:
        return None
    tenant, ident, until = json.loads(plain)
    return (tenant, ident) if datetime.fromtimestamp(until, UTC) > now else None


def path(text: str, name: str, mime: str) -> str:
    """Some providers tell the type by the ending of the address; the name itself is nobody's business there."""
    extension = EXTENSIONS.get(mime) or "bin"
    return f"{PREFIX}{text}/file.{extension}"
