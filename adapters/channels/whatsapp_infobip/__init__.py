"""WhatsApp through Infobip. Unconfirmed: no live account was used; see the page of this kind under `docs/howto`.

`models` the shapes that we read · `inbound` what comes to our address · `content` what a message holds · `reports` what
became of ours · `outbound` sending and answers · `templates` first messages · `calls` · `keys` checking the key and
listing numbers · `webhook` the optional password · `media` files behind the key.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.whatsapp_infobip.adapter import Infobip

adapter: ChannelAdapter = Infobip()

__all__ = ["adapter"]
