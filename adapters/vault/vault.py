"""The vault of one store: tenants' hashing keys, customers' keys, providers' secrets.

Caches hold at most `CACHED` keys, for at most `LIFETIME` seconds, and drop a customer's key when he is erased.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets as random_source
import threading
import time
from binascii import b2a_base64
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring_ascii
from struct import Struct
from typing import Any
from uuid import uuid4

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.store.database import Database
from adapters.vault.keyed import Keyed
from adapters.vault.master import NONCE, MasterKey
from adapters.vault.secrets import Secret
from domain.desk.world import NewKey
from domain.errors import NotFound, Unavailable
from domain.recorded import Sealed

CACHED = 100_000
LIFETIME = 300.0
KEY_BYTES = 32
LENGTH = Struct(">I").pack
COMMITMENT = b"parley key commitment v1"
GET_SECRET = "SELECT sealed FROM parley.secret WHERE tenant = %s AND owner = %s AND name = %s"
PUT_SECRET = (
    "INSERT INTO parley.secret (tenant, owner, name, sealed) VALUES (%s, %s, %s, %s)"
    " ON CONFLICT (tenant, owner, name) DO UPDATE SET sealed = excluded.sealed"
)


class KeyGone(Exception):
    """The customer was erased: what his key sealed cannot be opened by anybody."""


class Vault:
    def __init__(self, master: MasterKey, database: Database) -> None:
        self._master = master
        self._accounts = Keyed(master.derive("accounts"))
        self._database = database
        self._blind: dict[str, Keyed] = {}
        self._lanes: dict[str, int] = {}
        self._keys: dict[tuple[str, str], tuple[AESGCM, float]] = {}
        self._lock = threading.Lock()

    # -- tenants ----------------------------------------------------------------------------------------------------

    def add_tenant(self, tenant: str, *, lane: int = 0) -> None:
        """Make a tenant with a hashing key of its own; nothing happens where it exists."""
        wrapped = self._master.wrap(random_source.token_bytes(KEY_BYTES), f"blind|{tenant}")
        with self._database.pool.connection() as connection:
            connection.execute(
                "INSERT INTO parley.tenant (tenant, lane, blind_key) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                (tenant, lane, wrapped),
            )

    def lane_of(self, tenant: str) -> int:
        self._blind_key(tenant)
        return self._lanes[tenant]

    def blind(self, tenant: str, *parts: str) -> str:
        """The keyed hash by which an external id is found again, as 32 hexadecimal characters."""
        return self._blind_key(tenant).digest(_joined(parts))[:16].hex()

    def account_key(self, kind: str, external_id: str) -> str:
        """The keyed hash of an account of ours at a provider, the same in every tenant: that is how it is seen that
        another tenant has it (D20)."""
        return self._accounts.digest(_joined((kind, external_id)))[:16].hex()

    def _blind_key(self, tenant: str) -> Keyed:
        known = self._blind.get(tenant)
        if known is not None:
            return known
        with self._database.pool.connection() as connection:
            row = connection.execute(
                "SELECT blind_key, lane FROM parley.tenant WHERE tenant = %s", (tenant,)
            ).fetchone()
        if row is None:
            raise NotFound("tenant_unknown", f"There is no tenant {tenant}.")
        self._lanes[tenant] = row[1]
        self._blind[tenant] = Keyed(self._master.unwrap(bytes(row[0]), f"blind|{tenant}"))
        return self._blind[tenant]

    # -- tickets ----------------------------------------------------------------------------------------------------

    def ticket(self, plain: bytes, purpose: str) -> bytes:
        """Sealed by us: whoever carries it can neither read nor change it."""
        return self._master.wrap(plain, f"ticket|{purpose}")

    def ticket_opened(self, ticket: bytes, purpose: str) -> bytes | None:
        """None: it is not ours, or for another purpose."""
        try:
            return self._master.unwrap(ticket, f"ticket|{purpose}")
        except (Unavailable, ValueError):
            return None

    # -- customers' keys --------------------------------------------------------------------------------------------

    def new_key(self, tenant: str) -> NewKey:
        """A random key for a new customer. It counts only once the append that brings it has committed."""
        key_id, key = uuid4().hex, random_source.token_bytes(KEY_BYTES)
        self._remember(tenant, key_id, key)
        commitment = hmac.digest(key, COMMITMENT, hashlib.sha256).hex()
        return NewKey(key_id, commitment, self._master.wrap(key, f"key|{tenant}|{key_id}"))

    def seal(self, tenant: str, key_id: str, label: str, value: Any) -> bytes:
        """Encrypt one personal field, as base64. `label` = event kind and field; it is bound to the ciphertext."""
        plain = (encode_basestring_ascii(value) if type(value) is str else json.dumps(value)).encode()
        nonce = os.urandom(NONCE)
        text = nonce + self._key(tenant, key_id).encrypt(nonce, plain, _bound(tenant, key_id, label))
        return b2a_base64(text, newline=False)

    def open(self, tenant: str, key_id: str, label: str, value: Any) -> Any:
        """Decrypt one personal field; what was never sealed comes back as it is. `KeyGone` after an erasure."""
        text = value.sealed if isinstance(value, Sealed) else value.get("sealed") if isinstance(value, dict) else None
        if text is None:
            return value
        raw = base64.b64decode(text)
        try:
            plain = self._key(tenant, key_id).decrypt(raw[:NONCE], raw[NONCE:], _bound(tenant, key_id, label))
        except InvalidTag:
            raise KeyGone(f"The field {label} does not open with key {key_id}.") from None
        return json.loads(plain)

    def load_keys(self, tenant: str, key_ids: Sequence[str]) -> None:
        """Fetch many keys in one query, before many fields are opened."""
        missing = [key_id for key_id in set(key_ids) if (tenant, key_id) not in self._keys]
        if not missing:
            return
        with self._database.pool.connection() as connection:
            rows = connection.execute(
                "SELECT key_id, wrapped FROM parley.customer_key"
                " WHERE tenant = %s AND key_id = ANY (%s) AND wrapped IS NOT NULL AND revoked_at IS NULL",
                (tenant, missing),
            ).fetchall()
        for key_id, wrapped in rows:
            self._remember(tenant, key_id, self._master.unwrap(bytes(wrapped), f"key|{tenant}|{key_id}"))

    def forget(self, tenant: str, key_id: str) -> None:
        self._keys.pop((tenant, key_id), None)

    def _key(self, tenant: str, key_id: str) -> AESGCM:
        found = self._keys.get((tenant, key_id))
        if found is None or found[1] < time.monotonic():
            self._keys.pop((tenant, key_id), None)
            self.load_keys(tenant, [key_id])
            found = self._keys.get((tenant, key_id))
        if found is None:
            raise KeyGone(f"The key {key_id} does not exist (any more).")
        return found[0]

    def _remember(self, tenant: str, key_id: str, key: bytes) -> None:
        with self._lock:
            if len(self._keys) >= CACHED:
                for old in list(self._keys)[: CACHED // 10]:
                    self._keys.pop(old, None)
            self._keys[tenant, key_id] = (AESGCM(key), time.monotonic() + LIFETIME)

    # -- providers' secrets -----------------------------------------------------------------------------------------

    def put_secret(self, tenant: str, owner: str, name: str, secret: Secret) -> None:
        sealed = self._master.wrap(secret.reveal().encode(), f"secret|{tenant}|{owner}|{name}")
        with self._database.pool.connection() as connection:
            connection.execute(PUT_SECRET, (tenant, owner, name, sealed))

    def put_secrets(self, tenant: str, owner: str, secrets: Mapping[str, Secret]) -> None:
        for name, secret in secrets.items():
            self.put_secret(tenant, owner, name, secret)

    def move_secrets(self, tenant: str, source: str, owner: str) -> tuple[str, ...]:
        """All secrets of `source` become those of `owner`, in place of the ones of the same names."""
        moved = self.secrets_of(tenant, source)
        sealed = {
            name: self._master.wrap(secret.reveal().encode(), f"secret|{tenant}|{owner}|{name}")
            for name, secret in moved.items()
        }
        with self._database.pool.connection() as connection, connection.transaction():
            connection.execute("DELETE FROM parley.secret WHERE tenant = %s AND owner = %s", (tenant, source))
            for name, value in sealed.items():
                connection.execute(PUT_SECRET, (tenant, owner, name, value))
        return tuple(sorted(moved))

    def claim_secret(self, tenant: str, owner: str, name: str, known: Secret) -> bool:
        """Take a secret away if it is still the one that was read: of those who try at once, one succeeds."""
        with self._database.pool.connection() as connection, connection.transaction():
            row = connection.execute(GET_SECRET + " FOR UPDATE", (tenant, owner, name)).fetchone()
            if row is None or self._unsealed(tenant, owner, name, row[0]) != known:
                return False
            connection.execute(
                "DELETE FROM parley.secret WHERE tenant = %s AND owner = %s AND name = %s", (tenant, owner, name)
            )
        return True

    def get_secret(self, tenant: str, owner: str, name: str) -> Secret | None:
        with self._database.pool.connection() as connection:
            row = connection.execute(GET_SECRET, (tenant, owner, name)).fetchone()
        return None if row is None else self._unsealed(tenant, owner, name, row[0])

    def _unsealed(self, tenant: str, owner: str, name: str, sealed: bytes) -> Secret:
        return Secret(self._master.unwrap(bytes(sealed), f"secret|{tenant}|{owner}|{name}").decode())

    def secrets_of(self, tenant: str, *owners: str) -> dict[str, Secret]:
        """All secrets of these owners by name; of one name the first owner's."""
        with self._database.pool.connection() as connection:
            rows = connection.execute(
                "SELECT owner, name, sealed FROM parley.secret WHERE tenant = %s AND owner = ANY (%s)"
                " ORDER BY array_position(%s::text[], owner) DESC",
                (tenant, list(owners), list(owners)),
            ).fetchall()
        return {
            name: Secret(self._master.unwrap(bytes(sealed), f"secret|{tenant}|{owner}|{name}").decode())
            for owner, name, sealed in rows
        }

    def wipe_secrets(self, tenant: str, owner: str) -> tuple[str, ...]:
        """Remove all secrets of a channel; returns their names."""
        with self._database.pool.connection() as connection:
            rows = connection.execute(
                "DELETE FROM parley.secret WHERE tenant = %s AND owner = %s RETURNING name", (tenant, owner)
            ).fetchall()
        return tuple(sorted(name for (name,) in rows))

    def fingerprint(self, tenant: str, secret: Secret) -> str:
        """Tells two secrets apart without telling what they are (A25)."""
        return self.blind(tenant, "fingerprint", secret.reveal())[:16]


def _joined(parts: Sequence[str]) -> bytes:
    """Length-prefixed, so that no two different lists of parts meet."""
    joined: list[bytes] = []
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        joined += (LENGTH(len(data)), data)
    return b"".join(joined)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _bound(tenant: str, key_id: str, label: str) -> bytes:
    return f"{tenant}|{key_id}|{label}".encode()
