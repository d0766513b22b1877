"""The first generation: the Conversations API of MessageBird's "Connectivity Platform" (legacy, unconfirmed)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from time import time

from adapters.channels.contract import Hooked, KeysFound, Outbound
from adapters.channels.files import FileRequest, FileWanted
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.channels.whatsapp_messagebird import inbound, keys, listening, media, outbound
from adapters.channels.whatsapp_messagebird.calls import SIGNING_KEY
from adapters.channels.whatsapp_messagebird.seen import Seen
from adapters.channels.whatsapp_messagebird.signature import HEADER, believed
from adapters.vault.secrets import Secret
from domain.channel import Degradation


class ConversationsApi:
    """`clock`: seconds since 1970. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._seen = Seen()

    def verify(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool:
        """Without a signing key of the channel the secret in the address has proved enough; with one, only a signed
        request counts, and each signature once. A repeat of MessageBird's own is signed anew: its tokens last a minute.
        """
        key, now = secrets.get(SIGNING_KEY), self._clock()
        if key is None or hooked.values.get(SIGNING_KEY, key) is None:
            return True
        proof = believed(hooked.headers.get(HEADER, ""), hooked.url, hooked.raw, key, now)
        return proof is not None and self._seen.first(proof.id, proof.until, now)

    def parse(self, raw: bytes) -> list[Inbound]:
        return inbound.parse(raw)

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        return outbound.send(access, chat, message)

    def classify(self, status: int, body: bytes) -> SendResult:
        return outbound.classify(status, body)

    def check_keys(self, access: Access, typed: Mapping[str, Secret]) -> KeysFound:
        return keys.check_keys(access, typed)

    def set_webhook(self, access: Access, url: str) -> Mapping[str, Secret]:
        return listening.set_webhook(access, url)

    def delete_webhook(self, access: Access) -> bool:
        return listening.delete_webhook(access)

    def trouble(self, access: Access) -> Degradation | None:
        return listening.trouble(access)

    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None:
        return media.file_request(access, wanted)
