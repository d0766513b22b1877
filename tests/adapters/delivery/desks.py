"""A desk at a stand: Anna answers and writes first, the delivery worker runs, our clock can be moved ahead."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic, sleep
from typing import Any

from adapters import first_contact
from adapters.delivery import Delivery
from domain.desk.answering import SendMessage
from domain.dialog.events import Author
from tests.adapters.channels.stand import Stand
from tests.store import TENANT

ANNA = Author(kind="agent", id="anna")


@dataclass
class Ahead:
    """Our clock; the doubles' have their own."""

    by: timedelta = timedelta(0)

    def __call__(self, now: datetime) -> datetime:
        return now + self.by


@dataclass
class Desk:
    shop: Stand
    clock: Ahead
    delivery: Any = None

    def dialogs(self) -> list[str]:
        return [one.entity for one in self.shop.store.log.read(0, 10_000, kinds=["dialog.opened"])]  # type: ignore[attr-defined]

    def answers(self, text: str) -> str:
        command = SendMessage(dialog=self.dialogs()[-1], client_key=text, author=ANNA, body=text)
        return str(self.shop.store.do(command).answer["message"])

    def writes_first(self, to: str, text: str, template: str | None) -> None:
        told = {"agent": "anna", "by": "anna", "body": text, "client_key": text, "template": template}
        command = first_contact.start(self.shop.store.vault, TENANT, "shop", self.shop.kind, to, **told)  # type: ignore[arg-type]
        self.shop.store.do(command)

    def hears(self, *kinds: str, number: int = 1) -> list[Any]:
        """Events of these kinds, as soon as there are so many, or when time is up."""
        end = monotonic() + 5
        while len(found := [one for kind in kinds for one in self.shop.events(kind)]) < number and monotonic() < end:
            sleep(0.02)
        return found


@contextmanager
def desk(shop: Stand, clock: Ahead) -> Iterator[Desk]:
    made = Desk(shop, clock)
    store, connector = shop.store, shop.connector
    made.delivery = Delivery(
        store.database,
        store.vault,
        store.executor,
        client=shop.client,
        clock=clock,
        provider_urls=connector.provider_urls,
        apps=connector.apps,
    )
    made.delivery.start()
    try:
        yield made
    finally:
        made.delivery.stop()
