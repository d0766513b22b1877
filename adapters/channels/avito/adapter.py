"""Avito as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.avito import inbound, listening, login, outbound, polling
from adapters.channels.contract import Going, Hooked, LoggedIn, Outbound, Plain, Polled
from adapters.channels.files import FileRequest, FileWanted
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret
from domain.channel import Degradation, LoginFailure
from domain.kinds import ChannelKind


class Avito(Plain):
    kind: ChannelKind = "avito"
    address_proves = True
    poll_every = polling.EVERY

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        return True

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

    def refresh(self, access: Access) -> Mapping[str, Secret] | None:
        return login.refresh(access)

    def set_webhook(self, access: Access, url: str, secret: Secret) -> Mapping[str, Secret] | None:
        return listening.set_webhook(access, url)

    def delete_webhook(self, access: Access) -> bool:
        return listening.delete_webhook(access)

    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None:
        return listening.file_request(access, wanted)

    def poll(self, access: Access, cursor: str) -> Polled:
        return polling.poll(access, cursor)

    def trouble(self, access: Access) -> Degradation | None:
        return listening.trouble(access)

    def who_is(self, access: Access, external_id: str) -> Mapping[str, str]:
        return listening.who_is(access, external_id)
