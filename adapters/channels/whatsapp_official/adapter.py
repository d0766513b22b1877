"""WhatsApp's Cloud API as a channel: the contract, filled by this folder's functions."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels import graph_hooks
from adapters.channels.contract import Hooked, KeysFound, Outbound, Plain
from adapters.channels.files import FileRequest, FileWanted
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.channels.whatsapp_official import activation, inbound, listening, media, outbound
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.kinds import ChannelKind


class WhatsAppOfficial(Plain):
    kind: ChannelKind = "whatsapp_official"
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

    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None:
        return media.file_request(access, wanted)

    def check_activation(self, access: Access, typed: Mapping[str, Secret]) -> KeysFound:
        return activation.check_activation(access, typed)

    def set_webhook(self, access: Access, url: str, secret: Secret) -> Mapping[str, Secret]:
        return listening.set_webhook(access, url, secret)

    def trouble(self, access: Access) -> Degradation | None:
        return listening.trouble(access)

    def delete_webhook(self, access: Access) -> bool:
        return listening.delete_webhook(access)
