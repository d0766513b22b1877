"""Answers about the quarantine."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from adapters.http.shapes.base import Listed, Shape
from adapters.http.shapes.dialogs import File


class Item(Shape):
    """`reason` = why it could not be routed. Texts are missing where the customer was erased.

    `change` = no message, but what the customer did to the message `of`.
    """

    item: str
    reason: str
    position: int
    recorded_at: datetime
    provider_time: datetime | None = None
    customer: str = ""
    change: str | None = None
    of: str | None = None
    sender: str | None = None
    body: str | None = None
    files: list[File] | None = None
    erased: bool = False


class Items(Listed):
    """`next` = give it to `after` for the next page."""

    items: list[Item]
    next: int | None = None


class ReleasedItem(BaseModel):
    """`dialog` = where it went; `code` and `sentence` = why it stays."""

    item: str
    outcome: Literal["released", "refused"]
    dialog: str | None = None
    code: str | None = None
    sentence: str | None = None


class Released(BaseModel):
    channel: str
    items: list[ReleasedItem]
    left: bool
    position: int
