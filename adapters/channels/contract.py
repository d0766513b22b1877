"""What a channel is to the rest of the engine. Each sub-package of `adapters.channels` offers one as `adapter`.

Nothing here raises for what a provider says: parsing answers `invalid`, sending answers a `SendResult`. Only checking
and setting up raise, because a person waits for the answer: `Invalid` for a token that cannot be one, `Unavailable`
where the provider did not answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound
from adapters.channels.outcomes import SendResult
from adapters.vault.secrets import Secret
from domain.kinds import ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbound:
    """A message of ours. `key` is stable over retries; providers that can refuse a repeat get it."""

    text: str
    key: str
    reply_to_external_message_id: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Our account as the provider knows it: `name` is what people are shown."""

    external_id: str
    name: str
    username: str | None = None


class ChannelAdapter(Protocol):
    @property
    def kind(self) -> ChannelKind: ...

    @property
    def signs_body(self) -> bool:
        """Does verification need the body? If not, a forged request is refused before its body is read."""

    def clean_token(self, text: str) -> Secret:
        """As a person typed it, without spaces around. Raises `Invalid`."""

    def verify_webhook(self, headers: Mapping[str, str], raw: bytes, secret: Secret) -> bool:
        """Constant time. `headers` have lower-case names."""

    def parse(self, raw: bytes, headers: Mapping[str, str]) -> list[Inbound]:
        """Never raises, and never answers an empty list for a body that the provider may send."""

    def send(self, access: Access, chat: str, message: Outbound) -> SendResult:
        """One call, never repeated inside."""

    def classify(self, status: int, body: bytes) -> SendResult:
        """What the provider's answer to a call means."""

    def check_token(self, access: Access) -> Account | None:
        """None: the provider does not know it. Raises `Unavailable` where it did not answer."""

    def foreign_webhook(self, access: Access, ours: str) -> str | None:
        """The host to which the provider sends now, if it is not `ours`: another product may be listening there."""

    def set_webhook(self, access: Access, url: str, secret: Secret) -> None:
        """Raises `Unavailable`, or `Conflict` where the provider refuses the address."""

    def delete_webhook(self, access: Access) -> bool:
        """False where the provider refused or did not answer: disconnecting goes on without it."""
