"""Widgets and the services of the contract, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from adapters.http.shapes.base import Listed, Shape
from adapters.http.shapes.channels import Kind


class WidgetChannel(Shape):
    channel: str
    kind: str
    name: str
    state: str
    trouble: str | None = None


class WidgetRow(Shape):
    """`providers` = changes of provider: [{from, to, old_channel, new_channel, at, by}]."""

    widget: str
    version: int
    name: str
    archived: bool
    created_at: datetime
    created_by: str
    channels: list[WidgetChannel]
    providers: list[dict[str, Any]] | None = None


class Widgets(Listed):
    widgets: list[WidgetRow]


class OneWidget(Listed):
    widget: WidgetRow
    offers: list[Kind] = Field(description="the kinds of which a channel may be put into it")
    providers: dict[str, list[str]] = Field(description="service → what its choice of a provider offers")


class ServiceRow(BaseModel):
    service: str
    granted: bool


class Services(BaseModel):
    services: list[ServiceRow]
