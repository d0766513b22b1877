"""MessageBird as a channel: the contract, filled by the generation of its interface that is in use."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.contract import Hooked, KeysFound, Outbound, Plain
from adapters.channels.files import FileRequest, FileWanted
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.channels.whatsapp_messagebird.conversations import ConversationsApi
from adapters.channels.whatsapp_messagebird.provider import MessageBirdProvider
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.kinds import ChannelKind


class MessageBird(Plain):
    """The address proves who calls; where a signing key was given, only a signature made with it does."""

    kind: ChannelKind = "whatsapp_messagebird"
    signs_body = True
    address_proves = True

    def __init__(self, provider: MessageBirdProvider | None = None) -> None:
        self._provider = provider or ConversationsApi()

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        return self._provider.verify(hooked, secrets)

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return self._provider.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return self._provider.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return self._provider.classify(status, body)

    def check_keys(self, access: Access, typed: Mapping[str, Secret]) -> KeysFound:
        return self._provider.check_keys(access, typed)

    def set_webhook(self, access: Access, url: str, secret: Secret) -> Mapping[str, Secret]:
        return self._provider.set_webhook(access, url)

    def delete_webhook(self, access: Access) -> bool:
        return self._provider.delete_webhook(access)

    def trouble(self, access: Access) -> Degradation | None:
        return self._provider.trouble(access)

    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None:
        return self._provider.file_request(access, wanted)
