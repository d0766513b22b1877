"""What became of our messages (`message.updated`): statuses, and what a failed one says of its cause.

How MessageBird words the error of a failed message is not documented (unconfirmed): a number, where there is one, is
read as WhatsApp's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.inbound import InboundKind

RECEIPTS: dict[str, InboundKind] = {
    "sent": "sent_receipt",
    "transmitted": "sent_receipt",
    "delivered": "delivery_receipt",
    "read": "read_receipt",
    "failed": "failure_receipt",
    "delivery_failed": "failure_receipt",
    "rejected": "failure_receipt",
    "expired": "failure_receipt",
}
DELETED = "deleted"
CAUSES: dict[int, str] = {
    470: "window_closed",
    131047: "window_closed",
    1013: "no_device",
    131026: "no_device",
    131042: "payment_needed",
    131031: "account_blocked",
}
TEMPLATES = range(132000, 132100)


def cause(error: Any) -> tuple[int | None, str]:
    """WhatsApp's number, if told, and the row of the table of errors."""
    code = error.get("code") if isinstance(error, Mapping) else None
    if not isinstance(code, int) or isinstance(code, bool):
        return None, "refused"
    return code, "template_refused" if code in TEMPLATES else CAUSES.get(code, "refused")
