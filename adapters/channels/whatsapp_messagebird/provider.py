"""The seam between the channel and a generation of MessageBird's interface: what each of them must be able to do.

There are three. The first (Conversations API, key and channel id) is the one that the form of this kind asks for, and
the only one built; the second (Bird's Channels API, workspace and channel) and the third (2026, with an idempotency
key) would be classes beside `ConversationsApi`, chosen in `adapter`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from adapters.channels.contract import Hooked, KeysFound, Outbound
from adapters.channels.files import FileRequest, FileWanted
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret
from domain.channel import Degradation


class MessageBirdProvider(Protocol):
    """Shapes and errors as in `adapters.channels.contract`."""

    def verify(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool: ...
    def parse(self, raw: bytes) -> list[Inbound]: ...
    def send(self, access: Access, chat: str, message: Outbound) -> SendResult: ...
    def classify(self, status: int, body: bytes) -> SendResult: ...
    def check_keys(self, access: Access, typed: Mapping[str, Secret]) -> KeysFound: ...
    def set_webhook(self, access: Access, url: str) -> Mapping[str, Secret]: ...
    def delete_webhook(self, access: Access) -> bool: ...
    def trouble(self, access: Access) -> Degradation | None: ...
    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None: ...
