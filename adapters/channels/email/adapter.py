"""E-mail as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.contract import Going, Hooked, LoggedIn, Outbound, Patience, Plain, Polled
from adapters.channels.email import checking, inbound, login, outbound, polling
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret
from domain.channel import LoginFailure
from domain.kinds import ChannelKind


class Email(Plain):
    kind: ChannelKind = "email"
    poll_every = polling.EVERY

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        """Nobody posts letters to us: whoever does is not believed."""
        return False

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)

    def check_mailbox(self, access: Access, address: str, credentials: Mapping[str, Secret]) -> bool:
        return checking.check_mailbox(access, address, credentials)

    def login_url(self, access: Access, going: Going) -> str:
        return login.login_url(access, going)

    def logged_in(self, access: Access, going: Going, query: Mapping[str, str]) -> LoggedIn | LoginFailure:
        return login.logged_in(access, going, query)

    def refresh(self, access: Access) -> Mapping[str, Secret] | None:
        return login.refresh(access)

    def cursor_at(self, moment: float) -> str:
        return polling.Cursor(moment).text()

    def poll(self, access: Access, cursor: str) -> Polled:
        return polling.poll(access, cursor, Patience())

    def poll_patiently(self, access: Access, cursor: str, patience: Patience) -> Polled:
        return polling.poll(access, cursor, patience)
