"""VK's side of the round trips."""

from __future__ import annotations

from typing import Any

from adapters.channels.http_client import App
from adapters.doubles.vk import CLIENT_ID, CLIENT_SECRET, GROUP, VkDouble, broken, flood, hang_up, refused
from adapters.vault.secrets import Secret
from tests.adapters.channels.rounds.side import Side, Trouble
from tests.adapters.channels.stand import Stand

FAULTS = {"down": broken(), "too fast": flood(), "blocked": refused(900), "answer lost": hang_up()}


class Vk(Side):
    kind = "vk"
    app = App(CLIENT_ID, Secret(CLIENT_SECRET))
    receipts = frozenset({"read"})
    lost = "sent"
    blocked = "blocked_by_user"

    def __init__(self) -> None:
        self.double = VkDouble(speed=100)

    def connect(self, shop: Stand) -> None:
        shop.logs_in()
        shop.chooses(str(GROUP))
        assert shop.saves()["webhook"] == "set"
        assert self.double.settle()

    def says(self, text: str, **how: Any) -> None:
        self.double.customer_says(77, text, **how)

    def sends_picture(self) -> None:
        sizes = [{"type": "x", "url": "https://sun1.userapi.example/a.jpg", "width": 900, "height": 600}]
        self.double.customer_sends(77, {"text": "", "attachments": [{"type": "photo", "photo": {"sizes": sizes}}]})

    def body(self, text: str) -> dict[str, Any]:
        number = next(self.double.vk.numbers)
        message = {"id": number, "date": 1_700_000_000, "peer_id": 77, "from_id": 77, "out": 0, "text": text}
        return self._event("message_new", {"message": message, "client_info": {}}, number)

    def odd(self) -> dict[str, Any]:
        return self._event("telepathy_new", {}, next(self.double.vk.numbers))

    @property
    def malformed(self) -> bytes:
        (server,) = self.double.vk.communities[GROUP].servers.values()
        return f'{{"type":"message_new","object":{{}},"secret":"{server.secret_key}"}}'.encode()

    def fails(self, trouble: Trouble, *, times: int = 1) -> None:
        self.double.fails(FAULTS[trouble], times=times)

    def revokes(self) -> None:
        self.double.revokes()

    def reads(self) -> None:
        self.double.customer_reads(77, self.double.sent[-1].message_id)

    def _event(self, kind: str, thing: Any, number: int) -> dict[str, Any]:
        (server,) = self.double.vk.communities[GROUP].servers.values()
        facts = {"type": kind, "object": thing, "group_id": GROUP, "event_id": f"by-hand-{number}"}
        return {**facts, "v": "5.199", "secret": server.secret_key}


side = Vk
