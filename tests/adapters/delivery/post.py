"""A dialog in the bakery that waits for an answer, and the delivery worker beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from adapters.channels import http_client
from adapters.channels.checks import Checker
from adapters.delivery import Delivery
from adapters.delivery.courier import Rates
from adapters.doubles.telegram import TelegramDouble
from domain.desk import channels
from domain.desk.answering import SendMessage
from domain.dialog.events import Author
from tests.adapters.channels.bakery import OWNER, SETTINGS, Bakery, bakery
from tests.store import TENANT

ANNA = Author(kind="agent", id="anna")


@dataclass
class Post:
    """`later` moves the delivery's clock; the store's stays. Without `rates` messages leave as fast as they can."""

    shop: Bakery
    delivery: Delivery
    ahead: timedelta
    rates: Rates = field(default_factory=dict)

    def asks(self, chat: int = 100) -> str:
        """A customer writes: the dialog that he opens or is in."""
        self.shop.telegram.customer_says(chat, "Bread?")
        assert self.shop.telegram.settle()
        return self.dialogs()[-1]

    def opens(self, channel: str, telegram: TelegramDouble) -> None:
        """A second channel, at a double of its own."""
        store = self.shop.store
        store.do(channels.CreateChannel(channel=channel, kind="telegram", name=channel))
        beside = replace(self.shop.connector, provider_urls={"telegram": telegram.url}, private_providers=True)
        Checker(beside).token(TENANT, channel, telegram.token, actor=OWNER)
        beside.save(TENANT, channel, SETTINGS | {"base_url": telegram.url}, actor=OWNER)

    def dialogs(self) -> list[str]:
        opened = self.shop.store.log.read(0, 10_000, kinds=["dialog.opened"])
        return [one.entity for one in opened]

    def answers(self, dialog: str, text: str, *, limited: bool = True) -> str:
        """Not `limited`: as a bot says it, who is told of the provider's limit by the message's failure."""
        command = SendMessage(dialog=dialog, client_key=text, author=ANNA, body=text, limited=limited)
        return str(self.shop.store.do(command).answer["message"])

    def reports(self, dialog: str) -> list[tuple[str, str]]:
        """What was reported, as (kind, code), in order."""
        kinds = ("dialog.message_delivered", "dialog.message_failed", "dialog.send_unknown")
        events = [one.event for one in self.shop.store.log.stream(TENANT, f"dialog-{dialog}")]
        return [(one.kind.partition(".")[2], getattr(one, "code", "")) for one in events if one.kind in kinds]

    def texts(self) -> list[str]:
        return [said.text for said in self.shop.telegram.sent]

    def later(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    def now(self, clock: datetime) -> datetime:
        return clock + self.ahead


@contextmanager
def post(rates: Rates | None = None) -> Iterator[Post]:
    with bakery() as shop, http_client() as client:
        made = Post(shop, None, timedelta(0), rates or {})  # type: ignore[arg-type]
        made.delivery = worker(made, client)
        try:
            yield made
        finally:
            made.delivery.stop()


def worker(made: Post, client: object) -> Delivery:
    store = made.shop.store
    return Delivery(
        store.database,
        store.vault,
        store.executor,
        client=client,  # type: ignore[arg-type]
        clock=made.now,
        provider_urls={"telegram": made.shop.telegram.url},
        rates=made.rates,
        private_providers=True,
    )
