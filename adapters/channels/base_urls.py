"""Another address than the provider's own, as a channel's settings name it: our secrets go there, so it must be https
and public, lest somebody make us knock at doors inside the house. An installation may allow its own network
(`PARLEY_PRIVATE_PROVIDERS`); what it names itself (`PARLEY_PROVIDER_URLS`) is trusted.

Asked when it is saved, and before every call: a name may lead elsewhere by then.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from adapters.public_address import Forbidden, address_of
from domain.errors import Invalid, Problem, Unavailable
from domain.settings import is_web_address

PORTS = {"https": 443, "http": 80}


def must_be_callable(changes: Mapping[str, object], *, private: bool) -> None:
    """Of one Save. Raises `Invalid`. What is no address at all is for the rules to say; a name that does not resolve
    now is let pass: calls to it fail, and are told."""
    url = changes.get("base_url")
    if private or not isinstance(url, str) or not is_web_address(url):
        return
    if urlsplit(url.strip()).scheme != "https":
        raise _wrong("base_url", "url_not_https", "must begin with https")
    try:
        _resolved(url.strip())
    except Forbidden:
        raise _wrong("base_url", "url_not_public", "is not at a public address") from None
    except (OSError, UnicodeError):
        return


def callable_now(url: str | None, *, private: bool) -> str | None:
    """The same address. Raises `Unavailable` where it leads into our own network now."""
    if url is None or private:
        return url
    try:
        _resolved(url)
    except Forbidden:
        raise Unavailable("provider_unavailable", "The channel's base_url is not at a public address now.") from None
    except (OSError, UnicodeError):
        return url
    return url


def _resolved(url: str) -> str:
    parts = urlsplit(url)
    return address_of(parts.hostname or "", parts.port or PORTS[parts.scheme], private=False)


def _wrong(field: str, code: str, why: str) -> Invalid:
    return Invalid([Problem(field=field, code=code, sentence=f"{field} {why}.")])
