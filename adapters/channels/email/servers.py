"""Where the letters of an address are read and sent, and the connection to there.

Hosts that a person typed must have public addresses, and nothing goes there without TLS. An installation may name
another server for all mailboxes, `mail://HOST?imap=PORT&smtp=PORT&http=PORT`; only on the loopback interface it may
speak without TLS: there the double stands.
"""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import parse_qs, urlsplit

from adapters.channels.email.credentials import SERVICE
from adapters.channels.email.services import BY_NAME, Service, Tls, service_at, service_of
from adapters.channels.http_client import Access
from adapters.public_address import Forbidden, address_of
from domain.errors import Invalid, Problem, Unavailable

TIMEOUT = 20.0
IMPLICIT = frozenset((465, 993))
PORTS = frozenset((25, 143, 465, 587, 993, 2525))
"""Those on which mail is spoken; nobody makes us knock at others."""


@dataclass(frozen=True, slots=True)
class Server:
    """`trusted`: named by the installation, so that it may be in its own network."""

    host: str
    port: int
    tls: Tls
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class Servers:
    imap: Server
    smtp: Server
    service: Service | None = None


def servers_of(access: Access, address: str) -> Servers:
    """Raises `Invalid` where nobody has said where the mail of this address is."""
    named = BY_NAME.get(access.secret(SERVICE)) or service_of(address)
    if access.base_url:
        return _of_installation(access.base_url, named)
    imap, smtp = _typed(access, "imap", 993), _typed(access, "smtp", 465)
    if imap is not None and smtp is not None:
        return Servers(imap, smtp, named or service_at(imap.host))
    if named is None:
        missing = [name for name, found in (("imap_host", imap), ("smtp_host", smtp)) if found is None]
        raise Invalid([_problem(name, "required", "Say on which server the mail is.") for name in missing])
    return Servers(imap or Server(*named.imap), smtp or Server(*named.smtp), named)


def http_base(access: Access) -> str | None:
    """Where an installation's own server lets people in; None: at the service itself."""
    if not access.base_url:
        return None
    parts = urlsplit(access.base_url)
    port = parse_qs(parts.query).get("http", [""])[0]
    return f"http://{parts.hostname}:{port}" if port else None


def dial(server: Server, timeout: float | None = None) -> socket.socket:
    """A connection, encrypted where the server begins so. Raises `Unavailable`, or `Invalid` for a host that may not be
    called."""
    try:
        address = address_of(server.host, server.port, private=server.trusted)
        connection = socket.create_connection((address, server.port), timeout or TIMEOUT)
    except Forbidden:
        sentence = "Only mail servers at public addresses can be used."
        raise Invalid([_problem("imap_host", "address_not_public", sentence)]) from None
    except (OSError, UnicodeError):
        raise unavailable() from None
    if server.tls != "implicit":
        return connection
    try:
        return tls().wrap_socket(connection, server_hostname=server.host)
    except (OSError, ValueError):
        connection.close()
        raise unavailable() from None


def tls() -> ssl.SSLContext:
    return ssl.create_default_context()


def unavailable() -> Unavailable:
    return Unavailable("provider_unavailable", "The mail server does not answer now; nothing was changed.")


def _of_installation(url: str, named: Service | None) -> Servers:
    parts = urlsplit(url)
    host, asked = parts.hostname or "", parse_qs(parts.query)
    try:
        ports = [int(asked.get(name, [other])[0]) for name, other in (("imap", "993"), ("smtp", "465"))]
    except ValueError:
        raise Invalid([_problem("base_url", "bad_value", "The address of the mail server cannot be read.")]) from None
    imap, smtp = (Server(host, port, "none" if is_loopback(host) else _manner(port), trusted=True) for port in ports)
    return Servers(imap, smtp, named)


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _typed(access: Access, name: str, usual: int) -> Server | None:
    host, port = access.secret(f"{name}_host").strip().lower(), access.secret(f"{name}_port").strip() or str(usual)
    if not host:
        return None
    if not port.isascii() or not port.isdigit() or int(port) not in PORTS:
        allowed = ", ".join(map(str, sorted(PORTS)))
        raise Invalid([_problem(f"{name}_port", "bad_value", f"The port must be one of {allowed}.")])
    return Server(host, int(port), _manner(int(port)))


def _manner(port: int) -> Tls:
    return "implicit" if port in IMPLICIT else "starttls"


def _problem(field: str, code: str, sentence: str) -> Problem:
    return Problem(field=field, code=code, sentence=sentence)
