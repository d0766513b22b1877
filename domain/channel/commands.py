"""What can be asked of a channel."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from domain.kinds import ChannelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Create:
    kind: ChannelKind
    name: str = ""
    widget: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyToken:
    """What the provider said of a token: its bot, or None where it does not know it."""

    bot_name: str | None
    external_id: str = ""
    fingerprint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Save:
    """One Save. `expected` = the settings version that the user saw; None = whatever it is now."""

    changes: dict[str, object]
    at: datetime
    expected: int | None = None
    restored_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDisconnect:
    consent_id: str
    user: str
    at: datetime
    open_dialogs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmDisconnect:
    consent_id: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelDisconnect:
    consent_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReceivers:
    """Which of the targets that it names cannot receive now: id → why (A27). The desk knows; the channel records."""

    gone: dict[str, str] = field(default_factory=dict)


ChannelCommand = Create | VerifyToken | Save | CheckReceivers | RequestDisconnect | ConfirmDisconnect | CancelDisconnect
