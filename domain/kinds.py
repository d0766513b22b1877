"""The ten kinds of channel as data (behaviour.md §3): a difference between kinds is a row here, never an `if`.

Requirements A01, A02, A09, A22, B08, C05, C18, D10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ChannelKind = Literal[
    "vk",
    "facebook",
    "whatsapp_official",
    "whatsapp_messagebird",
    "whatsapp_infobip",
    "viber",
    "telegram",
    "yandex_dialogs",
    "email",
    "avito",
]
ReceiverKind = Literal["agent", "group", "bot"]
PeriodUnit = Literal["hours", "days"]
Button = Literal["save", "disconnect", "cancel", "change_provider"]
Connecting = Literal["oauth", "manager", "keys", "token", "identifier", "mailbox"]
FirstContact = Literal[
    "no", "allowed_messages", "template", "template_with_namespace", "subscribers", "yes", "existing_chat"
]


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of channel can do. `window`: seconds in which free text may follow the customer's last message."""

    name: ChannelKind
    connects_by: Connecting
    receivers: frozenset[ReceiverKind] = frozenset({"agent", "group"})
    units: frozenset[PeriodUnit] = frozenset({"hours", "days"})
    notice: bool = True
    buttons: tuple[Button, ...] = ("save", "disconnect")
    first_contact: FirstContact = "no"
    must_have_receiver: bool = True
    must_have_auto_close: bool = True
    second_supersedes: bool = False
    window: int | None = None


_WITH_BOT: frozenset[ReceiverKind] = frozenset({"agent", "group", "bot"})
_HOURS: frozenset[PeriodUnit] = frozenset({"hours"})
_DAY = 86_400

KINDS: dict[ChannelKind, Kind] = {
    kind.name: kind
    for kind in (
        Kind("vk", "oauth", first_contact="allowed_messages"),
        Kind("facebook", "oauth", receivers=_WITH_BOT),
        Kind(
            "whatsapp_official",
            "manager",
            receivers=_WITH_BOT,
            units=_HOURS,
            notice=False,
            buttons=("save", "cancel", "change_provider"),
            first_contact="template",
            window=_DAY,
        ),
        Kind(
            "whatsapp_messagebird",
            "keys",
            first_contact="template_with_namespace",
            must_have_receiver=False,
            must_have_auto_close=False,
            window=_DAY,
        ),
        Kind("whatsapp_infobip", "keys", first_contact="template", window=_DAY),
        Kind("viber", "token", first_contact="subscribers"),
        Kind("telegram", "token"),
        Kind("yandex_dialogs", "identifier"),
        Kind(
            "email",
            "mailbox",
            notice=False,
            first_contact="yes",
            must_have_receiver=False,
            must_have_auto_close=False,
        ),
        Kind("avito", "oauth", first_contact="existing_chat", second_supersedes=True),
    )
}
