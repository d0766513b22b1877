"""The signature of a webhook, as MessageBird makes it: a JWT over the address and the body, good for a minute."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from uuid import uuid4

HEADER = "MessageBird-Signature-JWT"
LASTS = 60


def signature(key: str, url: str, body: bytes, now: float, *, jti: str | None = None) -> str:
    claims: dict[str, Any] = {
        "iss": "MessageBird",
        "nbf": int(now),
        "exp": int(now) + LASTS,
        "jti": jti or str(uuid4()),
    }
    claims["url_hash"] = hashlib.sha256(url.encode()).hexdigest()
    if body:
        claims["payload_hash"] = hashlib.sha256(body).hexdigest()
    signed = f"{_part({'alg': 'HS256', 'typ': 'JWT'})}.{_part(claims)}"
    return f"{signed}.{_encoded(hmac.new(key.encode(), signed.encode(), hashlib.sha256).digest())}"


def _part(value: dict[str, Any]) -> str:
    return _encoded(json.dumps(value, separators=(",", ":")).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
