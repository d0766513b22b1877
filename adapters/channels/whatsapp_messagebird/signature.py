"""`MessageBird-Signature-JWT`: a token over the public address that was called and the raw body, made with the signing
key (which is not the key of the interface) by HS256, HS384 or HS512.

    iss "MessageBird" · nbf and exp, each with a second of grace · jti not empty · url_hash SHA-256 of the address in
    hex · payload_hash SHA-256 of the body in hex, and absent exactly where there is no body
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Any

from adapters.channels.text import object_of
from adapters.vault.secrets import Secret

HEADER = "messagebird-signature-jwt"
ISSUER = "MessageBird"
GRACE = 1.0
FURTHEST = 1e12
LONGEST_TOKEN = 8192
ALGORITHMS = {"HS256": hashlib.sha256, "HS384": hashlib.sha384, "HS512": hashlib.sha512}
"""What a token may say of itself is looked up here and nowhere else: `none` is no algorithm."""
_PART = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Proof:
    """`id` = its `jti`; `until` = the last moment at which it counts, seconds since 1970."""

    id: str
    until: float


def believed(token: str, url: str, raw: bytes, key: Secret, now: float) -> Proof | None:
    """Constant time where it compares. None: it proves nothing."""
    claims = _claims(token, key)
    if claims is None or claims.get("iss") != ISSUER:
        return None
    ident, begins, ends = claims.get("jti"), _moment(claims, "nbf"), _moment(claims, "exp")
    if not isinstance(ident, str) or not ident or begins is None or ends is None:
        return None
    if not begins - GRACE <= now <= ends + GRACE:
        return None
    if not _same(claims.get("url_hash"), url.encode("utf-8", "surrogatepass")) or not _same_body(claims, raw):
        return None
    return Proof(ident, ends + GRACE)


def _claims(token: str, key: Secret) -> dict[str, Any] | None:
    """What the token says, if it is signed with the key; an empty key signs nothing."""
    parts = token.split(".") if len(token) <= LONGEST_TOKEN else []
    if len(parts) != 3 or not all(_PART.fullmatch(one) for one in parts) or not key.reveal():
        return None
    header, claims, signature = (_bytes(one) for one in parts)
    if header is None or claims is None or signature is None:
        return None
    named = object_of(header).get("alg")
    digest = ALGORITHMS.get(named) if isinstance(named, str) else None
    if digest is None:
        return None
    ours = hmac.new(key.reveal().encode(), f"{parts[0]}.{parts[1]}".encode(), digest).digest()
    return object_of(claims) if hmac.compare_digest(ours, signature) else None


def _bytes(part: str) -> bytes | None:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        return None


def _moment(claims: dict[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if not isinstance(value, int | float) or isinstance(value, bool) or abs(value) > FURTHEST:
        return None
    return float(value)


def _same_body(claims: dict[str, Any], raw: bytes) -> bool:
    return _same(claims.get("payload_hash"), raw) if raw else "payload_hash" not in claims


def _same(told: object, data: bytes) -> bool:
    ours = hashlib.sha256(data).hexdigest()
    return isinstance(told, str) and hmac.compare_digest(told.encode("utf-8", "surrogatepass"), ours.encode())
