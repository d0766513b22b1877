"""The one HTTP client that all channels share, and the one place that calls a provider.

Addresses of some providers hold the token, so the client's loggers, which write addresses, are silenced, and an error
is told by its kind alone.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Literal

import httpx2

from adapters.channels.patience import Patient
from adapters.vault.secrets import Secret

TIMEOUT = httpx2.Timeout(10.0, connect=5.0)
LIMITS = httpx2.Limits(max_connections=100, max_keepalive_connections=20)
UPLOADING = httpx2.Timeout(30.0, connect=5.0, read=90.0)
"""With a file: a provider looks it through before it answers. Each part has so long, not the whole."""
LARGEST_ANSWER = 1024 * 1024
_TALKATIVE = ("httpx2", "httpcore2")

Failure = Literal["not_sent", "answer_lost"]
_NEVER_LEFT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
    httpx2.ProxyError,
    httpx2.InvalidURL,
)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class App:
    """Our application as the provider has registered it, for all channels of a kind: people log in through it."""

    id: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class Access:
    """All that a channel needs to call its provider.

    `base_url` None = the provider's own addresses, else every call goes there, logins too; `account` = our id there.
    `app` = our application for this kind, None = the installation has none (`PARLEY_APPS`); `apps` = all that it has.
    `values` = what the channel's settings tell the provider: `number`, `address`, `namespace_id`.
    """

    client: httpx2.Client
    secrets: Mapping[str, Secret]
    base_url: str | None = None
    account: str = ""
    app: App | None = None
    apps: Mapping[str, App] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)

    def secret(self, name: str) -> str:
        return self.secrets[name].reveal() if name in self.secrets else ""


def http_client(
    *,
    proxy: str | None = None,
    timeout: httpx2.Timeout = TIMEOUT,
    patient: bool = False,
    limits: httpx2.Limits = LIMITS,
) -> httpx2.Client:
    """Thread-safe. Follows no redirects and reads no proxy from the environment: `proxy` is a setting of ours.

    `patient`: for calls that may be repeated, and are where the provider does not answer.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    reach: httpx2.BaseTransport = httpx2.HTTPTransport(limits=limits, trust_env=False, proxy=proxy)
    transport = Patient(reach) if patient else reach
    return httpx2.Client(timeout=timeout, follow_redirects=False, trust_env=False, transport=transport)


def by_proxy(proxies: Mapping[str, str], *, patient: bool = False) -> dict[str, httpx2.Client]:
    """A client for each outbound proxy of the installation, by the name that channels' settings use."""
    return {name: http_client(proxy=url, patient=patient) for name, url in proxies.items()}


def call(client: httpx2.Client, url: str, body: Mapping[str, Any]) -> Answer | Failure:
    """POST JSON."""
    return ask(client, "POST", url, json=body)


def ask(
    client: httpx2.Client,
    method: str,
    url: str,
    *,
    json: Any = None,
    form: Mapping[str, Any] | None = None,
    params: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    files: Mapping[str, tuple[str, BinaryIO, str]] | None = None,
) -> Answer | Failure:
    """One call. `not_sent`: the request never left; `answer_lost`: it may have been carried out or not.

    `files`: parts of a multipart form by field, each a name, an open stream and a MIME type; `form` goes beside them.
    """
    timeout = UPLOADING if files else client.timeout
    try:
        with client.stream(
            method, url, json=json, data=form, params=params, headers=headers, files=files, timeout=timeout
        ) as response:
            return Answer(response.status_code, _read(response), response.headers)
    except _NEVER_LEFT:
        return "not_sent"
    except httpx2.HTTPError:
        return "answer_lost"
    except UnicodeEncodeError:  # a secret with characters that no header can carry
        return "not_sent"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _read(response: httpx2.Response) -> bytes:
    """At most `LARGEST_ANSWER` bytes: nobody's answer to one message is longer."""
    read = b""
    for chunk in response.iter_bytes():
        read += chunk
        if len(read) > LARGEST_ANSWER:
            break
    return read[:LARGEST_ANSWER]
