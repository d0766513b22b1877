"""Telegram as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.contract import Account, Outbound
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.channels.telegram import connect, inbound, outbound, webhook
from adapters.vault.secrets import Secret
from domain.kinds import ChannelKind


class Telegram:
    kind: ChannelKind = "telegram"
    signs_body = False

    def clean_token(self, text: str) -> Secret:
        return connect.clean_token(text)

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes, secret: Secret) -> bool:
        return webhook.verify(headers, secret)

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)

    def check_token(self, access: Access) -> Account | None:
        return connect.check_token(access)

    def foreign_webhook(self, access: Access, ours: str) -> str | None:
        return connect.foreign_webhook(access, ours)

    def set_webhook(self, access: Access, url: str, secret: Secret) -> None:
        connect.set_webhook(access, url, secret)

    def delete_webhook(self, access: Access) -> bool:
        return connect.delete_webhook(access)
