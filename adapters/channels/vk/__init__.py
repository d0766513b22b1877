"""Messages of a VK community. Protocol: Callback API and methods of version 5.199; the chat's id is the customer's.

`models` the shapes that we read · `inbound` calls · `content` what a message holds · `webhook` the secret in the body ·
`outbound` sending and answers.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.vk.adapter import Vk

adapter: ChannelAdapter = Vk()

__all__ = ["adapter"]
