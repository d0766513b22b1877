"""Where the vault keeps what belongs to a channel, and how its hook's address is made.

The token is the channel's; the door of its webhook has an owner of its own, so that disconnecting, which wipes the
token, leaves a door through which late messages still reach the quarantine (A19).
"""

from __future__ import annotations

import secrets
from typing import Protocol

from adapters.vault.secrets import Secret

TOKEN = "token"
PENDING = "pending"
CHOSEN = "chosen"
HOOK_PATH = "hook_path"
HOOK_SECRET = "hook_secret"
APP_SECRET = "app_secret"
VERIFY_TOKEN = "verify_token"
WABA_ID = "waba_id"
BASE_URL = "base_url"
"""Kept with what was checked until Save makes a setting of it: the key is good at this address."""


class Safe(Protocol):
    def put_secret(self, tenant: str, owner: str, name: str, secret: Secret) -> None: ...
    def get_secret(self, tenant: str, owner: str, name: str) -> Secret | None: ...


def channel_owner(channel: str) -> str:
    return f"channel-{channel}"


def candidate_owner(channel: str) -> str:
    """What was checked and waits for the Save that puts it in effect (A29)."""
    return f"candidate-{channel}"


def object_owner(channel: str, external_id: str) -> str:
    """What a login brought for one of the groups or pages that can be chosen."""
    return f"object-{channel}-{external_id}"


def login_owner(channel: str) -> str:
    """A login that is on its way."""
    return f"login-{channel}"


def hook_owner(channel: str) -> str:
    return f"hook-{channel}"


def new_secret() -> Secret:
    """43 characters of `A-Za-z0-9_-`: what goes into addresses and what every provider takes."""
    return Secret(secrets.token_urlsafe(32))


def open_door(safe: Safe, tenant: str, channel: str) -> tuple[Secret, Secret]:
    """Path secret and header secret of a channel's hook, made at the first call and kept from then on."""
    owner, made = hook_owner(channel), []
    for name in (HOOK_PATH, HOOK_SECRET):
        secret = safe.get_secret(tenant, owner, name)
        if secret is None:
            secret = new_secret()
            safe.put_secret(tenant, owner, name, secret)
        made.append(secret)
    return made[0], made[1]


def hook_path(kind: str, channel: str, path_secret: Secret) -> str:
    """The path below the public address of `parley serve`. It is a secret: never logged, never in an event."""
    return f"/hooks/{kind}/{channel}/{path_secret.reveal()}"
