"""Messages of an Avito account. Protocol: Messenger API, webhook v3. A chat is about one advertisement.

The algorithm of Avito's signature header is not published, so that the secret in the hook's address is the proof.

`models` the shapes that we read · `inbound` notifications · `content` what a message holds · `outbound` sending and
answers.
"""

from __future__ import annotations

from adapters.channels.avito.adapter import Avito
from adapters.channels.contract import ChannelAdapter

adapter: ChannelAdapter = Avito()

__all__ = ["adapter"]
