"""Bots, as the API answers them."""

from __future__ import annotations

from pydantic import Field

from adapters.http.shapes.base import Shape


class BotRow(Shape):
    bot: str
    name: str
    host: str | None = Field(None, description="where it is called; the rest of the address is not shown")
    rotating: bool = Field(description="calls are signed with two secrets, the old one and the new one")


class Bots(Shape):
    bots: list[BotRow]


class SavedBot(Shape):
    """`secret` and `token` are there when they were made just now."""

    outcome: str
    bot: str
    secret: str | None = Field(None, description="signs our calls; `whsec_…`, shown this once")
    token: str | None = Field(None, description="for POST /v1/dialogs/{dialog}/bot; shown this once")


class AnsweredByBot(Shape):
    """`position` = its last event, or the log's end if it changed nothing."""

    outcome: str
    dialog: str
    position: int
    messages: list[str]
