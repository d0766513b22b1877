"""Yandex.Dialogs as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.channels.contract import Hooked, Outbound, Plain
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.channels.yandex_dialogs import answers, inbound, outbound, webhook
from adapters.channels.yandex_dialogs.chats import Chats
from adapters.vault.secrets import Secret
from domain.kinds import ChannelKind


class YandexDialogs(Plain):
    """`chats` None: nobody has plugged in the closed protocol of chats for business."""

    kind: ChannelKind = "yandex_dialogs"
    signs_body = True
    address_proves = True
    longest_turn = answers.LONGEST_TEXT
    joint = answers.JOINT

    def __init__(self, chats: Chats | None = None) -> None:
        self._chats = chats

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        if self._chats is not None and self._chats.owns(hooked.raw):
            return self._chats.verify_webhook(hooked, secrets)
        return webhook.verify(hooked)

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        if self._chats is not None and self._chats.owns(raw):
            return self._chats.parse(raw, headers)
        return inbound.parse(raw)

    def acknowledgement(self, things: Sequence[Inbound]) -> str:
        return answers.body(b"", things, (), taken=True)

    def answer(self, raw: bytes, things: Sequence[Inbound], waiting: Sequence[str], *, taken: bool) -> str:
        return answers.body(raw, things, waiting, taken=taken)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        if self._chats is not None:
            return self._chats.send(access, chat, message)
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)
