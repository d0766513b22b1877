"""Yandex.Dialogs: a chat id of ours, and a transport behind a switch, because two products share the name.

Chats for business: the merchant pastes our chat id at Yandex; how messages then travel was agreed with partners and
never published. Whoever has that agreement plugs it in (`chats.Chats`); no wire format is invented here.
Alice's skills: public, and on where the settings say `alice_webhook`. Alice asks, and hears our answer in the reply
only; nothing can be pushed, so what agents write waits for the customer's next turn.

`models` the request · `inbound` turns · `webhook` whose skill it is · `answers` what Alice says · `outbound` limits.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.yandex_dialogs.adapter import YandexDialogs

adapter: ChannelAdapter = YandexDialogs()

__all__ = ["adapter"]
