"""The room for Yandex' chats for business. Unconfirmed: the exchange was never published, and may be closed by now.

Whoever has a partner agreement with Yandex writes a `Chats` and gives it to `YandexDialogs(chats=…)`. Without one,
which is how the product ships, only Alice's transport exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from adapters.channels.contract import Hooked, Outbound
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret


class Chats(Protocol):
    """The four things that a transport of chats must do; their meaning is that of `ChannelAdapter`."""

    def owns(self, raw: bytes) -> bool:
        """Is this body one of theirs, and not Alice's?"""

    def verify_webhook(self, hooked: Hooked, secrets: Mapping[str, Secret]) -> bool: ...

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]: ...

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult: ...
