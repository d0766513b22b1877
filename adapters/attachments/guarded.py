"""One GET of a file that somebody else named: to a public address only, so far and no further (S7).

The name is resolved here and the call goes to the address that was checked, for every redirect anew; what a provider
must be shown goes to its host and to no other. Nothing is decompressed: a small answer cannot become a large file.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import NamedTuple
from urllib.parse import urljoin

import httpx2

from adapters.channels.files import FileRequest
from adapters.channels.http_client import http_client
from adapters.public_address import Forbidden, address_of
from processors.fetching import Fate

MOST_REDIRECTS = 3
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PASSING = frozenset({408, 425, 429})
GONE = frozenset({404, 410})
NOT_BELIEVED = frozenset({401, 403})
PORTS = {"https": 443, "http": 80}
CONNECT, READ = 5.0, 15.0

Take = Callable[[bytes], None]


class Origin(NamedTuple):
    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Limits:
    """`largest` in bytes; `seconds` for all of it, redirects too."""

    largest: int = 25 * 1024 * 1024
    seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a try; `mime` as the server named it."""

    fate: Fate
    code: str = ""
    retry_after: float | None = None
    mime: str = ""


@dataclass(frozen=True, slots=True)
class Caller:
    """`proxied`: clients by the name of the proxy that a channel's calls must go through. `near`: origins that may be
    called although they are not public: doubles of the demo and of tests. `private`: the installation stands in a
    network of its own, where any address and plain http will do."""

    client: httpx2.Client
    limits: Limits = Limits()
    proxied: Mapping[str, httpx2.Client] = field(default_factory=dict)
    near: frozenset[Origin] = frozenset()
    private: bool = False
    resolve: Callable[..., str] = field(default=address_of)

    def fetch(self, request: FileRequest, take: Take, proxy: str | None = None) -> Tried:
        """Hands the file's bytes on in pieces. Whatever they came to before the end is worth nothing without `kept`."""
        if proxy is not None:
            return replace(self, client=self.proxied[proxy]).fetch(request, take)
        url, end = request.url, monotonic() + self.limits.seconds
        headers = {name: value.reveal() for name, value in request.headers.items()}
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._hop(url, headers, take, end)
            if isinstance(answer, Tried):
                return answer
            if origin_of(answer) != origin_of(url):
                headers = {}
            url = answer
        return Tried("final", "too_many_redirects")

    def _hop(self, url: str, headers: Mapping[str, str], take: Take, end: float) -> Tried | str:
        """How it ended, or where it goes on."""
        origin = origin_of(url)
        if origin is None:
            return Tried("final", "address_invalid")
        trusted = self.private or origin in self.near
        if origin.scheme != "https" and not trusted:
            return Tried("final", "address_not_https")
        try:
            address = self.resolve(origin.host, origin.port, private=trusted)
        except Forbidden:
            return Tried("final", "address_not_public")
        except (OSError, UnicodeError):
            return Tried("retry", "address_unknown")
        return self._called(url, origin, address, headers, take, end)

    def _called(
        self, url: str, origin: Origin, address: str, headers: Mapping[str, str], take: Take, end: float
    ) -> Tried | str:
        named_there = httpx2.URL(url)
        there = named_there.copy_with(host=address)
        asked = {"host": named_there.netloc.decode(), "accept": "*/*", "accept-encoding": "identity", **headers}
        left = max(end - monotonic(), 0.1)
        timeout = httpx2.Timeout(min(left, READ), connect=min(left, CONNECT))
        # The certificate must be that of the name, though the call goes to the address.
        named = {"sni_hostname": origin.host}
        try:
            with self.client.stream("GET", there, headers=asked, timeout=timeout, extensions=named) as response:
                return self._read(url, response, take, end)
        except httpx2.TimeoutException:
            return Tried("retry", "too_slow")
        except httpx2.HTTPError:
            return Tried("retry", "unreachable")

    def _read(self, url: str, response: httpx2.Response, take: Take, end: float) -> Tried | str:
        if response.status_code in REDIRECTS and "location" in response.headers:
            return urljoin(url, response.headers["location"])
        if response.status_code != 200:
            return _refusal(response)
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            return Tried("final", "encoded")
        announced = response.headers.get("content-length", "")
        if announced.isascii() and announced.isdigit() and int(announced[:18]) > self.limits.largest:
            return Tried("too_large")
        read = 0
        for piece in response.iter_raw():
            read += len(piece)
            if read > self.limits.largest:
                return Tried("too_large")
            if monotonic() > end:
                return Tried("retry", "too_slow")
            take(piece)
        return Tried("kept", mime=response.headers.get("content-type", "").partition(";")[0].strip().lower())


def file_client(*, proxy: str | None = None) -> httpx2.Client:
    """A client that reuses no connection: one that was opened for a name must not serve another at its address."""
    client = http_client(proxy=proxy, limits=httpx2.Limits(max_connections=20, max_keepalive_connections=0))
    client.headers.pop("user-agent", None)
    return client


def origin_of(url: str) -> Origin | None:
    """None for what cannot be called: another scheme, no host, a name and password in the address."""
    try:
        parts = httpx2.URL(url)
    except (httpx2.InvalidURL, ValueError, TypeError):
        return None
    host, port = parts.raw_host.decode("ascii", "replace"), parts.port or PORTS.get(parts.scheme)
    if parts.scheme not in PORTS or not host or parts.userinfo or port is None or not 0 < port < 65536:
        return None
    return Origin(parts.scheme, host, port)


def origins_of(urls: Collection[str]) -> frozenset[Origin]:
    return frozenset(origin for url in urls if (origin := origin_of(url)) is not None)


def _refusal(response: httpx2.Response) -> Tried:
    status = response.status_code
    if status in PASSING or status >= 500:
        after = response.headers.get("retry-after", "").strip()
        seconds = float(after[:6]) if after.isascii() and after.isdigit() else None
        return Tried("retry", "provider_unavailable", seconds)
    if status in GONE:
        return Tried("refused", "file_gone")
    return Tried("refused", "not_believed" if status in NOT_BELIEVED else "refused")
