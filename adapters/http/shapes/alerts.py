"""Alerts, as the API answers them."""

from __future__ import annotations

from datetime import datetime

from adapters.http.shapes.base import Listed, Shape


class AlertRow(Shape):
    alert: str
    subject: str
    raised_at: datetime
    cleared_at: datetime | None = None


class Alerts(Listed):
    """`next` = give it to `before` for the page that follows; null = there is none."""

    alerts: list[AlertRow]
    next: int | None = None
