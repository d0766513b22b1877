"""Delivery: messages of ours on their way to the providers. Rules: `processors.delivery`.

`table` the rows · `letter` a message made ready · `pace` how fast · `courier` one message · `worker` the threads ·
`health` what answers say of a channel · `receipts`, `outbox` what providers tell afterwards · `turns` what waits for
the customer's next turn, where a provider cannot be called.
"""

from adapters.delivery.outbox import SentMessages
from adapters.delivery.turns import Turns
from adapters.delivery.worker import Delivery

__all__ = ["Delivery", "SentMessages", "Turns"]
