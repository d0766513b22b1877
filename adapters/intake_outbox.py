"""What the door asks of our outbox: which message of ours is meant, and what a provider's word about it settles.

The answers come from `parley.delivery` (`adapters.delivery.outbox`); where nothing was ever sent, `Empty` answers.
Everything is found by keyed hashes; `our_key` is the name that we gave the message ourselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple, Protocol

Told = Literal["delivered", "read"]
Result = Literal["delivered", "read", "failed"]


class Sent(NamedTuple):
    """A message of ours that a provider has taken."""

    dialog: str
    message: str


class Outbox(Protocol):
    """All of it blocks. `chats` and `keys` are keyed hashes: the same chat and message may be told in several ways, as
    some providers name a conversation in one place and its customer in another."""

    def find(self, tenant: str, channel: str, external_key: str) -> Sent | None: ...

    def named(self, tenant: str, channel: str, our_key: str) -> Sent | None:
        """The message to which we gave this name, whatever became of it."""

    def took(
        self, tenant: str, channel: str, keys: Sequence[str], our_key: str | None, *, failed: bool = False
    ) -> Sent | None:
        """The provider speaks of this message: so it has it, or refuses it, though its answer may have been lost."""

    def early(
        self, tenant: str, channel: str, keys: Sequence[str], result: Result, code: str, command_key: str
    ) -> Sent | None:
        """Nobody knows this message yet: perhaps the answer to the call that sent it is still on its way. Kept for
        whoever writes that answer down; or the message, if that has happened meanwhile."""

    def reached(self, tenant: str, channel: str, our_key: str) -> None:
        """The customer has answered this message: so it has arrived, whatever we knew of it."""

    def up_to(self, tenant: str, channel: str, chats: Sequence[str], moment: datetime, told: Told) -> list[Sent]:
        """What was sent to this chat up to the moment, and of which so much was not told yet."""

    def before(self, tenant: str, this: Sent, told: Told) -> list[Sent]:
        """What was sent to the same chat before this message, and of which so much was not told yet."""

    def tell(self, tenant: str, messages: Sequence[Sent], told: Told) -> None:
        """So much has been told of them."""

    def ours(
        self, tenant: str, channel: str, chats: Sequence[str], keys: Sequence[str], our_key: str | None, text: str
    ) -> Sent | None:
        """Is this echo one of a message that went through us? If we did not know that it arrived, we do now."""


class Empty:
    """`Outbox` of a place from which nothing is sent."""

    def find(self, tenant: str, channel: str, external_key: str) -> Sent | None:
        return None

    def named(self, tenant: str, channel: str, our_key: str) -> Sent | None:
        return None

    def took(
        self, tenant: str, channel: str, keys: Sequence[str], our_key: str | None, *, failed: bool = False
    ) -> Sent | None:
        return None

    def early(
        self, tenant: str, channel: str, keys: Sequence[str], result: Result, code: str, command_key: str
    ) -> Sent | None:
        return None

    def reached(self, tenant: str, channel: str, our_key: str) -> None:
        return None

    def up_to(self, tenant: str, channel: str, chats: Sequence[str], moment: datetime, told: Told) -> list[Sent]:
        return []

    def before(self, tenant: str, this: Sent, told: Told) -> list[Sent]:
        return []

    def tell(self, tenant: str, messages: Sequence[Sent], told: Told) -> None:
        return None

    def ours(
        self, tenant: str, channel: str, chats: Sequence[str], keys: Sequence[str], our_key: str | None, text: str
    ) -> Sent | None:
        return None
