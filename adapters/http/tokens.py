"""Bearer tokens `pk_<id>_<secret>`. The table holds only the hash of the secret: a copy of it opens nothing.

SHA-256 without salt or stretching is right for 256 random bits; it would not be for a password. A check is answered
from memory for at most `KEPT_FOR` seconds, which bounds how long a revoked token still works.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import Literal, cast, get_args

from adapters.store.database import Database
from domain.errors import Invalid, NotFound, Problem

Role = Literal["admin", "supervisor", "agent", "bot", "manager"]
"""`manager` = one of the vendor's people, for what a tenant cannot do for himself; he reads no dialogs.

`bot` = a bot of the tenant's: it speaks in the dialogs that it has, and nothing else.
"""
ROLES: tuple[Role, ...] = get_args(Role)
KEPT_FOR = 3.0
MOST_KEPT = 10_000
LONGEST = 200
_NOBODY = bytes(32)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a token says of its bearer. `actor` is his name in the log; for roles agent and bot it is their id."""

    id: str
    tenant: str
    role: Role
    actor: str


@dataclass(frozen=True, slots=True)
class Listed:
    grant: Grant
    created_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Kept:
    until: float
    hash: bytes
    grant: Grant | None


class Tokens:
    """`known` and `alive` answer from memory or with `Unread`; `look_up` and the rest read the database and block."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: dict[str, _Kept] = {}

    def make(self, tenant: str, role: Role, actor: str) -> str:
        """A new token, shown this once. Raises `Invalid`, `NotFound`."""
        _check(role, actor)
        ident, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
        with self._database.pool.connection() as connection:
            if connection.execute("SELECT 1 FROM parley.tenant WHERE tenant = %s", (tenant,)).fetchone() is None:
                raise NotFound("tenant_unknown", f"There is no tenant {tenant}.")
            connection.execute(
                "INSERT INTO parley.token (id, tenant, hash, role, actor) VALUES (%s, %s, %s, %s, %s)",
                (ident, tenant, _hash(secret), role, actor),
            )
        return f"pk_{ident}_{secret}"

    def revoke(self, tenant: str, ident: str) -> bool:
        """False if it was revoked before. Other processes hear of it within `KEPT_FOR` seconds."""
        with self._database.pool.connection() as connection:
            row = connection.execute(
                "WITH was AS (SELECT revoked_at FROM parley.token WHERE tenant = %s AND id = %s FOR UPDATE)"
                " UPDATE parley.token SET revoked_at = coalesce(token.revoked_at, clock_timestamp()) FROM was"
                " WHERE token.tenant = %s AND token.id = %s RETURNING was.revoked_at IS NULL",
                (tenant, ident, tenant, ident),
            ).fetchone()
        self._kept.pop(ident, None)
        if row is None:
            raise NotFound("token_unknown", "There is no such token.")
        return bool(row[0])

    def list(self, tenant: str) -> list[Listed]:
        with self._database.pool.connection() as connection:
            rows = connection.execute(
                "SELECT id, tenant, role, actor, created_at, revoked_at FROM parley.token WHERE tenant = %s"
                " ORDER BY created_at, id",
                (tenant,),
            ).fetchall()
        return [Listed(Grant(*row[:4]), row[4], row[5]) for row in rows]

    # -- checking ---------------------------------------------------------------------------------------------------

    def known(self, text: str) -> Grant | None:
        """From memory. Raises `Unread` where `look_up` has to be asked."""
        ident, secret = _parts(text)
        return _opened(self._remembered(ident), secret)

    def look_up(self, text: str) -> Grant | None:
        """The grant behind a token, None for whatever is not a valid one. May block."""
        ident, secret = _parts(text)
        return _opened(self._read(ident), secret)

    def alive(self, ident: str) -> Grant | None:
        """The grant of a token that was checked before, from memory. Raises `Unread`."""
        return self._remembered(ident).grant

    def look_up_alive(self, ident: str) -> Grant | None:
        return self._read(ident).grant

    def _remembered(self, ident: str) -> _Kept:
        kept = self._kept.get(ident)
        if kept is None or kept.until < monotonic():
            raise Unread(ident)
        return kept

    def _read(self, ident: str) -> _Kept:
        with self._database.pool.connection(timeout=3) as connection:
            row = connection.execute(
                "SELECT id, tenant, role, actor, hash FROM parley.token WHERE id = %s AND revoked_at IS NULL",
                (ident,),
                prepare=True,
            ).fetchone()
        grant = Grant(*row[:4]) if row else None
        kept = _Kept(monotonic() + KEPT_FOR, bytes(row[4]) if row else _NOBODY, grant)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[ident] = kept
        return kept


class Unread(Exception):
    """Not in memory: ask the database."""


def _parts(text: str) -> tuple[str, str]:
    if len(text) > LONGEST or not text.startswith("pk_"):
        return "", ""
    ident, _, secret = text[3:].partition("_")
    return (ident, secret) if ident.isascii() and ident.isalnum() else ("", "")


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _opened(kept: _Kept, secret: str) -> Grant | None:
    """Compared in constant time, also where there is no such token."""
    right = hmac.compare_digest(kept.hash, _hash(secret))
    return kept.grant if right else None


def _check(role: Role, actor: str) -> None:
    problems = []
    if role not in ROLES:
        problems.append(Problem(field="role", code="bad_value", sentence=f"role must be one of {', '.join(ROLES)}."))
    if not 1 <= len(actor) <= 64:
        problems.append(Problem(field="actor", code="too_long", sentence="actor must have 1 to 64 characters."))
    if problems:
        raise Invalid(problems)


def role_of(text: str) -> Role:
    """A role by its name, as it comes from the terminal. Raises `Invalid`."""
    _check(cast(Role, text), "x")
    return cast(Role, text)
