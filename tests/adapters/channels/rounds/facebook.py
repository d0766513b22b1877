"""Messenger's side of the round trips."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.http_client import App
from adapters.doubles.facebook import APP_ID, APP_SECRET, PAGE, FacebookDouble, error
from adapters.doubles.faults import Fault, hang_up
from adapters.doubles.server import Reply
from adapters.vault.secrets import Secret
from tests.adapters.channels.rounds.side import Side, Trouble
from tests.adapters.channels.stand import Stand

FAULTS = {
    "down": Fault(Reply(503, {})),
    "too fast": Fault(error(613, "Calls to this api have exceeded the rate limit.")),
    "blocked": Fault(error(551, "This person isn't available right now.")),
    "answer lost": hang_up(),
}


class Facebook(Side):
    kind = "facebook"
    app = App(APP_ID, Secret(APP_SECRET))
    receipts = frozenset({"delivered", "read"})
    blocked = "forbidden"

    def __init__(self) -> None:
        self.double = FacebookDouble(speed=100)

    def connect(self, shop: Stand) -> None:
        shop.logs_in()
        shop.chooses(PAGE)
        assert shop.saves()["webhook"] == "set"

    def says(self, text: str, **how: Any) -> None:
        self.double.customer_says("77", text, **how)

    def sends_picture(self) -> None:
        picture = {"type": "image", "payload": {"url": "https://scontent.example/a.jpg"}}
        self.double.customer_sends("77", {"attachments": [picture]})

    def body(self, text: str) -> dict[str, Any]:
        return self._event({"message": {"mid": f"m_by_hand_{next(self.double.app.numbers)}", "text": text}})

    def odd(self) -> dict[str, Any]:
        return self._event({"telepathy": {}})

    @property
    def malformed(self) -> bytes:
        return b'{"object":"page","entry":[{"id":"' + PAGE.encode() + b'","messaging":[{"message":{}}]}]}'

    def proof(self, shop: Stand, raw: bytes) -> Mapping[str, str]:
        return {"X-Hub-Signature-256": self.double.app.signature(raw)}

    def fails(self, trouble: Trouble, *, times: int = 1) -> None:
        self.double.fails(FAULTS[trouble], times=times)

    def revokes(self) -> None:
        self.double.revokes()

    def reads(self) -> None:
        self.double.customer_reads("77")

    def _event(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        about = {"sender": {"id": "77"}, "recipient": {"id": PAGE}, "timestamp": 1_700_000_000_000}
        return {"object": "page", "entry": [{"id": PAGE, "time": 1_700_000_000_000, "messaging": [{**about, **facts}]}]}


side = Facebook
