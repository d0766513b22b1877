"""The mail services that we know by their domains: where their servers are, and how people let us in (channels.md §9).

Google, Microsoft and Mail.ru are told of documented addresses; the names of Yandex's rights and Mail.ru's token address
are not confirmed by their pages: docs/howto/email.md says how to check them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Tls = Literal["implicit", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class Service:
    """`name` is also that of our application in PARLEY_APPS. `serves` = how the names of the servers end that take the
    mail of firms' own domains. `keeps_sent`: what we send by SMTP it files under "Sent" itself. `extra` = what the
    login page must be asked besides, so that the token can be renewed."""

    name: str
    domains: frozenset[str]
    imap: tuple[str, int, Tls]
    smtp: tuple[str, int, Tls]
    authorize: str
    token: str
    scopes: str
    serves: tuple[str, ...]
    extra: tuple[tuple[str, str], ...] = ()
    keeps_sent: bool = False


def _domains(text: str) -> frozenset[str]:
    return frozenset(text.split())


SERVICES = (
    Service(
        "google",
        _domains("gmail.com googlemail.com"),
        ("imap.gmail.com", 993, "implicit"),
        ("smtp.gmail.com", 465, "implicit"),
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/",
        (".google.com", ".googlemail.com"),
        extra=(("access_type", "offline"), ("prompt", "consent")),
        keeps_sent=True,
    ),
    Service(
        "microsoft",
        _domains("outlook.com hotmail.com live.com msn.com outlook.ru"),
        ("outlook.office365.com", 993, "implicit"),
        ("smtp.office365.com", 587, "starttls"),
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "https://outlook.office.com/IMAP.AccessAsUser.All https://outlook.office.com/SMTP.Send offline_access",
        (".protection.outlook.com", ".mx.microsoft"),
        extra=(("prompt", "select_account"),),
        keeps_sent=True,
    ),
    Service(
        "yandex",
        _domains("yandex.ru yandex.com yandex.by yandex.kz ya.ru narod.ru"),
        ("imap.yandex.ru", 993, "implicit"),
        ("smtp.yandex.ru", 465, "implicit"),
        "https://oauth.yandex.ru/authorize",
        "https://oauth.yandex.ru/token",
        "mail:imap_full mail:smtp",
        (".yandex.net", ".yandex.ru"),
    ),
    Service(
        "mailru",
        _domains("mail.ru inbox.ru list.ru bk.ru internet.ru xmail.ru"),
        ("imap.mail.ru", 993, "implicit"),
        ("smtp.mail.ru", 465, "implicit"),
        "https://o2.mail.ru/login",
        "https://o2.mail.ru/token",
        "userinfo mail.imap",
        (".mail.ru",),
    ),
)
BY_NAME = {service.name: service for service in SERVICES}


def service_of(address: str) -> Service | None:
    domain = address.rpartition("@")[2].strip().lower()
    return next((service for service in SERVICES if domain in service.domains), None)


def serving(hosts: Sequence[str]) -> Service | None:
    """By the servers that take a domain's mail."""
    return next((service for host in hosts for service in SERVICES if host.endswith(service.serves)), None)


def service_at(host: str) -> Service | None:
    """By a server that was typed: a firm's own domain may be served by one of them."""
    return next((service for service in SERVICES if host.strip().lower() in (service.imap[0], service.smtp[0])), None)
