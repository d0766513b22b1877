"""Telegram as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.contract import Account, Hooked, Outbound, Plain
from adapters.channels.files import FileRequest, FileWanted
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.keys import HOOK_SECRET
from adapters.channels.outcomes import SendResult
from adapters.channels.telegram import connect, files, inbound, outbound, webhook
from adapters.channels.tokens import clean_token
from adapters.vault.secrets import Secret
from domain.kinds import ChannelKind


class Telegram(Plain):
    kind: ChannelKind = "telegram"

    def clean_token(self, text: str) -> Secret:
        return clean_token(text)

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        return webhook.verify(hooked.headers, secrets.get(HOOK_SECRET, Secret("")))

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None:
        return files.file_request(access, wanted)

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
