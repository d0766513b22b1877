"""Who calls our address: Infobip signs nothing, so the secret in the address is the proof; where a password was set for
it, Infobip must send that too (Basic, with any user name).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping

from adapters.channels.contract import Hooked
from adapters.vault.secrets import Secret

PASSWORD = "webhook_password"
SCHEME = "basic "
LONGEST_HEADER = 4096


def verify(hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
    """Constant time. A password that the settings do not name any more is not asked for."""
    password = secrets.get(PASSWORD)
    if password is None or hooked.values.get(PASSWORD, password) is None:
        return True
    given = _password(hooked.headers.get("authorization", ""))
    return given is not None and hmac.compare_digest(given, password.reveal().encode())


def _password(header: str) -> bytes | None:
    if not header.lower().startswith(SCHEME) or len(header) > LONGEST_HEADER:
        return None
    try:
        told = base64.b64decode(header[len(SCHEME) :].strip().encode("ascii"), validate=True)
    except (binascii.Error, ValueError):
        return None
    return told.partition(b":")[2] if b":" in told else None
