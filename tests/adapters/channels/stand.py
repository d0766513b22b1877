"""A stand for channels of any kind: a real store, the hook route over HTTP, all that connects, a double's address.

with stand("vk", double.url, app=App(CLIENT_ID, Secret(CLIENT_SECRET))) as made:
    made.logs_in("shop")
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2

from adapters.channels import http_client
from adapters.channels.checks import Checker
from adapters.channels.connecting import Connector
from adapters.channels.dispatch import Dispatch
from adapters.channels.doors import Doors
from adapters.channels.hooks import Hooks
from adapters.channels.http_client import App
from adapters.channels.keys import channel_owner
from adapters.channels.logins import Logins
from adapters.delivery import SentMessages
from adapters.intake import Intake
from adapters.store.executor import Clock
from domain.channel import Channel
from domain.desk import administration as admin
from domain.desk import channels
from domain.kinds import ChannelKind
from tests.adapters.channels.bakery import OWNER, SETTINGS, served
from tests.store import TENANT, Store, store


@dataclass
class Stand:
    """`client`: what a person's browser and the engine call with; it follows no redirect by itself."""

    kind: ChannelKind
    store: Store
    hooks: Hooks
    connector: Connector
    client: httpx2.Client

    @property
    def logins(self) -> Logins:
        return Logins(self.connector)

    def made(self, channel: str) -> None:
        self.store.do(channels.CreateChannel(channel=channel, kind=self.kind, name=channel.title()))

    def begins(self, channel: str = "shop", **changes: Any) -> dict[str, Any]:
        return self.logins.begin(TENANT, channel, actor=OWNER, **changes)

    def visits(self, url: str) -> dict[str, str]:
        """He opens the provider's page, and comes back with this query."""
        answer = self.client.get(url)
        assert answer.status_code == 302, answer.text
        where = urlsplit(answer.headers["location"])
        assert where.path == f"/oauth/{self.kind}"
        return dict(parse_qsl(where.query))

    def finishes(self, query: Mapping[str, str]) -> dict[str, Any]:
        return self.logins.finish(TENANT, query, actor=OWNER)

    def logs_in(self, channel: str = "shop") -> dict[str, Any]:
        return self.finishes(self.visits(self.begins(channel)["url"]))

    def chooses(self, chosen: str, channel: str = "shop") -> dict[str, Any]:
        """With the second visit, where the provider wants one."""
        answer = self.logins.choose(TENANT, channel, (chosen,), actor=OWNER)
        return self.finishes(self.visits(answer["url"])) if "url" in answer else answer

    def checks(self, typed: Mapping[str, str], channel: str = "shop") -> dict[str, Any]:
        """What was typed into the form of the kind, and Enter."""
        return Checker(self.connector).credentials(TENANT, channel, typed, actor=OWNER)

    def saves(self, channel: str = "shop", changes: Mapping[str, object] = SETTINGS) -> dict[str, Any]:
        return self.connector.save(TENANT, channel, changes, actor=OWNER)

    def leaves(self, channel: str = "shop") -> dict[str, Any]:
        asked = self.connector.disconnect(TENANT, channel, actor=OWNER)
        return self.connector.disconnect(TENANT, channel, actor=OWNER, consent=asked["consent_id"])

    def state(self, channel: str = "shop") -> Channel:
        return self.connector.accesses.state(TENANT, channel)

    def secrets(self, channel: str = "shop") -> dict[str, str]:
        known = self.store.vault.secrets_of(TENANT, channel_owner(channel))
        return {name: secret.reveal() for name, secret in known.items()}

    def kinds(self, channel: str = "shop") -> list[str]:
        return [one.event.kind for one in self.store.log.stream(TENANT, f"channel-{channel}")]

    def events(self, kind: str) -> list[Any]:
        return [one.event for one in self.store.log.read(0, 10_000, kinds=[kind])]


@contextmanager
def stand(kind: ChannelKind, url: str, *, app: App | None = None, clock: Clock | None = None) -> Iterator[Stand]:
    """With the channel `shop` of this kind, not connected yet."""
    apps: dict[str, App] = {kind: app} if app else {}
    with store(clock=clock) as made, http_client() as client:
        intake = Intake(made.executor, made.vault, SentMessages(made.database))
        dispatch = Dispatch(made.database, made.vault)
        hooks = Hooks(Doors(made.database, made.vault, apps), intake, dispatch=dispatch)
        with served(hooks) as public:
            connector = Connector(made.database, made.vault, made.executor, client, public, {kind: url}, apps)
            hooks._accesses = connector.accesses  # the hook's address is known only once it is served
            hooks._public_url = public
            built = Stand(kind, made, hooks, connector, client)
            made.do(admin.SetAgent(agent="anna", name="Anna"))
            made.do(admin.SetPresence(agent="anna", to="ready"))
            made.do(admin.SetGroup(group="bakers", name="Bakers", changes={"members": ["anna"]}))
            built.made("shop")
            yield built
