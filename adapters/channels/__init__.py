"""Channels: one folder a kind, found by looking. To add a kind, add a folder whose package offers `adapter`.

Nothing else has to change: the webhook route, `parley channels parse`, delivery and the conformance tests ask here.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import cast

from adapters.channels.contract import Account, ChannelAdapter, ConnectsByToken, Hooked, Outbound, Plain
from adapters.channels.errors import SEND_ERRORS, SendError
from adapters.channels.files import FetchesFiles, FileRequest, FileWanted, OutFile
from adapters.channels.http_client import Access, http_client
from adapters.channels.inbound import Inbound, InboundAttachment, InboundKind
from adapters.channels.outcomes import SendOutcome, SendResult
from domain.errors import NotFound

SHORT_NAMES = {
    "whatsapp": "whatsapp_official",
    "messagebird": "whatsapp_messagebird",
    "infobip": "whatsapp_infobip",
    "yandex": "yandex_dialogs",
}


@cache
def kinds() -> tuple[str, ...]:
    """Every kind that has a folder here, in the order of their names."""
    return tuple(sorted(one.name for one in iter_modules(__path__) if one.ispkg))


@cache
def channel(kind: str) -> ChannelAdapter:
    """The adapter of a kind, by its name or its short form. Raises `NotFound`."""
    name = SHORT_NAMES.get(kind, kind)
    if name not in kinds():
        raise NotFound("kind_unknown", f"Channels of kind {kind} cannot be connected; these can: {', '.join(kinds())}.")
    return cast(ChannelAdapter, import_module(f"{__name__}.{name}").adapter)


def by_token(kind: str) -> ConnectsByToken:
    """The adapter of a kind that is connected by a token. Raises `NotFound` for the others."""
    adapter = channel(kind)
    if not isinstance(adapter, ConnectsByToken):
        raise NotFound("not_by_token", f"Channels of kind {kind} are not connected by a token.")
    return adapter


__all__ = [
    "SEND_ERRORS",
    "Access",
    "Account",
    "ChannelAdapter",
    "ConnectsByToken",
    "FetchesFiles",
    "FileRequest",
    "FileWanted",
    "Hooked",
    "Inbound",
    "InboundAttachment",
    "InboundKind",
    "OutFile",
    "Outbound",
    "Plain",
    "SendError",
    "SendOutcome",
    "SendResult",
    "by_token",
    "channel",
    "http_client",
    "kinds",
]
