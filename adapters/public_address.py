"""Which addresses outside may be called for a customer of ours: public ones only, so that nobody makes us knock at
doors inside the house (server-side request forgery).

A name is resolved here and the call goes to the address that was checked: a name that changes its address between check
and call gains nothing.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

Address = IPv4Address | IPv6Address
TRANSLATED = IPv6Network("64:ff9b::/96")
"""IPv6 addresses that a gateway turns into IPv4 ones, private ones among them."""


class Forbidden(Exception):
    """The name has no address that may be called."""


def address_of(host: str, port: int, *, private: bool) -> str:
    """An address of `host` that may be called; all of them must be allowed. Blocks. Raises `Forbidden`, `OSError`."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ip_address(str(place[0]).partition("%")[0]) for *_, place in found]
    if not addresses or not (private or all(is_public(one) for one in addresses)):
        raise Forbidden(host)
    return str(addresses[0])


def is_public(address: Address) -> bool:
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.sixtofour is not None or address.teredo is not None or address in TRANSLATED:
            return False
    return address.is_global and not address.is_multicast
