"""A Facebook page whose dialogs begin with a bot, on a real store, with the worker that calls the bot beside it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from adapters.bots import BotCalls, Registry
from adapters.channels import http_client
from adapters.doubles.bot import BotDouble, Call
from adapters.store.codec import Codec
from domain.desk.administration import SetAgent, SetGroup
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.intake import ReceiveMessage
from domain.desk.waking import WakeDialog
from domain.dialog.state import Dialog
from domain.recorded import Actor
from tests.connections import connects
from tests.store import TENANT, Store, store

ROOT = Actor(kind="manager", id="root")
PAGE = "page"


@dataclass
class Page:
    """`later` moves the store's clock and the worker's together."""

    store: Store
    bot: BotDouble
    registry: Registry
    secret: str = ""
    token: str = ""
    calls: BotCalls = field(init=False)
    ahead: timedelta = timedelta(0)
    said: int = 0

    def says(self, text: str = "Hello", customer: str = "ivan") -> str:
        """A customer writes; the id of his dialog."""
        self.said += 1
        message = ReceiveMessage(
            channel=PAGE,
            provider="facebook",
            external_key=f"{customer} {self.said}",
            provider_id=str(self.said),
            sender_key=customer,
            sender_id=customer,
            body=text,
            profile=(("name", customer.title()),),
        )
        return str(self.store.do(message).answer["dialog"])

    def setting(self, **changes: Any) -> None:
        wanted = {name.replace("__", "."): value for name, value in changes.items()}
        self.store.do(SaveChannel(channel=PAGE, changes=wanted, account_key="42"))

    def dialog(self, dialog: str) -> Dialog:
        from adapters.store.heads import Kept, StoredHeads

        with self.store.database.pool.connection() as connection:
            state: Dialog = StoredHeads(connection, TENANT, Kept()).head(f"dialog-{dialog}").state
        return state

    def answers(self, dialog: str) -> list[str]:
        """What the bot has said in this dialog, in order."""
        codec = Codec(self.store.vault)
        events = [codec.opened(TENANT, one.event) for one in self.store.log.stream(TENANT, f"dialog-{dialog}")]
        return [str(one.body) for one in events if one.kind == "dialog.message_sent"]  # type: ignore[attr-defined]

    def hand_offs(self, dialog: str) -> list[str]:
        events = [one.event for one in self.store.log.stream(TENANT, f"dialog-{dialog}")]
        return [one.reason for one in events if one.kind == "dialog.bot_handed_off"]  # type: ignore[attr-defined]

    def rounds(self, number: int = 8, *, apart: float = 3.0) -> list[int]:
        """Rounds of the worker, with so many seconds between them; the calls that each made."""
        made = []
        for _ in range(number):
            made.append(self.calls.run_once())
            self.later(apart)
        return made

    def later(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    def rings(self, dialog: str) -> None:
        """The dialog's timer."""
        self.store.do(WakeDialog(dialog=dialog))

    def now(self, clock: datetime) -> datetime:
        return clock + self.ahead

    def worker(self, client: Any, **more: Any) -> BotCalls:
        made = self.store
        return BotCalls(
            made.database, made.vault, made.executor, client=client, clock=self.now, **({"private": True} | more)
        )


@contextmanager
def page(answering: Any = None) -> Iterator[Page]:
    made: list[Page] = []

    def clock(now: datetime) -> datetime:
        return made[0].now(now) if made else now

    double = BotDouble(answering) if answering is not None else BotDouble()
    with store(clock=clock) as kept, double as bot, http_client() as client:
        one = Page(kept, bot, Registry(kept.database, kept.vault, kept.executor, private=True))
        made.append(one)
        one.calls = one.worker(client)
        _open(one)
        try:
            yield one
        finally:
            one.calls.stop()


def _open(one: Page) -> None:
    answer = one.registry.put(TENANT, "greeter", one.bot.url, actor=ROOT, name="Greeter")
    one.secret, one.token = answer["secret"], answer["token"]
    one.store.do(SetAgent(agent="anna", name="Anna"))
    one.store.do(SetGroup(group="support", name="Support", changes={"members": ["anna"]}))
    one.store.do(CreateChannel(channel=PAGE, kind="facebook", name="Page"))
    for step in connects(PAGE, "facebook"):
        one.store.do(step)
    one.setting(
        receiver={"kind": "bot", "id": "greeter"},
        auto_close={"value": 1, "unit": "days"},
        bot__fallback={"kind": "group", "id": "support"},
    )


def genuine(call: Call, secret: str) -> bool:
    """Verified as the page of Standard Webhooks describes it, without a line of ours."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = f"{call.headers['webhook-id']}.{call.headers['webhook-timestamp']}.".encode() + call.raw
    expected = "v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(expected, given) for given in call.headers["webhook-signature"].split(" "))
