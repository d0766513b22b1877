"""Bots: which there are, and what a bot says that did not answer in the body of its reply (I05, I06)."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter
from pydantic import ConfigDict
from starlette.concurrency import run_in_threadpool

from adapters.bots import Registry
from adapters.bots.answers import BotAnswer
from adapters.bots.table import knows
from adapters.http import shapes, wire
from adapters.http.asking import Asking, may

router = APIRouter(prefix="/v1", tags=["bots"])
Administers = Annotated[Asking, may("bots.set")]


class SaidByBot(BotAnswer):
    model_config = ConfigDict(extra="forbid", strict=True)


@router.get("/bots")
async def list_bots(asking: Annotated[Asking, may("bots.read")]) -> shapes.Bots:
    """Every bot with the host at which it is called. Addresses and secrets are never shown."""
    rows = await run_in_threadpool(_registry(asking).list, asking.tenant)
    return shapes.Bots(bots=[shapes.BotRow.model_validate(row) for row in rows])


@router.put("/bots/{bot}", response_model_exclude_none=True)
async def set_bot(bot: wire.Id, body: wire.BotSettings, asking: Administers) -> shapes.SavedBot:
    """Makes the bot, or changes it. The secret that signs our calls and the bot's token are shown when they are made,
    this once. `rotate_secret` makes a new secret beside the old one; `end_rotation` lets only the new one count."""

    def put() -> dict[str, Any]:
        return _registry(asking).put(
            asking.tenant,
            bot,
            body.url.get_secret_value(),
            actor=asking.actor,
            name=body.name,
            rotate=body.rotate_secret,
            settle=body.end_rotation,
        )

    return shapes.SavedBot.model_validate(await run_in_threadpool(put))


@router.delete("/bots/{bot}", response_model_exclude_none=True)
async def remove_bot(bot: wire.Id, asking: Administers) -> shapes.SavedBot:
    """409 `in_use` with the channels that still name it. Its secrets are wiped and its tokens revoked."""
    answer = await run_in_threadpool(lambda: _registry(asking).remove(asking.tenant, bot, actor=asking.actor))
    return shapes.SavedBot.model_validate(answer)


@router.post("/dialogs/{dialog}/bot", response_model_exclude_none=True)
async def speak_as_bot(
    dialog: str, body: SaidByBot, asking: Annotated[Asking, may("bots.speak")]
) -> shapes.AnsweredByBot:
    """For the bot that has the dialog: say something, hand it off, close it; all or nothing. 409 `not_bot_turn` where
    it has not, or not any more. It answers what the bot was told; a message that it was not told yet still waits."""
    bot = asking.grant.actor
    told = await run_in_threadpool(_told, asking, dialog, bot)
    command = body.command(dialog, bot, asking.key or uuid4().hex, answers=told)
    return shapes.AnsweredByBot.model_validate(await asking.run(command))


def _told(asking: Asking, dialog: str, bot: str) -> int | None:
    with asking.parts.database.pool.connection() as connection:
        return knows(connection, asking.tenant, dialog, bot)


def _registry(asking: Asking) -> Registry:
    parts = asking.parts
    return Registry(parts.database, parts.vault, parts.executor, private=parts.private_bots)
