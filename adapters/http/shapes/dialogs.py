"""Dialogs and what was said in them, as the API answers them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from adapters.http.shapes.base import Listed, Shape


class DialogRow(Shape):
    dialog: str
    version: int
    channel: str
    channel_kind: str | None = None
    channel_name: str | None = None
    customer: str
    customer_name: str | None = Field(None, description="readable for those who may; absent after an erasure")
    erased: bool = False
    session: int
    previous_dialog: str | None = None
    phase: str
    priority: int
    opened_at: datetime
    last_activity_at: datetime
    last_activity_by: str
    group: str | None = None
    target_kind: str | None = None
    target: str | None = None
    blocked: bool = False
    queued_at: datetime | None = None
    assignee: str | None = None
    assigned_at: datetime | None = None
    last_agent: str | None = None
    bot: str | None = None
    offers: dict[str, str] | None = Field(None, description="pending offers: offer id → agent")
    offer_deadline: datetime | None = None
    last_text: str | None = None
    last_files: bool = False
    last_message_at: datetime | None = None
    last_message_by: str | None = None
    messages: int = 0
    unread: int = 0
    unanswered_since: datetime | None = None
    first_reply_at: datetime | None = None
    held: bool = False
    hold_until: datetime | None = Field(None, description="until when it is held, or was")
    closes_at: datetime | None = Field(None, description="when it closes for idleness, as things stand")
    tags: list[str] = Field(default_factory=list)
    topic: str | None = None
    attributes: dict[str, str] | None = None
    transfers: int = 0
    reopens: int = 0
    closed_at: datetime | None = None
    closed_cause: str | None = None
    outcome: str | None = None


class Dialogs(Listed):
    dialogs: list[DialogRow]
    counters: dict[str, int] = Field(description="how long each list is")
    next: str | None = Field(None, description="the cursor of the next page; absent = this was the last")


class OneDialog(Listed):
    dialog: DialogRow


class Wording(Shape):
    """What a message said from `at` until its next edit."""

    at: datetime
    body: str | None = None


class File(Shape):
    """What was sent beside a text. `state` and `url` are there for what is a file: waiting and fetching (soon), kept,
    failed with a `code`, too_large, erased. `facts`: a place, a card, a link, the size of a picture."""

    type: str
    id: str | None = None
    name: str | None = None
    mime: str | None = None
    size: int | None = None
    state: str | None = None
    code: str | None = None
    url: str | None = Field(None, description="where its bytes are: GET /v1/attachments/{id}")
    facts: dict[str, Any] = Field(default_factory=dict)


class Entry(Shape):
    """`what` = message, note or line; a line tells what happened between the messages, `facts` with which values."""

    entry: str
    position: int
    what: Literal["message", "note", "line"]
    kind: str
    recorded_at: datetime
    provider_time: datetime | None = None
    by: str
    author: str = Field(description="empty where one of ours wrote past us, in the provider's own app")
    recorded_as: str | None = None
    body: str | None = None
    files: list[File] | None = None
    erased: bool = False
    status: str | None = None
    status_at: datetime | None = None
    failure: str | None = None
    edited_at: datetime | None = None
    deleted_at: datetime | None = None
    before: list[Wording] | None = Field(None, description="what an edited message said earlier, the oldest first")
    reaction: str | None = None
    facts: dict[str, Any] | None = None


class Messages(Listed):
    dialog: str
    messages: list[Entry]
    next: int | None = Field(None, description="give it to `before` (or `after`) for the next page")
