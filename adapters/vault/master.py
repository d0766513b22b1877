"""The master key: 32 random bytes in a file that only its owner may read. It wraps all other keys."""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from domain.errors import Unavailable

NONCE = 12
LENGTH = 32


class MasterKey:
    """Wraps and unwraps. `purpose` is bound to the result: what was wrapped for one use opens for no other."""

    def __init__(self, key: bytes) -> None:
        if len(key) != LENGTH:
            raise Unavailable("master_key_invalid", f"The master key must be {LENGTH} bytes in base64.")
        self._aead = AESGCM(key)
        self._key = key

    @classmethod
    def load(cls, path: Path) -> MasterKey:
        try:
            return cls(base64.b64decode(path.read_text().strip(), validate=True))
        except FileNotFoundError:
            raise Unavailable("master_key_missing", f"There is no master key at {path}.") from None
        except ValueError:
            raise Unavailable("master_key_invalid", f"The file {path} is not a master key.") from None

    @classmethod
    def load_or_make(cls, path: Path) -> MasterKey:
        """For the embedded default only: a lost key means lost conversations, so a fresh one is never made silently
        where data exists; the caller checks that."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(base64.b64encode(secrets.token_bytes(LENGTH)) + b"\n")
                file.flush()
                os.fsync(file.fileno())
        return cls.load(path)

    def derive(self, purpose: str) -> bytes:
        """Another key, for one purpose; whoever has it learns nothing of this one."""
        return hmac.digest(self._key, f"parley|{purpose}".encode(), "sha256")

    def wrap(self, plain: bytes, purpose: str) -> bytes:
        nonce = secrets.token_bytes(NONCE)
        return nonce + self._aead.encrypt(nonce, plain, purpose.encode())

    def unwrap(self, wrapped: bytes, purpose: str) -> bytes:
        try:
            return self._aead.decrypt(wrapped[:NONCE], wrapped[NONCE:], purpose.encode())
        except InvalidTag:
            raise Unavailable("master_key_wrong", "This master key does not open the store's keys.") from None
