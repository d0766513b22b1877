"""Delivery: messages of ours on their way to the providers. Rules: `processors.delivery`.

`table` the rows · `letter` a message made ready · `courier` one message · `worker` the threads.
"""

from adapters.delivery.table import SentMessages
from adapters.delivery.worker import Delivery

__all__ = ["Delivery", "SentMessages"]
