"""Messenger as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels import graph_hooks
from adapters.channels.contract import Going, Hooked, LoggedIn, Outbound, Plain
from adapters.channels.facebook import inbound, listening, login, outbound, people
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret
from domain.channel import Degradation, LoginFailure
from domain.kinds import ChannelKind


class Facebook(Plain):
    kind: ChannelKind = "facebook"
    signs_body = True
    names_account = True

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        return graph_hooks.verify(hooked, secrets)

    def challenge(self, query: Mapping[str, str], secrets: Mapping[str, Secret]) -> str | None:
        return graph_hooks.challenge(query, secrets)

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)

    def login_url(self, access: Access, going: Going) -> str:
        return login.login_url(access, going)

    def logged_in(self, access: Access, going: Going, query: Mapping[str, str]) -> LoggedIn | LoginFailure:
        return login.logged_in(access, going, query)

    def set_webhook(self, access: Access, url: str, secret: Secret) -> None:
        listening.set_webhook(access, url, secret)

    def trouble(self, access: Access) -> Degradation | None:
        return listening.trouble(access)

    def delete_webhook(self, access: Access) -> bool:
        return listening.delete_webhook(access)

    def who_is(self, access: Access, external_id: str) -> Mapping[str, str]:
        return people.who_is(access, external_id)
