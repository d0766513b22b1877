"""The lines of a page while its HTML is read: spaces that do not count, lines and blank lines, how deep in quotes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple

SPACES = re.compile(r"[ \t\r\n\f\u200b\ufeff]+")


class Place(NamedTuple):
    line: int
    column: int


@dataclass
class Page:
    """`quotes` = the quoting elements in which we are, `links` = where the open links began, `pre` = in how many
    elements whose spaces count."""

    lines: list[str] = field(default_factory=list)
    line: str = ""
    quotes: list[int] = field(default_factory=list)
    links: list[Place] = field(default_factory=list)
    pre: int = 0

    def say(self, text: str) -> None:
        if self.pre:
            first, *rest = text.replace("\r\n", "\n").split("\n")
            self.line += first
            for one in rest:
                self.end()
                self.line = one
            return
        words = SPACES.sub(" ", text)
        self.line += words.lstrip(" ") if not self.line or self.line.endswith((" ", "\t")) else words

    def end(self) -> None:
        """The line is over, also an empty one."""
        self.lines.append((">" * len(self.quotes) + " " * bool(self.quotes) + self.line).rstrip())
        self.line = ""

    def block(self, *, apart: bool = False) -> None:
        """The next words begin a line of their own; `apart`: with an empty one before it."""
        if self.line.strip():
            self.end()
        self.line = ""
        if apart and self.lines and self.lines[-1].strip("> "):
            self.end()

    def place(self) -> Place:
        return Place(len(self.lines), len(self.line))

    def since(self, place: Place) -> str:
        """What was said since then, on one line."""
        if place.line == len(self.lines):
            return self.line[place.column :].strip()
        return " ".join([*self.lines[place.line :], self.line]).strip()

    def text(self) -> str:
        self.block()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.lines).replace("\xa0", " ")).strip()
