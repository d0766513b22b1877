"""The composition root: the parts of one engine put together, started in order and stopped in the reverse order.

Everything here is choice of parts; what the parts do stands in their own rooms.
"""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from adapters.delivery import Delivery
from adapters.views.apply import consumers as projection_consumers

from adapters.feed import Consumer
from adapters.feed.ears import Ear
from adapters.feed.log_feed import LogFeed
from adapters.feed.timers import Ticker
from adapters.feed.worker import Worker
from adapters.store.database import Database
from adapters.store.executor import Clock, Executor
from adapters.store.log import Log
from adapters.vault import MasterKey, Vault
from domain.errors import Unavailable
from infra.checks import refuse_unsafe
from infra.settings import Settings
from processors import ALL_HANDLERS, REGISTRY

log = logging.getLogger("parley")


@dataclass
class Engine:
    """What every door needs. `stops` run in reverse order at the end."""

    settings: Settings
    database: Database
    vault: Vault
    log: Log
    executor: Executor
    feed: LogFeed | None = None
    delivery: Delivery | None = None
    stops: list[Callable[[], None]] = field(default_factory=list)

    def stop(self) -> None:
        for stop in reversed(self.stops):
            stop()
        self.stops.clear()

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
    engine.stops += [database.close, executor.close]
    return engine


def master_key(settings: Settings) -> MasterKey:
    if settings.master_key is not None:
        return MasterKey(base64.b64decode(settings.master_key))
    return MasterKey.load(settings.key_file)


def start_feed(
    engine: Engine, *, processors: Sequence[str] | None = None, projections: Sequence[str] | None = None
) -> None:
    """The loop straight from the log: ears and projections, workers behind the ears, the timers. None = all."""
    names = list(REGISTRY) if processors is None else list(processors)
    workers = start_workers(engine, names)
    ears: list[Consumer] = [Ear(REGISTRY[name], wake=workers[name].wake) for name in names]
    engine.feed = LogFeed(engine.database, [*ears, *projection_consumers(projections)])
    engine.executor.on_commit.append(engine.feed.wake)
    engine.feed.start()
    engine.stops.append(engine.feed.stop)


def start_workers(engine: Engine, processors: Sequence[str]) -> dict[str, Worker]:
    """The deciding half of the processors, and the ticker. They work the same behind either feed."""
    workers = {name: Worker(REGISTRY[name], engine.database, engine.executor) for name in processors}
    for worker in workers.values():
        worker.start()
        engine.stops.append(worker.stop)
    if "auto_close" in workers:
        ticker = Ticker(engine.database, engine.executor, wake=_wake_all(workers))
        ticker.start()
        engine.stops.append(ticker.stop)
    return workers


def start_delivery(engine: Engine) -> None:
    """Messages of ours on their way to the providers."""
    engine.delivery = Delivery(engine.database, engine.vault, engine.executor)
    engine.delivery.start()
    engine.stops.append(engine.delivery.stop)


def _wake_all(workers: dict[str, Worker]) -> Callable[[], None]:
    def wake() -> None:
        for worker in workers.values():
            worker.wake()

    return wake


def data_folder(settings: Settings) -> Path:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    return settings.data
