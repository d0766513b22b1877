"""What a recorded line makes people do in the engine: the one place where recordings are read as acts.

Chats (sets with messages):
  message of the customer   comes in through the channel's door; the first one opens the dialog
  message of an agent       said by whoever the engine has assigned, or waits for one
  queued                    the dialog moves to that queue's group, by the public transfer
  closed                    closed by the assignee, whoever closed it in the recording
  all else, and bots        counted, not played

Tickets (sets of history alone: there is no text):
  opened                    a message of the customer; the dialog is held, for it is not resolved
  queued                    as above, and like every later line a message `[updated]` of the assignee
  resolved / reopened       ends the hold / holds again
  closed                    never played: the engine closes by its own rule and is compared (`closes`)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.play.lines import Line

UPDATED = "[updated]"
OPENED = "[opened]"
NOT_RESOLVED = "not resolved"


@dataclass(frozen=True, slots=True)
class Say:
    """A public message of the assignee. `key` tells it from all others of its dialog."""

    key: str
    text: str
    recorded_as: str | None


@dataclass(frozen=True, slots=True)
class Move:
    """To the group of a recorded queue; None = to that of dialogs without one."""

    key: str
    queue: str | None


@dataclass(frozen=True, slots=True)
class Hold:
    key: str
    on: bool


@dataclass(frozen=True, slots=True)
class Close:
    key: str


Act = Say | Move | Hold | Close
NEEDS_ASSIGNEE = (Say, Close)


def is_inbound(line: Line, ticket: bool) -> bool:
    """Does the line come in through the channel's door?"""
    return line.side == "customer" or (ticket and line.event == "opened")


def acts(line: Line, ticket: bool) -> Iterator[Act]:
    """What follows on our side, in order. An inbound line of a ticket has a consequence too: the hold."""
    if ticket:
        yield from _of_ticket(line)
    elif line.side == "agent":
        yield Say(line.id, line.text, line.by)
    elif line.event == "queued":
        yield Move(line.place, line.queue)
    elif line.event == "closed":
        yield Close(line.place)


def _of_ticket(line: Line) -> Iterator[Act]:
    if line.event == "opened":
        yield Hold(f"{line.place}:hold", on=True)
        return
    if line.event == "closed":
        return
    if line.event == "queued":
        yield Move(line.place, line.queue)
    yield Say(f"{line.place}:said", UPDATED, line.by)
    if line.event in ("resolved", "reopened"):
        yield Hold(f"{line.place}:hold", on=line.event == "reopened")
