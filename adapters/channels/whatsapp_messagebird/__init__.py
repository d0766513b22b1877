"""WhatsApp through MessageBird, now Bird. Unconfirmed: no live account was used; whether new customers still get the
first generation of the interface is not known, so the kind has a switch of its own (`PARLEY_MESSAGEBIRD`).

`adapter` the channel · `provider` what a generation must do · `conversations` the first one (Conversations API), put
together of `models`, `inbound`, `people`, `content`, `statuses`, `outbound`, `templates`, `calls`, `keys`, `listening`
· `media` files behind the key · `signature` proof of a webhook · `seen` replays · `channels_api`, `platform_api` what
the later two generations send.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.whatsapp_messagebird.adapter import MessageBird

adapter: ChannelAdapter = MessageBird()

__all__ = ["adapter"]
