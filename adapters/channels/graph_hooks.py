"""Webhooks of Meta: the signature of a POST, and the challenge by which an address is checked."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from adapters.channels.contract import Hooked
from adapters.channels.keys import APP_SECRET, HOOK_SECRET, VERIFY_TOKEN
from adapters.vault.secrets import Secret

HEADER = "x-hub-signature-256"
PREFIX = "sha256="
LONGEST_CHALLENGE = 1024


def verify(hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
    """HMAC-SHA256 of the raw bytes with the application's secret; Meta escapes letters as `\\uXXXX`, so the body must
    not be read and written anew. Constant time; without a secret of ours nothing is proved."""
    key = secrets.get(APP_SECRET, Secret("")).reveal().encode()
    ours = PREFIX + hmac.new(key, hooked.raw, hashlib.sha256).hexdigest()
    given = hooked.headers.get(HEADER, "")
    return bool(key) and hmac.compare_digest(given.encode("utf-8", "surrogatepass"), ours.encode())


def challenge(query: Mapping[str, str], secrets: Mapping[str, Secret]) -> str | None:
    """The challenge, if the word is ours: the one that was typed, or the one that we made for the address."""
    words = [secrets[name].reveal().encode() for name in (VERIFY_TOKEN, HOOK_SECRET) if name in secrets]
    given = query.get("hub.verify_token", "").encode("utf-8", "surrogatepass")
    answer = query.get("hub.challenge", "")
    known = any(bool(word) and hmac.compare_digest(given, word) for word in words)
    asks = query.get("hub.mode") == "subscribe" and 0 < len(answer) <= LONGEST_CHALLENGE
    return answer if known and asks else None
