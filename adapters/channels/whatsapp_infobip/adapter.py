"""Infobip as a channel: the contract, filled by this folder's functions.

Nobody can be told our address by a call: the administrator copies it into the number's settings at Infobip (C15).
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.contract import Hooked, KeysFound, Outbound, Plain
from adapters.channels.files import FileRequest, FileWanted
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.channels.whatsapp_infobip import inbound, keys, media, outbound, webhook
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.kinds import ChannelKind


class Infobip(Plain):
    kind: ChannelKind = "whatsapp_infobip"
    address_proves = True
    names_account = True

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        return webhook.verify(hooked, secrets)

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)

    def check_keys(self, access: Access, typed: Mapping[str, Secret]) -> KeysFound:
        return keys.check_keys(access, typed)

    def trouble(self, access: Access) -> Degradation | None:
        return keys.trouble(access)

    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None:
        return media.file_request(access, wanted)
