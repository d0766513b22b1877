"""What the suite of round trips asks of a provider's double."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, ClassVar, Literal

from adapters.channels.http_client import App
from adapters.channels.keys import hook_path, open_door
from domain.kinds import ChannelKind
from tests.adapters.channels.stand import Stand
from tests.store import TENANT

Trouble = Literal["down", "too fast", "blocked", "answer lost"]
Receipt = Literal["delivered", "read"]


class Side:
    """One provider. `double` is entered by the suite; `connect` leaves the channel `shop` connected.

    `lost` = what follows where the answer to a message was lost: `unknown`, or `sent` once where repeats are safe.
    `receipts` = what the provider tells of our messages; `blocked` = the code when it does not let us write to him.
    """

    kind: ClassVar[ChannelKind]
    app: ClassVar[App | None] = None
    receipts: ClassVar[frozenset[Receipt]] = frozenset()
    lost: ClassVar[Literal["unknown", "sent"]] = "unknown"
    blocked: ClassVar[str]
    double: Any

    def entered(self) -> AbstractContextManager[Any]:
        return self.double  # type: ignore[no-any-return]

    def connect(self, shop: Stand) -> None:
        raise NotImplementedError

    def says(self, text: str, **how: Any) -> None:
        """The one customer of these tests writes; `copies` = how often the provider brings it."""
        raise NotImplementedError

    def sends_picture(self) -> None:
        """Without a word."""
        raise NotImplementedError

    def body(self, text: str) -> dict[str, Any]:
        """The body of a hook call with a customer's words, as the provider writes it."""
        raise NotImplementedError

    def odd(self) -> dict[str, Any]:
        """A body of a kind that does not exist yet."""
        raise NotImplementedError

    def proof(self, shop: Stand, raw: bytes) -> Mapping[str, str]:
        """Headers by which this body is believed."""
        return {}

    def fails(self, trouble: Trouble, *, times: int = 1) -> None:
        """The next messages of ours meet this."""
        raise NotImplementedError

    def revokes(self) -> None:
        """Our right counts no more."""
        raise NotImplementedError

    def reads(self) -> None:
        """The customer reads our last message."""
        raise NotImplementedError

    @property
    def malformed(self) -> bytes:
        return b"{}"

    @property
    def texts(self) -> list[str]:
        return [said.text for said in self.double.sent]

    def hook(self, shop: Stand) -> str:
        path, _ = open_door(shop.store.vault, TENANT, "shop")
        return f"{shop.connector.public_url}{hook_path(self.kind, 'shop', path)}"

    def posts(self, shop: Stand, raw: bytes, **headers: str) -> int:
        """To our hook, as the provider would; the status of our answer."""
        proved = {**self.proof(shop, raw), **headers}
        return int(shop.client.post(self.hook(shop), content=raw, headers=proved).status_code)


def escaped(body: Mapping[str, Any]) -> bytes:
    """With every character outside ASCII as an escape, also one that is half of a character."""
    return json.dumps(body).encode()
