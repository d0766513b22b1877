"""What became of our messages: statuses in a webhook, each with the key that we had sent along.

They come in no order and several times; `failed` may follow `sent`. The key (`biz_opaque_callback_data`) tells whose
status it is even where the answer to our call was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.channels.inbound import Inbound, InboundKind
from adapters.channels.whatsapp_official.errors import meaning
from adapters.channels.whatsapp_official.models import Status
from adapters.channels.whatsapp_official.people import moment

KINDS: dict[str, InboundKind] = {
    "sent": "sent_receipt",
    "delivered": "delivery_receipt",
    "read": "read_receipt",
    "played": "read_receipt",
    "failed": "failure_receipt",
    "deleted": "delete",
}


def status(one: Any, account: str | None) -> Sequence[Inbound]:
    told = Status.model_validate(one)
    kind = KINDS.get(told.status)
    if kind is None:
        return (Inbound(kind="ignore", account_id=account, reason=f"status:{told.status[:64]}"),)
    who = told.recipient_id or told.recipient_user_id
    receipt = Inbound(
        kind=kind,
        external_message_id=told.id,
        external_chat_id=who,
        account_id=account,
        recipient=who,
        timestamp=moment(told.timestamp),
        our_key=told.biz_opaque_callback_data or None,
        dedup_key=f"status:{told.id}:{told.status}",
        **_more(kind, told),
    )
    return (receipt,)


def _more(kind: InboundKind, told: Status) -> dict[str, Any]:
    """`reason` of a failure = a row of the table of errors."""
    if kind == "delete":
        return {"deletes_external_message_id": told.id, "sender_id": told.recipient_id}
    if kind != "failure_receipt":
        return {}
    first = next((one for one in told.errors if isinstance(one, Mapping)), {})
    code = first.get("code")
    number = code if isinstance(code, int) and not isinstance(code, bool) else None
    return {"error_code": number, "reason": meaning(number)}
