"""A whole engine in this process, put together as `parley up` does it, behind real HTTP; Telegram is a double."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

from adapters.doubles.telegram import TelegramDouble
from adapters.http.tokens import Role, Tokens
from infra.engine import (
    Engine,
    open_engine,
    start_delivery,
    start_feed,
    start_kafka_feed,
    start_relay,
    start_server,
)
from infra.server import listen, url_of
from infra.settings import Settings
from tests.acceptance.shop import Api, Hook, hook_of
from tests.store import MASTER, TENANT, app_dsn, migrated


@dataclass
class Premises:
    """`root` administers. `telegram` brings what customers say to the hook, and repeats it until it is taken."""

    owner_dsn: str
    url: str
    engine: Engine
    telegram: TelegramDouble
    root: Api

    @property
    def hook(self) -> Hook:
        return hook_of(self.engine.vault, TENANT)

    def token(self, role: Role, actor: str) -> str:
        return Tokens(self.engine.database).make(TENANT, role, actor)

    def head(self) -> int:
        return self.engine.log.head()

    def kinds(self, after: int = 0) -> list[str]:
        """The kinds of all events behind a position."""
        return [one.event.kind for one in self.engine.log.read(after, 100_000)]

    def intake(self, channel: str = "shop") -> dict[str, int]:
        """What became of everything that came through the channel."""
        rows = self.root.get("/v1/intake")["channels"]
        found = next((dict(row) for row in rows if row["channel"] == channel), {})
        return {name: n for name, n in found.items() if name != "channel"}


@contextmanager
def premises(owner_dsn: str | None = None, *, kafka: str | None = None, prefix: str = "") -> Iterator[Premises]:
    """`owner_dsn`: of a migrated database; a fresh one if not given. `kafka`: a broker that has the topics."""
    owner = owner_dsn or migrated()
    with TelegramDouble(speed=20) as telegram, listen("127.0.0.1", 0) as listener:
        settings = Settings(
            database_url=app_dsn(owner),
            master_key=MASTER,
            tenant=TENANT,
            public_url=url_of(listener),
            provider_urls={"telegram": telegram.url},
            kafka=kafka,
            kafka_topic_prefix=prefix,
        )
        with open_engine(settings) as engine:
            engine.vault.add_tenant(TENANT)
            if kafka is None:
                start_feed(engine)
            else:
                start_relay(engine, kafka)
                start_kafka_feed(engine, kafka)
            start_delivery(engine)
            engine.stops.callback(start_server(engine, listener).stop)
            root = Api(url_of(listener), Tokens(engine.database).make(TENANT, "admin", "root"))
            engine.stops.callback(root.close)
            yield Premises(owner, url_of(listener), engine, telegram, root)


def eventually(look: Any, *, within: float = 30.0) -> Any:
    """What `look` returns, as soon as it is true; its last word when time is up."""
    end = monotonic() + within
    while not (found := look()) and monotonic() < end:
        sleep(0.02)
    return found


logging.getLogger("httpx2").setLevel(logging.WARNING)
