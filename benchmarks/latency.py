"""From a message's arrival to the offer that it causes, at 100 new dialogs a second: embedded, and through Kafka.

Measured in the process that runs the loop: the moment before the command is handed in, to the commit of its
`dialog.offers_made`. The executor's commit listener sees both without adding to either.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from adapters.feed.ears import Ear
from adapters.feed.worker import Worker
from adapters.kafka.consumer import KafkaFeed
from adapters.kafka.relay import Relay
from adapters.store.requests import Request
from benchmarks.report import Comparison
from domain.desk.administration import SetAgent
from domain.recorded import Recorded
from infra.kafka.topics import ensure_topics
from processors import REGISTRY
from tests.broker import broker_address, topic_prefix
from tests.desk import open_shop, says
from tests.loop import running
from tests.store import TENANT, Store, store

RATE, SECONDS = 100, 10


def run(*, smoke: bool) -> Iterator[Comparison]:
    seconds = 1 if smoke else SECONDS
    for road, through in (("embedded feed", _embedded), ("through Kafka", _kafka)):
        with store() as shop:
            open_shop(shop, capacity=1000)
            shop.do(SetAgent(agent="anna", capacity=1000))
            with through(shop):
                delays = _drive(shop, RATE * seconds)
        for name, share in (("p50", 0.5), ("p99", 0.99)):
            bound = 150 if name == "p99" else None
            value = delays[min(len(delays) - 1, int(len(delays) * share))] * 1000
            yield Comparison(f"message in → offered, 100/s, {road}, {name} ms", value, at_most=bound)


def _drive(shop: Store, messages: int) -> list[float]:
    arrived: dict[str, float] = {}
    delays: dict[str, float] = {}

    def listen(recorded: Sequence[Recorded]) -> None:
        now = time.perf_counter()
        for one in recorded:
            if one.event.kind == "dialog.offers_made":
                delays.setdefault(one.entity, now)

    shop.executor.on_commit.append(listen)
    began = time.perf_counter()
    for number in range(messages):
        time.sleep(max(0.0, began + number / RATE - time.perf_counter()))
        start = time.perf_counter()
        future = shop.executor.submit(Request(tenant=TENANT, command=says(f"customer {number}")))
        future.add_done_callback(lambda done, start=start: arrived.__setitem__(done.result().answer["dialog"], start))
    _until(lambda: len(delays) >= messages)
    shop.executor.on_commit.remove(listen)
    return sorted(delays[dialog] - start for dialog, start in arrived.items())


def _until(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            raise TimeoutError("Not every dialog was offered.")
        time.sleep(0.05)


@contextmanager
def _embedded(shop: Store) -> Iterator[None]:
    with running(shop):
        yield


@contextmanager
def _kafka(shop: Store) -> Iterator[None]:
    address, prefix = broker_address(), topic_prefix()
    ensure_topics(address, partitions=3, prefix=prefix)
    workers = {name: Worker(processor, shop.database, shop.executor) for name, processor in REGISTRY.items()}
    ears = [Ear(processor, wake=workers[name].wake) for name, processor in REGISTRY.items()]
    relay = Relay(shop.database, address, prefix=prefix)
    feed = KafkaFeed(shop.database, address, ears, prefix=prefix, group=prefix)
    shop.executor.on_commit.append(relay.wake)
    for part in (relay, feed, *workers.values()):
        part.start()
    feed.wait(shop.log.head(), timeout=60)
    try:
        yield
    finally:
        shop.executor.on_commit.remove(relay.wake)
        for part in (feed, relay, *workers.values()):
            part.stop()
