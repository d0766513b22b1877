"""The administrator of the example world: makes channels, connects them in the way of their kind, saves them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from adapters.channels.checks import Checker
from adapters.channels.connecting import Connector
from adapters.channels.keys import channel_owner
from adapters.channels.logins import Logins
from adapters.store.requests import Request
from domain.desk.channels import CreateChannel
from domain.desk.connecting import IssueIdentifier
from domain.errors import Unavailable
from domain.kinds import ChannelKind
from domain.recorded import Actor

MANAGER = Actor(kind="manager", id="maria")


@dataclass(frozen=True)
class Clerk:
    """Raises what a command is refused with."""

    connector: Connector
    tenant: str

    def makes(self, channel: str, kind: ChannelKind, name: str) -> bool:
        """False: it was there already."""
        created = self.does(CreateChannel(channel=channel, kind=kind, name=name))
        return bool(created["outcome"] == "created")

    def types(self, channel: str, **credentials: str) -> dict[str, Any]:
        return Checker(self.connector).credentials(self.tenant, channel, credentials, actor=MANAGER)

    def activates(self, channel: str, number: str, **secrets: str) -> None:
        """As a manager of the vendor."""
        Checker(self.connector).activation(self.tenant, channel, number, secrets, actor=MANAGER)

    def logs_in(self, channel: str, choose: str | None = None) -> None:
        """At the provider's pages, which agree at once; once more where it wants to be asked for what was chosen."""
        logins = Logins(self.connector)
        self._visits(logins, logins.begin(self.tenant, channel, actor=MANAGER)["url"])
        if choose is not None:
            chosen = logins.choose(self.tenant, channel, (choose,), actor=MANAGER)
            if "url" in chosen:
                self._visits(logins, chosen["url"])

    def saves(self, channel: str, **changes: object) -> dict[str, Any]:
        return self.connector.save(self.tenant, channel, changes, actor=MANAGER)

    def secrets(self, channel: str) -> Mapping[str, str]:
        """What the provider has given us on another day: its stand-in of today must know it too."""
        known = self.connector.vault.secrets_of(self.tenant, channel_owner(channel))
        return {name: secret.reveal() for name, secret in known.items()}

    def copies_url(self, channel: str) -> str:
        return str(self.connector.issue_url(self.tenant, channel, actor=MANAGER)["url"])

    def issues_chat_id(self, channel: str) -> None:
        self.does(IssueIdentifier(channel=channel))

    def hook(self, channel: str) -> str:
        state = self.connector.accesses.state(self.tenant, channel)
        return self.connector.hook_url(self.tenant, channel, state) or ""

    def tells_our_address(self, channel: str) -> None:
        self.connector.listen(self.tenant, channel)

    def does(self, command: Any) -> dict[str, Any]:
        asked = Request(tenant=self.tenant, command=command, actor=MANAGER, remember=False)
        return self.connector.executor.execute(asked).answer

    def _visits(self, logins: Logins, url: str) -> None:
        sent_back = self.connector.client.get(url).headers.get("location", "")
        if not sent_back:
            raise Unavailable("provider_unavailable", "The stand-in of a provider has not let the clerk in.")
        logins.finish(self.tenant, dict(parse_qsl(urlsplit(sent_back).query)), actor=MANAGER)
