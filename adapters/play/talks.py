"""Recorded dialogs and the engine's dialogs that they became, with the acts that wait for their moment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.play.lines import Line
from adapters.play.script import Act, Move, acts


@dataclass(slots=True, eq=False)
class Talk:
    """One recorded dialog. `dialogs` = the engine's, the last one being the current one.

    A silence longer than the auto-close period makes a second one. `late` = messages that came after the end.
    """

    name: str
    set: str
    ticket: bool
    queue: str | None = None
    dialogs: list[str] = field(default_factory=list)
    waiting: list[Act] = field(default_factory=list)
    late: int = 0

    @property
    def dialog(self) -> str | None:
        return self.dialogs[-1] if self.dialogs else None


class Talks:
    def __init__(self, tickets: frozenset[str]) -> None:
        self._tickets = tickets
        self._talks: dict[str, Talk] = {}
        self._of_dialog: defaultdict[str, list[Talk]] = defaultdict(list)

    def of(self, line: Line) -> Talk:
        talk = self._talks.get(line.dialog)
        if talk is None:
            talk = self._talks[line.dialog] = Talk(line.dialog, line.set, line.set in self._tickets)
        return talk

    def all(self) -> Iterable[Talk]:
        return self._talks.values()

    def of_dialogs(self, dialogs: Iterable[str]) -> list[Talk]:
        """Those of the engine's dialogs that have something waiting."""
        return [talk for dialog in dialogs for talk in self._of_dialog[dialog] if talk.waiting]

    def joined(self, talk: Talk, dialog: str) -> bool:
        """A message of this talk went into this dialog. Is it another one than before?"""
        if dialog in talk.dialogs:
            return False
        talk.dialogs.append(dialog)
        self._of_dialog[dialog].append(talk)
        return True

    def asked(self, talk: Talk, line: Line) -> list[Act]:
        """What this line asks for, without moves to where the dialog is already."""
        wanted = []
        for act in acts(line, talk.ticket):
            if isinstance(act, Move):
                if act.queue == talk.queue:
                    continue
                talk.queue = act.queue
            wanted.append(act)
        return wanted

    def send_back(self, talk: Talk) -> None:
        """The current dialog begins where new ones do: move it to the queue where the recording is."""
        if not any(isinstance(act, Move) for act in talk.waiting):
            talk.waiting.insert(0, Move(f"again:{talk.dialog}", talk.queue))

    @property
    def merged(self) -> int:
        """How many recorded dialogs joined an engine dialog that another one had opened."""
        return sum(len(talks) - 1 for talks in self._of_dialog.values() if talks)
