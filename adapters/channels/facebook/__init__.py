"""Messages of a Facebook page. Protocol: Messenger Platform, Graph API v25.0; the chat's id is the customer's (PSID).

`models` the shapes that we read · `content` what a message holds · `inbound`, `events` webhooks · `outbound` sending,
answers · `people` who writes · `login` and `listening` connecting.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.facebook.adapter import Facebook

adapter: ChannelAdapter = Facebook()

__all__ = ["adapter"]
