"""The ten kinds of channel as data (behaviour.md §3): a difference between kinds is a row here, never an `if`.

Requirements A01, A02, A09, A22, B04-B08, C01-C05, C09, C14-C18, D07, D10, D11.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
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


Service = Literal["whatsapp"]
"""A service of the contract, without which its kinds cannot be connected (C01)."""
Objects = Literal["none", "one", "several"]
NamedBy = Literal["number", "address"]
Prerequisite = Literal["whatsapp_business_account", "facebook_business_id"]


MB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Files:
    """What a provider takes of ours: how many files a message, of which types, each of how many bytes at most.

    `largest` is for all types that `by_type` does not name. `beside`: how long a text may stand in the same message, 0
    = none; `beside_types`: beside which types only. `linked`: the provider fetches the file itself, so that we need a
    public address.
    """

    largest: int
    most: int = 1
    by_type: tuple[tuple[str, int], ...] = ()
    types: frozenset[str] = frozenset({"image", "video", "audio", "file"})
    beside: int = 0
    beside_types: frozenset[str] | None = None
    linked: bool = False

    def largest_of(self, type: str) -> int:
        return dict(self.by_type).get(type, self.largest)

    def beside_of(self, type: str) -> int:
        return self.beside if self.beside_types is None or type in self.beside_types else 0


@dataclass(frozen=True, slots=True)
class Kind:
    """What one kind of channel can do.

    `window`: seconds in which free text may follow the customer's last message. `objects`: what a login offers to be
    chosen: nothing, one of a list, or several at once. `scopes`: what a login must grant; `permission`: what a chosen
    object must allow. `keys`: what must be typed before the provider is asked; `secrets`: what the vault keeps of it.
    `own`: the settings of this kind alone; `named_by`: the one among them that names the external object. `service`:
    the contract's service; of the kinds of one service a widget has one at a time. `shows_url`: our address is shown to
    be copied. `has_account`: there is an account outside that no two channels may share. `threads`: messages stand in
    threads, so that an answer names what it answers. `told_of_delivery`: that a provider has taken a message does not
    mean that it arrives; it tells later. `by_chat`: a person is known, and written to, by the chat that he has begun.
    `reads_before`: who has read a message has read all before it. `prerequisites`: shown only.
    `files`: what we may send beside or instead of a text; None = texts only.
    """

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
    objects: Objects = "none"
    scopes: frozenset[str] = frozenset()
    permission: str | None = None
    keys: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    named_by: NamedBy | None = None
    service: Service | None = None
    shows_url: bool = False
    has_account: bool = True
    threads: bool = False
    told_of_delivery: bool = False
    by_chat: bool = False
    reads_before: bool = False
    prerequisites: tuple[Prerequisite, ...] = ()
    files: Files | None = None


def providers_of(service: Service) -> tuple[ChannelKind, ...]:
    """What the choice page of a service offers, in the order of the table (C02)."""
    return tuple(kind.name for kind in KINDS.values() if kind.service == service)


def offered_kinds(missing: Collection[Service] = ()) -> tuple[ChannelKind, ...]:
    """The kinds of which a channel may be made, where the contract lacks these services (C01)."""
    return tuple(kind.name for kind in KINDS.values() if kind.service not in missing)


_WITH_BOT: frozenset[ReceiverKind] = frozenset({"agent", "group", "bot"})
_HOURS: frozenset[PeriodUnit] = frozenset({"hours"})
_DAY = 86_400

_VIBER = Files(50 * MB, by_type=(("video", 26 * MB),), beside=768, beside_types=frozenset({"image"}), linked=True)

_WHATSAPP = Files(
    100 * MB,
    by_type=(("image", 5 * MB), ("video", 16 * MB), ("audio", 16 * MB)),
    beside=1024,
    beside_types=frozenset({"image", "video", "file"}),
)
_WHATSAPP_BY_LINK = replace(_WHATSAPP, linked=True)

KINDS: dict[ChannelKind, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "vk",
            "oauth",
            first_contact="allowed_messages",
            objects="one",
            secrets=("access_token",),
            reads_before=True,
            files=Files(200 * MB, most=10, by_type=(("image", 50 * MB),), beside=9000),
        ),
        Kind(
            "facebook",
            "oauth",
            receivers=_WITH_BOT,
            objects="several",
            permission="messaging",
            secrets=("access_token",),
            files=Files(25 * MB, by_type=(("image", 8 * MB),)),
            told_of_delivery=True,
        ),
        Kind(
            "whatsapp_official",
            "manager",
            receivers=_WITH_BOT,
            units=_HOURS,
            notice=False,
            buttons=("save", "cancel", "change_provider"),
            first_contact="template",
            window=_DAY,
            secrets=("access_token",),
            files=_WHATSAPP,
            service="whatsapp",
            told_of_delivery=True,
        ),
        Kind(
            "whatsapp_messagebird",
            "keys",
            first_contact="template_with_namespace",
            must_have_receiver=False,
            must_have_auto_close=False,
            window=_DAY,
            keys=("key", "channel_id"),
            secrets=("key", "signing_key"),
            own=frozenset({"namespace_id", "signing_key"}),
            service="whatsapp",
            told_of_delivery=True,
            prerequisites=("whatsapp_business_account", "facebook_business_id"),
            files=_WHATSAPP_BY_LINK,
        ),
        Kind(
            "whatsapp_infobip",
            "keys",
            first_contact="template",
            window=_DAY,
            objects="one",
            keys=("api_key",),
            secrets=("api_key", "webhook_password"),
            own=frozenset({"number", "webhook_password"}),
            named_by="number",
            service="whatsapp",
            told_of_delivery=True,
            shows_url=True,
            files=_WHATSAPP_BY_LINK,
        ),
        Kind("viber", "token", first_contact="subscribers", secrets=("token",), told_of_delivery=True, files=_VIBER),
        Kind("telegram", "token", secrets=("token",), files=Files(50 * MB, beside=1024)),
        Kind(
            "yandex_dialogs",
            "identifier",
            has_account=False,
            own=frozenset({"alice_webhook", "skill_id"}),
            shows_url=True,
        ),
        Kind(
            "email",
            "mailbox",
            notice=False,
            first_contact="yes",
            must_have_receiver=False,
            must_have_auto_close=False,
            secrets=("password",),
            threads=True,
            own=frozenset({"address"}),
            named_by="address",
            told_of_delivery=True,
            files=Files(18 * MB, most=10, beside=65_536),
        ),
        Kind(
            "avito",
            "oauth",
            first_contact="existing_chat",
            second_supersedes=True,
            by_chat=True,
            scopes=frozenset({"read", "send", "delete"}),
            secrets=("access_token",),
            files=Files(24 * MB, types=frozenset({"image"})),
        ),
    )
}
