"""Bots: programs at the other end of HTTP that answer customers. Rules: `processors.bots`, `domain.desk.bots`.

`registry` which there are · `table` the rows · `letter` what a call says · `calling` one call · `answers` what a
bot may answer · `courier` one call and what follows · `worker` the threads.
"""

from adapters.bots.registry import Registry
from adapters.bots.worker import BotCalls

__all__ = ["BotCalls", "Registry"]
