"""A shop that is set up through the API, as an administrator would: agents, a group, a Telegram channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from adapters.channels.keys import hook_path, open_door
from adapters.doubles.telegram import TOKEN
from adapters.vault import Vault

HEADER = "x-telegram-bot-api-secret-token"
CHANNEL = "shop"
GROUP = "support"
AGENTS = ("anna", "boris", "vera")


@dataclass(frozen=True)
class Hook:
    """Where the provider brings updates, below a door's address, and the secret that he shows."""

    channel: str
    path: str
    secret: str = field(repr=False)


def hook_of(vault: Vault, tenant: str, channel: str = CHANNEL) -> Hook:
    """What was told to the provider when the webhook was set."""
    path, header = open_door(vault, tenant, channel)
    return Hook(channel, hook_path("telegram", channel, path), header.reveal())


class Api:
    """A bearer's hands: every call must succeed; `refused` is for those that must not."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self.client = httpx2.Client(
            base_url=url, trust_env=False, timeout=30.0, headers={"authorization": f"Bearer {token}"}
        )

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        return _good(self.client.get(path, params=query))

    def post(self, path: str, body: Mapping[str, Any] | None = None, **headers: str) -> dict[str, Any]:
        return _good(self.client.post(path, json=body or {}, headers=headers))

    def put(self, path: str, body: Mapping[str, Any], **headers: str) -> dict[str, Any]:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return _good(self.client.put(path, json=dict(body), headers=named))

    def close(self) -> None:
        self.client.close()


def open_shop(api: Api, *, agents: Mapping[str, int] = dict.fromkeys(AGENTS, 1000)) -> None:
    """`agents`: by name, how many dialogs each may have at once. Offers wait an hour, so none ends by itself."""
    for agent, capacity in agents.items():
        api.put(f"/v1/agents/{agent}", {"name": agent.title(), "capacity": capacity})
        api.put(f"/v1/agents/{agent}/presence", {"presence": "ready"})
    api.put(
        f"/v1/groups/{GROUP}",
        {"name": "Support", "members": list(agents), "algorithm": "least_busy", "answer_wait": 3600},
    )
    api.post("/v1/channels", {"channel": CHANNEL, "kind": "telegram", "name": "Shop"})
    verified = api.post(f"/v1/channels/{CHANNEL}/verify", {"token": TOKEN})
    assert verified["outcome"] == "verified", verified
    settings = {"receiver": {"kind": "group", "id": GROUP}, "auto_close": {"value": 12, "unit": "hours"}}
    saved = api.put(f"/v1/channels/{CHANNEL}/settings", settings, if_match="*")
    assert saved.get("webhook") == "set", saved


def refused(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """The answer is this refusal, in the one shape; returns its detail."""
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert error["code"] == code
    assert error["sentence"].endswith(".")
    detail: dict[str, Any] = error["detail"]
    return detail


def _good(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.is_success, f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    told: dict[str, Any] = answer.json()
    return told
