"""The composition root: the parts of one engine put together, started in order and stopped in the reverse order.

Everything here is choice of parts; what the parts do stands in their own rooms. Parts that only some processes need
are imported where they are started.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.feed import Consumer
from adapters.feed.ears import Ear
from adapters.feed.log_feed import LogFeed
from adapters.feed.timers import Ticker
from adapters.feed.worker import Worker
from adapters.store.database import Database
from adapters.store.executor import Clock, Executor
from adapters.store.log import Log
from adapters.vault import MasterKey, Vault
from domain.errors import NotFound, Unavailable
from infra.checks import refuse_unsafe
from infra.migrate import newest
from infra.settings import Settings
from processors import ALL_HANDLERS, REGISTRY

if TYPE_CHECKING:
    import socket

    from adapters.kafka.relay import Relay
    from infra.server import Server

log = logging.getLogger("parley")


@dataclass
class Engine:
    """What every door needs. `stops` run in reverse order at the end, each of them whatever the others do."""

    settings: Settings
    database: Database
    vault: Vault
    log: Log
    executor: Executor
    feed: LogFeed | None = None
    stops: ExitStack = field(default_factory=ExitStack)

    def stop(self) -> None:
        self.stops.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def open_engine(settings: Settings, *, dsn: str | None = None, lane: int = 0, clock: Clock | None = None) -> Engine:
    """Connect, check, and open the write path. Nothing runs in the background yet but the executor's thread."""
    url = dsn or settings.database_url
    if url is None:
        raise Unavailable("no_database", "Set PARLEY_DATABASE_URL, or start the embedded default with: parley up")
    database = Database(url)
    with database.connect() as connection:
        warnings = refuse_unsafe(connection, accept_any_durability=settings.unsafe_accept_any_durability)
    for warning in warnings:
        log.warning("%s %s", warning.sentence, warning.fix)
    vault = Vault(master_key(settings), database)
    executor = Executor(database, vault, lane=lane, handlers=ALL_HANDLERS, clock=clock)
    engine = Engine(settings, database, vault, Log(database), executor)
    engine.stops.callback(database.close)
    engine.stops.callback(executor.close)
    return engine


def master_key(settings: Settings) -> MasterKey:
    if settings.master_key is not None:
        return MasterKey(base64.b64decode(settings.master_key))
    return MasterKey.load(settings.key_file)


def start_feed(
    engine: Engine, *, processors: Sequence[str] | None = None, projections: Sequence[str] | None = None
) -> None:
    """The loop straight from the log: ears and projections, workers behind the ears, the timers. None = all."""
    engine.feed = LogFeed(engine.database, _consumers(engine, processors, projections))
    engine.executor.on_commit.append(engine.feed.wake)
    engine.feed.start()
    engine.stops.callback(engine.feed.stop)


def start_loop(engine: Engine, *, processors: Sequence[str] | None, projections: Sequence[str] | None) -> None:
    """The loop of a separate process: through Kafka where the settings name one, else straight from the log."""
    if engine.settings.kafka is None:
        start_feed(engine, processors=processors, projections=projections)
    else:
        start_kafka_feed(engine, engine.settings.kafka, processors=processors, projections=projections)


def start_kafka_feed(
    engine: Engine, bootstrap: str, *, processors: Sequence[str] | None = None, projections: Sequence[str] | None = None
) -> None:
    """The same consumers behind Kafka's topics. They cannot tell the difference."""
    from adapters.kafka.consumer import KafkaFeed

    consumers = _consumers(engine, processors, projections)
    feed = KafkaFeed(engine.database, bootstrap, consumers, prefix=engine.settings.kafka_topic_prefix)
    engine.executor.on_commit.append(feed.wake)
    feed.start()
    engine.stops.callback(feed.stop)


def start_relay(engine: Engine, bootstrap: str) -> Relay:
    """The log on its way into the topics. Any number of processes may have one: one of them leads."""
    from adapters.kafka.relay import Relay

    relay = Relay(engine.database, bootstrap, prefix=engine.settings.kafka_topic_prefix)
    engine.executor.on_commit.append(relay.wake)
    relay.start()
    engine.stops.callback(relay.stop)
    return relay


def start_workers(engine: Engine, processors: Sequence[str]) -> dict[str, Worker]:
    """The deciding half of the processors, and the ticker. They work the same behind either feed."""
    workers = {name: Worker(REGISTRY[name], engine.database, engine.executor) for name in processors}
    for worker in workers.values():
        worker.start()
        engine.stops.callback(worker.stop)
    if "auto_close" in workers:
        ticker = Ticker(engine.database, engine.executor, wake=_wake_all(workers))
        ticker.start()
        engine.stops.callback(ticker.stop)
    return workers


def start_delivery(engine: Engine) -> None:
    """Messages of ours on their way to the providers."""
    from adapters.delivery import Delivery

    delivery = Delivery(engine.database, engine.vault, engine.executor, provider_urls=engine.settings.provider_urls)
    delivery.start()
    engine.stops.callback(delivery.stop)


def start_server(engine: Engine, listener: socket.socket) -> Server:
    """The HTTP door; returns once it answers."""
    from adapters.delivery import SentMessages
    from adapters.http.app import create_app
    from adapters.http.parts import Parts
    from infra.server import Server, url_of

    app = create_app(
        Parts(
            engine.database,
            engine.vault,
            engine.log,
            engine.executor,
            schema=newest(),
            outbox=SentMessages(engine.database),
            public_url=engine.settings.public_url or url_of(listener),
            provider_urls=engine.settings.provider_urls,
        )
    )
    server = Server(app, listener, drain=lambda: setattr(app.state, "draining", True))
    server.start()
    return server


def _consumers(engine: Engine, processors: Sequence[str] | None, projections: Sequence[str] | None) -> list[Consumer]:
    from adapters.views.apply import consumers as views

    names = known_processors(processors)
    wanted = known_projections(projections)
    workers = start_workers(engine, names)
    ears: list[Consumer] = [Ear(REGISTRY[name], wake=workers[name].wake) for name in names]
    return [*ears, *views(wanted)]


def known_processors(names: Sequence[str] | None) -> list[str]:
    return _known("processor", names, list(REGISTRY))


def known_projections(names: Sequence[str] | None) -> list[str]:
    from projections.base import projections

    return _known("projection", names, list(projections()))


def _known(what: str, names: Sequence[str] | None, all_of_them: list[str]) -> list[str]:
    unknown = sorted(set(names or ()) - set(all_of_them))
    if unknown:
        sentence = f"There is no {what} {', '.join(unknown)}. There are: {', '.join(all_of_them)}."
        raise NotFound(f"{what}_unknown", sentence)
    return all_of_them if names is None else list(dict.fromkeys(names))


def _wake_all(workers: dict[str, Worker]) -> Callable[[], None]:
    def wake() -> None:
        for worker in workers.values():
            worker.wake()

    return wake
