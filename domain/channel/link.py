"""What ties a channel to its provider: an account or object there, the login behind it, fingerprints of its secrets.

A working channel may have two: the one in effect, and a candidate that the next Save puts in its place (A29).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.change import replace
from domain.channel.events import (
    AccountAuthorised,
    ActivatedByManager,
    IdentifierIssued,
    KeysVerified,
    MailboxAuthorised,
    ObjectChosen,
    ProviderObject,
    TokenVerified,
)


@dataclass(frozen=True)
class Login:
    """Who has logged in at the provider, and what he granted."""

    external_id: str
    name: str
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True)
class PendingLogin:
    """A login on its way: the hash of its OAuth state, for whom, until when."""

    state: str
    user: str
    expires_at: datetime


@dataclass(frozen=True)
class Link:
    """`external_id` None: it is still to be chosen among `objects`."""

    external_id: str | None = None
    account_key: str = ""
    fingerprints: tuple[str, ...] = ()
    objects: tuple[ProviderObject, ...] = ()
    login: Login | None = None

    def offers(self, external_id: str) -> ProviderObject | None:
        return next((one for one in self.objects if one.external_id == external_id), None)

    def key_of(self, external_id: str) -> str:
        """The hash of the account that this object is, where the check told it."""
        offered = self.offers(external_id)
        return offered.account_key if offered else self.account_key if external_id == self.external_id else ""


Checked = (
    AccountAuthorised
    | ObjectChosen
    | TokenVerified
    | KeysVerified
    | MailboxAuthorised
    | IdentifierIssued
    | ActivatedByManager
)


def link_of(event: Checked, before: Link) -> Link:
    """The link that a check has found. Choosing an object keeps the list and the login from which it was chosen."""
    match event:
        case AccountAuthorised():
            return _of_login(event)
        case ObjectChosen():
            return replace(before, external_id=event.external_id, account_key=event.account_key)
        case TokenVerified():
            return Link(event.external_id, event.account_key, (event.fingerprint,))
        case KeysVerified():
            return _of_keys(event)
        case MailboxAuthorised():
            return Link(event.address, event.account_key)
        case IdentifierIssued():
            return Link(event.chat_id)
        case ActivatedByManager():
            return Link(event.external_id or before.external_id or "", event.account_key, event.fingerprints)


def _of_login(event: AccountAuthorised) -> Link:
    login = Login(event.external_id, event.name, event.scopes)
    if event.objects:
        return Link(objects=event.objects, login=login)
    return Link(event.external_id, event.account_key, login=login)


def _of_keys(event: KeysVerified) -> Link:
    keys = (*event.account_keys, *("" for _ in event.numbers))
    numbers = zip(event.numbers, keys, strict=False)
    objects = tuple(ProviderObject(external_id=number, name=number, account_key=key) for number, key in numbers)
    return Link(event.phone, keys[0] if keys and event.phone else "", event.fingerprints, objects)
