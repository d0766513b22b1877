"""What became of our messages: delivery and seen reports, which come to the address that messages come to."""

from __future__ import annotations

from typing import Any

from adapters.channels.inbound import Inbound
from adapters.channels.moments import seconds_of
from adapters.channels.whatsapp_infobip.models import Failure, Report, Status

FAILED = frozenset({"UNDELIVERABLE", "EXPIRED", "REJECTED"})
CAUSES = {
    "REJECTED_NOT_ENOUGH_CREDITS": "payment_needed",
    "REJECTED_PREPAID_PACKAGE_EXPIRED": "payment_needed",
    "EXPIRED_EXPIRED": "no_device",
}
"""By the name of the status. The names that WhatsApp's own refusals have here are unconfirmed."""


def report(facts: Any) -> Inbound:
    """Raises `ValidationError`."""
    told = Report.model_validate(facts)
    if told.seen_at is not None:
        return _receipt("read_receipt", told, told.seen_at, "seen")
    status = told.status or Status()
    if status.group_name == "DELIVERED":
        return _receipt("delivery_receipt", told, told.done_at, "delivered")
    if status.group_name in FAILED:
        return _failed(told, status)
    return _receipt("ignore", told, told.done_at, "status", reason=f"status:{(status.group_name or 'none')[:64]}")


def refusal(status: Status) -> str:
    """The row of the table of errors."""
    return CAUSES.get(status.name, "refused")


def _failed(told: Report, status: Status) -> Inbound:
    error = told.error or Failure()
    code = error.id or status.id
    return _receipt("failure_receipt", told, told.done_at, "failed", error_code=code, reason=refusal(status))


def _receipt(kind: Any, told: Report, at: Any, what: str, **more: Any) -> Inbound:
    """`our_key`: the id of a message of ours is the key that we gave it."""
    return Inbound(
        kind=kind,
        external_message_id=told.message_id,
        our_key=told.message_id,
        timestamp=seconds_of(at),
        dedup_key=f"{what}:{told.message_id}",
        **more,
    )
