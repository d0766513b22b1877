"""Which bots a tenant has: their ids are known to the rules, their addresses and secrets lie in the vault.

A secret is shown when it is made, and never again. While it is being changed both count: calls are signed with both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

from adapters.http.tokens import Tokens
from adapters.public_address import Forbidden, address_of
from adapters.standard_webhooks import new_secret
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.store.requests import Request
from adapters.vault.secrets import Secret
from adapters.vault.vault import Vault
from domain.desk.bots import RemoveBot, SetBot
from domain.errors import Invalid, NotFound, Problem
from domain.recorded import Actor

URL, SECRET = "url", "secret"
LONGEST_URL = 2_000
PORTS = {"https": 443, "http": 80}


def owner(bot: str) -> str:
    return f"bot-{bot}"


def owner_before(bot: str) -> str:
    """Whose is the secret that is being replaced."""
    return f"bot-before-{bot}"


@dataclass(frozen=True)
class Registry:
    """`private`: bots may be at private addresses and without TLS. For a network of one's own, the demo and tests."""

    database: Database
    vault: Vault
    executor: Executor
    private: bool = False

    def put(
        self,
        tenant: str,
        bot: str,
        url: str,
        *,
        actor: Actor,
        name: str | None = None,
        rotate: bool = False,
        settle: bool = False,
    ) -> dict[str, Any]:
        """`rotate` makes a second secret, `settle` lets only the newest count. Raises `Invalid` for the address, and
        for both at once: they would leave the bot with a secret that it has never seen."""
        if rotate and settle:
            raise _wrong(
                "bad_value",
                "cannot stand beside rotate_secret: the bot must learn the new secret first",
                "end_rotation",
            )
        check_url(url, private=self.private)
        moved = self._moves(tenant, bot, url)
        ends = settle and self.vault.get_secret(tenant, owner_before(bot), SECRET) is not None
        shown = self._secrets(tenant, bot, rotate=rotate, settle=settle)
        answer = self._do(tenant, SetBot(bot=bot, name=name), actor)
        if answer["outcome"] == "unchanged" and (moved or shown or ends):
            answer = {**answer, "outcome": "saved"}
        if "secret" in shown and not rotate:
            shown["token"] = Tokens(self.database).make(tenant, "bot", bot)
        return answer | shown

    def remove(self, tenant: str, bot: str, *, actor: Actor) -> dict[str, Any]:
        """Refused with `in_use` while a channel names it. Its secrets are wiped and its tokens revoked.

        Raises `NotFound` where there is none; what an earlier removal may have left is cleared away even then."""
        answer = self._do(tenant, RemoveBot(bot=bot), actor)
        for one in (owner(bot), owner_before(bot)):
            self.vault.wipe_secrets(tenant, one)
        tokens = Tokens(self.database)
        for listed in tokens.list(tenant):
            if (listed.grant.role, listed.grant.actor) == ("bot", bot) and listed.revoked_at is None:
                tokens.revoke(tenant, listed.grant.id)
        if answer["outcome"] == "unchanged":
            raise NotFound("bot_unknown", "There is no such bot.")
        return answer

    def list(self, tenant: str) -> list[dict[str, Any]]:
        """Of the address only the host is shown: the rest of it may be a secret."""
        with self.database.pool.connection() as connection:
            rows = connection.execute(
                "SELECT key, value FROM parley.fact WHERE tenant = %s AND kind = 'bot' ORDER BY key", (tenant,)
            ).fetchall()
        return [self._row(tenant, bot, value) for bot, value in rows]

    def _row(self, tenant: str, bot: str, value: dict[str, Any]) -> dict[str, Any]:
        url = self.vault.get_secret(tenant, owner(bot), URL)
        before = self.vault.get_secret(tenant, owner_before(bot), SECRET)
        host = urlsplit(url.reveal()).hostname if url is not None else None
        return {"bot": bot, "name": value.get("name", ""), "host": host, "rotating": before is not None}

    def _moves(self, tenant: str, bot: str, url: str) -> bool:
        """Keep the address; was it another one?"""
        before = self.vault.get_secret(tenant, owner(bot), URL)
        self.vault.put_secret(tenant, owner(bot), URL, Secret(url))
        return before is not None and before.reveal() != url

    def _secrets(self, tenant: str, bot: str, *, rotate: bool, settle: bool) -> dict[str, Any]:
        now = self.vault.get_secret(tenant, owner(bot), SECRET)
        if now is not None and settle:
            self.vault.wipe_secrets(tenant, owner_before(bot))
        if now is not None and not rotate:
            return {}
        made = new_secret()
        if now is not None:
            self.vault.put_secret(tenant, owner_before(bot), SECRET, now)
        self.vault.put_secret(tenant, owner(bot), SECRET, made)
        return {"secret": made.reveal()}

    def _do(self, tenant: str, command: SetBot | RemoveBot, actor: Actor) -> dict[str, Any]:
        return self.executor.execute(Request(tenant=tenant, command=command, actor=actor)).answer


def check_url(url: str, *, private: bool) -> None:
    """https and a public address. A name that does not resolve now is let pass: calls to it fail, and are told."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _wrong("bad_url", "is not an address") from None
    if parts.scheme not in PORTS or not parts.hostname or len(url) > LONGEST_URL or not _plain(url, parts):
        raise _wrong("bad_url", "must be an address like https://bot.example/answer, without a user name in it")
    if parts.scheme != "https" and not private:
        raise _wrong("url_not_https", "must begin with https")
    try:
        address_of(parts.hostname, port or PORTS[parts.scheme], private=private)
    except Forbidden:
        raise _wrong("url_not_public", "is not at a public address") from None
    except (OSError, UnicodeError):
        return


def _plain(url: str, parts: SplitResult) -> bool:
    return url.isascii() and url.isprintable() and " " not in url and parts.username is None and not parts.fragment


def _wrong(code: str, why: str, field: str = "url") -> Invalid:
    return Invalid([Problem(field=field, code=code, sentence=f"{field} {why}.")])
