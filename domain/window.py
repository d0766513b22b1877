"""The time in which a provider takes free text after the customer's last message (C19).

Decided from that message alone, never by asking the provider. A template is no free text.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.dialog.state import Dialog
from domain.kinds import KINDS, ChannelKind


def in_window(dialog: Dialog, kind: ChannelKind, now: datetime) -> bool:
    """Always, where the kind has no window; never, where it has one and the customer has not written yet."""
    window = KINDS[kind].window
    if window is None:
        return True
    return dialog.last_customer_at is not None and now < dialog.last_customer_at + timedelta(seconds=window)
