"""The Callback API's side: confirming an address, and calling it with what has happened in a community.

A call is repeated until it hears `ok`; `X-Retry-Counter` counts the tries before. 410, 429 or 503 with `Retry-After`
(under three hours) sets the pause; the answer `remove` deletes the server. VK publishes neither its own pauses nor its
time-out: here they double from one second, ten tries in all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.doubles.couriers import Attempt, Courier, Parcel
from adapters.doubles.vk.communities import CallbackServer, Community, Vk

MOST_TRIES = 10
LONGEST_RETRY_AFTER = 3 * 3600.0
ASKS_FOR_DELAY = frozenset({410, 429, 503})
CONFIRMATION = "confirmation"


class Callbacks:
    def __init__(self, vk: Vk, *, speed: float = 1.0, timeout: float = 10.0) -> None:
        self._vk = vk
        self.courier = Courier(self._again, speed=speed, timeout=timeout)

    def confirm(self, community: Community, server: CallbackServer) -> None:
        """VK asks the address for the community's code; until it has heard it, nothing else comes."""
        server.status = "wait"
        self._bring(community, server, {"type": CONFIRMATION, "group_id": community.id})

    def tell(self, community: Community, kind: str, thing: Any, *, copies: int = 1, after: float = 0.0) -> str:
        """To every confirmed server that asked for this kind of call. Returns the call's `event_id`."""
        event_id = f"{next(self._vk.numbers):040x}"
        event = {"type": kind, "object": thing, "group_id": community.id, "event_id": event_id}
        for server in list(community.servers.values()):
            if server.status == "ok" and kind in server.events:
                self._bring(community, server, {**event, "v": server.version}, copies=copies, after=after)
        return event_id

    def _bring(self, community: Community, server: CallbackServer, event: Mapping[str, Any], **how: Any) -> None:
        secret = {"secret": server.secret_key} if server.secret_key else {}
        body = json.dumps({**event, **secret}, ensure_ascii=False).encode()
        name = f"{event['type']}:{community.id}:{server.id}"
        self.courier.bring(Parcel(name, server.url, body, _counted), **how)

    def _again(self, attempt: Attempt) -> float | None:
        kind, group, number = attempt.name.split(":")
        community = self._vk.communities[int(group)]
        server = community.servers.get(int(number))
        if server is None:
            return None
        said = attempt.text.strip()
        if kind == CONFIRMATION:
            server.status = "ok" if attempt.status == 200 and said == community.code else "failed"
            return None
        if attempt.status == 200 and said == "remove":
            del community.servers[server.id]
        done = attempt.status == 200 and said in ("ok", "remove")
        return None if done or attempt.tries >= MOST_TRIES else _pause(attempt)


def _counted(before: int) -> Mapping[str, str]:
    return {"X-Retry-Counter": str(before)} if before else {}


def _pause(attempt: Attempt) -> float:
    if attempt.retry_after is not None and attempt.status in ASKS_FOR_DELAY:
        return min(attempt.retry_after, LONGEST_RETRY_AFTER)
    return float(1 << min(attempt.tries - 1, 10))
