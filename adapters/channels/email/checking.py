"""Can we read and send with these data? Both are tried: the inbox is opened, and the sending server lets us in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from adapters.channels.email import imap, smtp
from adapters.channels.email.compose import is_address
from adapters.channels.email.credentials import credentials_of
from adapters.channels.email.servers import servers_of
from adapters.channels.http_client import Access
from adapters.vault.secrets import Secret
from domain.errors import Invalid, NotAllowed, Problem


def check_mailbox(access: Access, address: str, credentials: Mapping[str, Secret]) -> bool:
    """Only with what was given now: nothing that is in effect helps. Raises `Unavailable`, or `Invalid`."""
    address = address.strip()
    if not is_address(address):
        raise Invalid([Problem(field="address", code="bad_address", sentence="address must be an e-mail address.")])
    given = replace(access, secrets=credentials)
    known = credentials_of(given, address)
    if not known:
        raise Invalid([Problem(field="password", code="required", sentence="password must be given.")])
    servers = servers_of(given, address)
    try:
        with imap.mailbox(servers.imap, known) as box:
            imap.select(box)
        with smtp.session(servers.smtp, known, address.rpartition("@")[2]) as client:
            client.noop()
    except NotAllowed:
        return False
    return True
