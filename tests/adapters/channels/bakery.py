"""The bakery: a real store, the hook route in an application, Telegram's double, the channel `shop` connected to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic, sleep
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

from adapters.channels import http_client
from adapters.channels.checks import Checker
from adapters.channels.connecting import Connector
from adapters.channels.doors import Doors
from adapters.channels.hooks import PATH, Hooks
from adapters.delivery import SentMessages
from adapters.doubles.telegram import TOKEN, TelegramDouble
from adapters.intake import Executes, Intake
from adapters.store.codec import Codec
from domain.desk import administration as admin
from domain.desk import channels
from domain.recorded import Actor
from tests.store import TENANT, Store, store

OWNER = Actor(kind="agent", id="olga")
SETTINGS: dict[str, object] = {
    "receiver": {"kind": "group", "id": "bakers"},
    "auto_close": {"value": 1, "unit": "days"},
}


@dataclass
class Bakery:
    store: Store
    telegram: TelegramDouble
    hooks: Hooks
    connector: Connector

    def kinds(self, stream: str) -> list[str]:
        return [one.event.kind for one in self.store.log.stream(TENANT, stream)]

    def events(self, kind: str) -> list[Any]:
        return [one.event for one in self.store.log.read(0, 10_000, kinds=[kind])]

    def opened(self, event: Any) -> Any:
        """With its personal fields readable."""
        return Codec(self.store.vault).opened(TENANT, event)

    def counts(self, channel: str = "shop") -> dict[str, int]:
        query = "SELECT outcome, n FROM parley.intake_count WHERE tenant = %s AND channel = %s"
        return dict(self.store.rows(query, TENANT, channel))  # type: ignore[arg-type]


@contextmanager
def bakery(*, connected: bool = True, speed: float = 100.0, executor: Executes | None = None) -> Iterator[Bakery]:
    with store() as made, TelegramDouble(speed=speed) as telegram, http_client() as client:
        doors = Doors(made.database, made.vault)
        hooks = Hooks(doors, Intake(executor or made.executor, made.vault, SentMessages(made.database, made.vault)))
        with served(hooks) as url:
            connector = Connector(
                made.database,
                made.vault,
                made.executor,
                client,
                public_url=url,
                provider_urls={"telegram": telegram.url},
            )
            shop = Bakery(made, telegram, hooks, connector)
            hire(made)
            if connected:
                connect(shop)
            yield shop


def hire(made: Store) -> None:
    made.do(admin.SetAgent(agent="anna", name="Anna"))
    made.do(admin.SetPresence(agent="anna", to="ready"))
    made.do(admin.SetGroup(group="bakers", name="Bakers", changes={"members": ["anna"]}))
    made.do(channels.CreateChannel(channel="shop", kind="telegram", name="Shop"))


def connect(shop: Bakery, channel: str = "shop") -> dict[str, Any]:
    Checker(shop.connector).token(TENANT, channel, TOKEN, actor=OWNER)
    return shop.connector.save(TENANT, channel, SETTINGS, actor=OWNER)


@contextmanager
def served(hooks: Hooks) -> Iterator[str]:
    """The hook route on a free port of the loopback interface, in a thread of its own."""
    app = Starlette(routes=[Route(PATH, hooks.__call__, methods=["GET", "POST"])])
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", access_log=False, lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="hooks", daemon=True)
    thread.start()
    end = monotonic() + 10
    while not server.started and monotonic() < end:
        sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
