"""When a dialog counts as idle: a pure function of the dialog's and the channel's heads (§7, G01-G17)."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.channel import Channel
from domain.dialog.state import Dialog


def deadline(dialog: Dialog, channel: Channel) -> datetime | None:
    """The moment from which the dialog may be closed for idleness; None = never.

    Never: no period set; held without an end; the customer spoke last and the channel waits for the customer only.
    """
    period = channel.settings.auto_close
    if period is None or not dialog.open or dialog.last_activity_at is None:
        return None
    if dialog.held and dialog.hold_until is None:
        return None
    if channel.settings.idle_mode == "waiting_for_customer" and dialog.last_activity_by == "customer":
        return None
    due = dialog.last_activity_at + timedelta(seconds=period.seconds)
    if dialog.hold_until is not None:
        due = max(due, dialog.hold_until)
    return max(due, channel.floor_until) if channel.floor_until is not None else due


def moments_of(dialog: Dialog, channel: Channel) -> list[datetime | None]:
    """Every moment at which something of an open dialog falls due by itself and is settled by looking at it."""
    hold_over = dialog.hold_until if dialog.held else None
    return [dialog.offer_deadline, dialog.first_reply_due, hold_over, deadline(dialog, channel)]
