"""WhatsApp through Meta's own Cloud API. Protocol: Graph API v25.0; the chat's id is the customer's number in digits,
or the id that stands for it (BSUID) where he hides it behind a username.

`models` the shapes that we read · `people` who wrote · `content` what a message holds · `inbound`, `messages`,
`statuses` webhooks · `outbound` sending and answers · `errors` Meta's numbers · `templates` first messages · `media`
files · `activation` and `listening` connecting.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.whatsapp_official.adapter import WhatsAppOfficial

adapter: ChannelAdapter = WhatsAppOfficial()

__all__ = ["adapter"]
