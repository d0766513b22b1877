"""A bot's turn: how it begins out of hours, and the ways in which it ends by itself (§4 rows "bot", §8, H14, I01-I04).

Ends by itself: the customer says a keyword, the bot owes an answer for too long, or working time opens. What people and
the bot itself do to end it stands with their commands.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from domain.channel import Channel
from domain.desk.hours import opening, works_now
from domain.desk.routing import known_bot, route
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.events import HandOffReason
from domain.dialog.state import Dialog
from domain.recorded import DialogId

OUT_OF_HOURS = "out_of_hours"
"""The reason of a bot's turn that ends when working time opens."""


def start_out_of_hours(world: World, dialog_id: DialogId, *, is_new: bool) -> bool:
    """Out of hours the channel's policy may name a bot: it gets what would wait in the receiver's queue.

    A named agent is not stopped by the hour, nor is a receiver that is a bot (§8); an offer that is pending stays.
    """
    dialog = world.dialog(dialog_id)
    channel = world.channel(dialog.channel)
    settings = channel.settings
    waits = is_new or (dialog.phase == "queued" and dialog.target_from == "channel")
    taken = settings.receiver is not None and settings.receiver.kind != "group"
    bot = settings.out_of_hours_bot
    if settings.out_of_hours_policy != "bot" or bot is None or taken or not waits:
        return False
    if works_now(world, channel) or not known_bot(world, bot):
        return False
    world.do(f"dialog-{dialog_id}", ask.StartBot(bot=bot, reason=OUT_OF_HOURS))
    return True


def heard(world: World, dialog_id: DialogId, text: str) -> None:
    """A customer's message was received: one of the channel's keywords asks for people."""
    dialog = world.dialog(dialog_id)
    if dialog.phase == "bot" and says_one_of(text, world.channel(dialog.channel).settings.bot_keywords):
        hand_off(world, dialog_id, "keyword")


def says_one_of(text: str, keywords: Sequence[str]) -> bool:
    """Whole words, whatever their case and how their letters are composed; a keyword may be several words."""
    return bool(keywords) and _pattern(tuple(map(_folded, keywords))).search(_folded(text)) is not None


@lru_cache(maxsize=256)
def _pattern(keywords: tuple[str, ...]) -> re.Pattern[str]:
    wanted = (r"\s+".join(re.escape(word) for word in one.split()) for one in keywords)
    choices = "|".join(word for word in wanted if word)
    return re.compile(rf"(?<!\w)(?:{choices})(?!\w)" if choices else r"(?!)")


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def hand_off(world: World, dialog_id: DialogId, reason: HandOffReason) -> None:
    """To the channel's receiver at opening, else to `bot.fallback`; nobody = the unrouted list and an alert (I04)."""
    world.do(f"dialog-{dialog_id}", ask.HandOff(reason=reason))
    settings = world.channel(world.dialog(dialog_id).channel).settings
    if reason == "opened":
        route(world, dialog_id, settings.receiver, "channel", "opened")
    else:
        route(world, dialog_id, settings.bot_fallback, "hand_off", "handed_off")


def look(world: World, dialog_id: DialogId) -> None:
    """Time has passed: is the bot's turn over?"""
    dialog = world.dialog(dialog_id)
    if dialog.phase != "bot":
        return
    channel = world.channel(dialog.channel)
    due = answer_due(dialog, channel)
    if due is not None and world.now >= due:
        hand_off(world, dialog_id, "timeout")
    elif dialog.bot_reason == OUT_OF_HOURS and works_now(world, channel):
        hand_off(world, dialog_id, "opened")


def answer_due(dialog: Dialog, channel: Channel) -> datetime | None:
    """By when the bot must have answered: `bot.timeout` after the oldest message that it owes an answer to."""
    if dialog.phase != "bot" or not dialog.unanswered:
        return None
    at, position = dialog.unanswered[0]
    return at + timedelta(seconds=channel.bot_timeout_of(position))


def turn_ends(world: World, dialog: Dialog, channel: Channel) -> list[datetime]:
    """The moments at which the bot's turn ends by itself; `look` settles each of them."""
    if dialog.phase != "bot":
        return []
    night = dialog.bot_reason == OUT_OF_HOURS
    opens = world.now if night and works_now(world, channel) else opening(world, channel) if night else None
    return [moment for moment in (answer_due(dialog, channel), opens) if moment is not None]
