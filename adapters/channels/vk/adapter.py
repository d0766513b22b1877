"""VK as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.channels.contract import Hooked, Outbound, Plain
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.keys import HOOK_SECRET
from adapters.channels.outcomes import SendResult
from adapters.channels.vk import inbound, outbound, webhook
from adapters.vault.secrets import Secret
from domain.kinds import ChannelKind


class Vk(Plain):
    kind: ChannelKind = "vk"
    signs_body = True

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        return webhook.verify(hooked.raw, secrets.get(HOOK_SECRET, Secret("")))

    def acknowledgement(self, things: Sequence[Inbound]) -> str:
        return "ok"

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)
