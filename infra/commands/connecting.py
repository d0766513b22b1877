"""Connecting a channel from the terminal: the same `Connector` as behind the API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from adapters.channels.connecting import Connector
from adapters.channels.http_client import by_proxy, http_client
from domain.errors import Conflict
from infra.commands.session import Session
from infra.embedded import running
from infra.engine import apps, kinds_off, proxies

TYPED = re.compile(r"([a-z_]{1,30})=(.*)")


def fields_of(text: str) -> dict[str, str]:
    """`NAME=VALUE` lines as a form; anything else is a token."""
    lines = [TYPED.fullmatch(line.strip()) for line in text.splitlines() if line.strip()]
    found = [one for one in lines if one is not None]
    return {one[1]: one[2] for one in found} if found and len(found) == len(lines) else {"token": text}


def done(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer; raises `Conflict` for a refusal that had to leave events and so came as an answer (D20)."""
    if answer["outcome"] == "refused":
        raise Conflict(answer["code"], answer["sentence"])
    return answer


@contextmanager
def connector(session: Session) -> Iterator[Connector]:
    """Addresses are those of the settings, else those of the `up` that runs in the data folder."""
    engine, settings = session.engine, session.engine.settings
    told = (running(settings.data) or {}) if settings.database_url is None else {}
    client, through = http_client(patient=True), by_proxy(proxies(settings), patient=True)
    try:
        yield Connector(
            engine.database,
            engine.vault,
            engine.executor,
            client,
            public_url=settings.public_url or told.get("url"),
            provider_urls=settings.provider_urls or told.get("provider_urls") or {},
            apps=apps(settings),
            proxies=through,
            private_providers=settings.private_providers or bool(told.get("private_providers")),
            off=kinds_off(settings),
        )
    finally:
        for one in (client, *through.values()):
            one.close()
