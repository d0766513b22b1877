"""The loop: consumers behind a feed, workers behind the ears, timers, relay. The same parts behind either feed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from adapters.feed import Consumer
from adapters.feed.ears import Ear
from adapters.feed.log_feed import LogFeed
from adapters.feed.timers import Ticker
from adapters.feed.worker import Worker
from domain.errors import NotFound
from processors import REGISTRY

if TYPE_CHECKING:
    from adapters.kafka.relay import Relay
    from infra.engine import Engine


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
    engine: Engine,
    bootstrap: str,
    *,
    processors: Sequence[str] | None = None,
    projections: Sequence[str] | None = None,
    group: str = "parley",
) -> None:
    """The same consumers behind Kafka's topics. They cannot tell the difference.

    Processes of one `group` share the partitions. Positions are ours, in PostgreSQL, so a process that is alone may
    take a fresh group at each start: then it need not wait until the broker has given up on one that was killed.
    """
    from adapters.kafka.consumer import KafkaFeed

    consumers = _consumers(engine, processors, projections)
    feed = KafkaFeed(engine.database, bootstrap, consumers, prefix=engine.settings.kafka_topic_prefix, group=group)
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
