"""A Telegram bot. Protocol: Bot API 10.1; the customer's chat is private, so its id is the customer's id.

`models` the shapes that we read · `inbound` updates · `content` what a message holds · `webhook` the secret header ·
`outbound` sending and answers · `files` of customers · `connect` checking the token, setting the webhook.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.telegram.adapter import Telegram

adapter: ChannelAdapter = Telegram()

__all__ = ["adapter"]
