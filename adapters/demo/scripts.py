"""Conversations as plain text: `>` the customer, `<` the agent, an empty line between two conversations."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal

Language = Literal["ru", "en"]
Side = Literal["customer", "agent"]
SIDES: dict[str, Side] = {">": "customer", "<": "agent"}


@dataclass(frozen=True, slots=True)
class Line:
    by: Side
    text: str


@dataclass(frozen=True, slots=True)
class Script:
    """`name` is the topic that the agent sets. The first line is always the customer's."""

    name: str
    language: Language
    lines: tuple[Line, ...]

    def filled(self, facts: dict[str, str]) -> tuple[Line, ...]:
        """The lines with {name}, {order}, {time}, {price} and {street} put in."""
        return tuple(Line(line.by, line.text.format_map(facts)) for line in self.lines)


@cache
def scripts(language: Language) -> tuple[Script, ...]:
    text = files("adapters.demo").joinpath(f"conversations.{language}.txt").read_text("utf-8")
    return tuple(_script(block, language) for block in text.strip().split("\n\n"))


def _script(block: str, language: Language) -> Script:
    title, *lines = block.strip().splitlines()
    return Script(title.removeprefix("# "), language, tuple(Line(SIDES[line[0]], line[2:]) for line in lines))
