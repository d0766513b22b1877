"""Bots: which there are, and what they do with a dialog: answer, ask for people, close (§4, §8, I01-I06).

A bot is known by its id alone; where it is called, and with which secret, stands in the vault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from domain.desk.answering import CloseDialog, SendMessage, close, open_dialog, send
from domain.desk.bot_turns import hand_off
from domain.desk.routing import known_bot
from domain.desk.world import World
from domain.dialog import commands as ask
from domain.dialog.decide import not_bot_turn
from domain.dialog.events import Author
from domain.errors import Conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class SetBot:
    """Makes the bot, or gives it another name; None leaves the name as it is."""

    bot: str
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveBot:
    bot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerAsBot:
    """What a bot answers, all or nothing: messages in order, a note for people, then it hands off, or else closes.

    `key` tells this answer from the bot's others. `answers` = the position of the last customer message that it knew;
    None = it answers whatever was said so far.
    """

    dialog: str
    bot: str
    key: str
    messages: Sequence[str] = ()
    note: str = ""
    hand_off: bool = False
    close: bool = False
    answers: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportBotFailed:
    """The bot could not be reached, or answered nonsense, as often as it is tried. `turn` = where its turn began."""

    dialog: str
    bot: str
    turn: int


def set_bot(world: World, command: SetBot) -> dict[str, Any]:
    before = world.fact("bot", command.bot)
    had = (before or {}).get("name", "")
    wanted = {"name": had if command.name is None else command.name}
    if before == wanted:
        return {"outcome": "unchanged", "bot": command.bot}
    world.note("bot", command.bot, wanted)
    return {"outcome": "created" if before is None else "saved", "bot": command.bot}


def remove_bot(world: World, command: RemoveBot) -> dict[str, Any]:
    """Dialogs that are with it are handed off when the next call to it fails."""
    if not known_bot(world, command.bot):
        return {"outcome": "unchanged", "bot": command.bot}
    channels = [channel for channel in world.channels() if _names(world, channel, command.bot)]
    if channels:
        sentence = f"The bot is still named by the channel {', '.join(channels)}."
        raise Conflict("in_use", sentence, channels=channels)
    world.note("bot", command.bot, None)
    return {"outcome": "removed", "bot": command.bot}


def _names(world: World, channel: str, bot: str) -> bool:
    settings = world.channel(channel).settings
    receives = settings.receiver is not None and (settings.receiver.kind, settings.receiver.id) == ("bot", bot)
    return receives or settings.out_of_hours_bot == bot


def answer_as_bot(world: World, command: AnswerAsBot) -> dict[str, Any]:
    if open_dialog(world, command.dialog).bot != command.bot:
        raise not_bot_turn()
    said = [_say(world, command, number) for number in range(len(command.messages))]
    if command.note:
        world.do(f"dialog-{command.dialog}", ask.AddNote(note=f"bot {command.key}", body=command.note))
    outcome = "answered" if said else "nothing"
    if command.hand_off:
        hand_off(world, command.dialog, "requested")
        outcome = "handed_off"
    elif command.close:
        outcome = close(world, CloseDialog(dialog=command.dialog, cause="bot"))["outcome"]
    return {"outcome": outcome, "dialog": command.dialog, "messages": said}


def _say(world: World, command: AnswerAsBot, number: int) -> str:
    wanted = SendMessage(
        dialog=command.dialog,
        client_key=f"bot {command.key} {number}",
        author=Author(kind="bot", id=command.bot),
        body=command.messages[number],
        answers=command.answers,
        limited=False,
    )
    return str(send(world, wanted)["message"])


def report_bot_failed(world: World, command: ReportBotFailed) -> dict[str, Any]:
    """A report on a turn that is over changes nothing."""
    dialog = world.dialog(command.dialog)
    if (dialog.bot, dialog.bot_position) != (command.bot, command.turn):
        return {"outcome": "unchanged", "dialog": command.dialog}
    hand_off(world, command.dialog, "error")
    return {"outcome": "handed_off", "dialog": command.dialog}
