"""A mailbox: letters are fetched by IMAP and sent by SMTP. Nothing calls us; `adapters.polling` asks again and again.

`headers`, `charsets` what a letter says of itself · `parts` its text and its files · `html_text` an HTML body as text ·
`quotes`, `attribution` where the customer's own words end · `reports` bounces · `robots` letters that nobody wrote ·
`inbound` all of it together.
"""

from __future__ import annotations

from adapters.channels.contract import ChannelAdapter
from adapters.channels.email.adapter import Email

adapter: ChannelAdapter = Email()

__all__ = ["adapter"]
