"""A Viber bot. Protocol: REST Bot API; a bot talks with one person at a time, so the chat's id is the customer's.

`models` the shapes that we read · `inbound` callbacks · `content` what a message holds · `webhook` the signature ·
`outbound` sending and answers · `connect` checking the token, setting the webhook.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.viber.adapter import Viber

adapter: ChannelAdapter = Viber()

__all__ = ["adapter"]
