"""One call to a bot: a signed POST to the address that was checked; so much of its answer, in so much time."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic, time
from urllib.parse import urlsplit

import httpx2

from adapters.bots.registry import PORTS
from adapters.channels.http_client import LARGEST_ANSWER, Answer
from adapters.public_address import Forbidden, address_of
from adapters.standard_webhooks import signed
from adapters.vault.secrets import Secret

CONNECT = 5.0


def call(
    client: httpx2.Client,
    url: str,
    ident: str,
    body: bytes,
    secrets: Sequence[Secret],
    *,
    seconds: float,
    private: bool,
) -> Answer | str:
    """The answer, or in a word why there is none. Redirects are not followed: they are answers like any other."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or PORTS.get(parts.scheme, 443)
    try:
        address = address_of(host, port, private=private)
    except Forbidden:
        return "address_not_public"
    except (OSError, UnicodeError):
        return "address_unknown"
    there = httpx2.URL(url).copy_with(host=address)
    headers = signed(ident, int(time()), body, secrets) | {"host": parts.netloc, "content-type": "application/json"}
    return _answer(client, there, headers, body, host, monotonic() + seconds)


def _answer(
    client: httpx2.Client, url: httpx2.URL, headers: dict[str, str], body: bytes, host: str, end: float
) -> Answer | str:
    left = max(end - monotonic(), 0.1)
    timeout = httpx2.Timeout(left, connect=min(left, CONNECT))
    # The certificate must be that of the name, though the call goes to the address.
    named = {"sni_hostname": host}
    try:
        with client.stream("POST", url, content=body, headers=headers, timeout=timeout, extensions=named) as response:
            read = b""
            for chunk in response.iter_bytes():
                read += chunk
                if monotonic() > end:
                    return "too_slow"
                if len(read) > LARGEST_ANSWER:
                    return "too_large"
            return Answer(response.status_code, read, response.headers)
    except httpx2.TimeoutException:
        return "too_slow"
    except httpx2.HTTPError:
        return "unreachable"
