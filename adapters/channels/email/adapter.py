"""E-mail as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.contract import Hooked, Outbound, Plain
from adapters.channels.email import inbound, outbound
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret
from domain.kinds import ChannelKind


class Email(Plain):
    kind: ChannelKind = "email"

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        """Nobody posts letters to us: whoever does is not believed."""
        return False

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)
