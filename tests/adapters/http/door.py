"""A whole HTTP door for tests: a real database, the loop over the log, the application, and people with tokens."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import FastAPI
from starlette.testclient import TestClient

from adapters.feed.ears import Ear
from adapters.feed.log_feed import LogFeed
from adapters.feed.worker import Worker
from adapters.http.app import create_app
from adapters.http.parts import Parts
from adapters.http.tokens import Role, Tokens
from adapters.store.executor import Clock
from adapters.views.apply import consumers
from domain.desk.administration import SetAgent, SetGroup, SetPresence
from domain.desk.channels import CreateChannel, SaveChannel
from domain.desk.connecting import VerifyChannel
from domain.desk.intake import ReceiveMessage
from infra.migrate import newest
from processors import REGISTRY
from tests.store import TENANT, Store, store

STAFF: dict[str, Role] = {"root": "admin", "vera": "supervisor", "anna": "agent", "boris": "agent", "mia": "manager"}


@dataclass
class Office:
    """One company with its engine. `anna` and `boris` are agents, `vera` leads them, `root` administers;
    `mia` is a manager of the vendor."""

    store: Store
    feed: LogFeed
    app: FastAPI
    headers: dict[str, dict[str, str]] = field(default_factory=dict)

    def as_(self, who: str, **more: str) -> dict[str, str]:
        return self.headers[who] | {name.replace("_", "-"): value for name, value in more.items()}

    def token(self, who: str) -> str:
        return self.headers[who]["authorization"].removeprefix("Bearer ")

    def employ(self, who: str, role: Role, tenant: str = TENANT) -> None:
        token = Tokens(self.store.database).make(tenant, role, who)
        self.headers[who] = {"authorization": f"Bearer {token}"}

    def settle(self) -> int:
        """Wait until processors have nothing to do and the views show everything; the position that they show."""
        while True:
            head = self.store.log.head()
            assert self.feed.wait(head, timeout=20), "the views did not catch up"
            busy = self.store.rows("SELECT count(*) FROM parley.dirty")[0][0]
            if not busy and self.store.log.head() == head:
                return head

    def open_shop(self) -> None:
        """A Telegram channel whose dialogs go to group `first`, offered to the least busy of two agents."""
        for agent, name in (("anna", "Anna"), ("boris", "Boris")):
            self.store.do(SetAgent(agent=agent, name=name, capacity=100))
            self.store.do(SetPresence(agent=agent, to="ready"))
        changes = {"members": ["anna", "boris"], "algorithm": "least_busy", "answer_wait": 600}
        self.store.do(SetGroup(group="first", name="First line", changes=changes))
        self.store.do(CreateChannel(channel="tg", kind="telegram", name="Shop bot"))
        self.store.do(VerifyChannel(channel="tg", bot_name="Shop", external_id="42", fingerprint="f"))
        settings = {"receiver": {"kind": "group", "id": "first"}, "auto_close": {"value": 12, "unit": "hours"}}
        self.store.do(SaveChannel(channel="tg", changes=settings, account_key="42"))

    def hears(self, text: str, customer: str = "ivan", name: str = "Ivan Petrov", number: int = 1) -> str:
        """A customer writes; the id of his dialog."""
        arrived = ReceiveMessage(
            channel="tg",
            provider="telegram",
            external_key=f"{customer}-{number}",
            provider_id=str(number),
            sender_key=customer,
            sender_id=customer,
            body=text,
            profile=(("name", name),),
        )
        return str(self.store.do(arrived).answer["dialog"])


@contextmanager
def office(*, clock: Clock | None = None, **parts: Any) -> Iterator[Office]:
    with ExitStack() as stack:
        made = stack.enter_context(store(clock=clock))
        workers = {name: Worker(REGISTRY[name], made.database, made.executor) for name in REGISTRY}
        for worker in workers.values():
            worker.start()
            stack.callback(worker.stop)
        ears = [Ear(REGISTRY[name], wake=workers[name].wake) for name in REGISTRY]
        feed = LogFeed(made.database, [*ears, *consumers()])
        made.executor.on_commit.append(feed.wake)
        feed.start()
        stack.callback(feed.stop)
        app = create_app(Parts(made.database, made.vault, made.log, made.executor, schema=newest(), **parts))
        one = Office(made, feed, app)
        for who, role in STAFF.items():
            one.employ(who, role)
        yield one


@contextmanager
def client_of(one: Office) -> Iterator[TestClient]:
    with TestClient(one.app, base_url="http://127.0.0.1", raise_server_exceptions=False) as client:
        yield client
