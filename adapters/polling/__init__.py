"""Channels whose providers do not call us: they are asked, again and again, and what they have is taken in.

`table` the rows · `asking` one look at one channel · `worker` the threads, and the ear that hears of channels.
"""

from __future__ import annotations

from adapters.polling.worker import Polling

__all__ = ["Polling"]
