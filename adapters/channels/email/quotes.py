"""Where the customer's own words end: the letter that he answers is cut off, what he wrote above, below or between it
stays (channels.md §9).

A quoted block at the end is cut, and so is the only one that stands before or amid his words under a line like
"On … wrote:". Several blocks with words between them are answers point by point: those keep what they answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from adapters.channels.email.attribution import attribution_at, original_at, passed_on_at


@dataclass(frozen=True, slots=True)
class Block:
    """Lines `[start, end)`. `introduced`: a line of the mail program stands above the quote."""

    start: int
    end: int
    quoted: bool = False
    introduced: bool = False


def reply_text(text: str) -> str:
    """The customer's own words; all of the text where it holds nothing else than a quote."""
    lines = text.replace("\r\n", "\n").split("\n")
    kept = _kept(_blocks(lines), lines)
    own, end = "", 0
    for block in kept:
        words = "\n".join(lines[block.start : block.end]) + "\n"
        own = own + words if block.start == end else own.rstrip() + "\n\n" + words.lstrip("\n")
        end = block.end
    return own.strip() or text.strip()


def _kept(blocks: list[Block], lines: Sequence[str]) -> list[Block]:
    said = [block for block in blocks if block.quoted or _has_words(block, lines)]
    while said and said[-1].quoted:
        said.pop()
    quotes = [block for block in said if block.quoted]
    if len(quotes) == 1 and (quotes[0].introduced or said[0] is quotes[0]):
        said.remove(quotes[0])
    return said


def _has_words(block: Block, lines: Sequence[str]) -> bool:
    return any(line.strip() for line in lines[block.start : block.end])


def _blocks(lines: Sequence[str]) -> list[Block]:
    blocks: list[Block] = []
    own = at = 0
    while at < len(lines) and not passed_on_at(lines, at):
        quote = _quote_at(lines, at)
        if quote is None:
            at += 1
            continue
        blocks += [Block(own, at), quote]
        own = at = quote.end
    return [*blocks, Block(own, len(lines))]


def _quote_at(lines: Sequence[str], at: int) -> Block | None:
    if lines[at].startswith(">"):
        return Block(at, _quote_end(lines, at), quoted=True)
    if original_at(lines, at):
        return Block(at, len(lines), quoted=True, introduced=True)
    found = attribution_at(lines, at)
    if found is None:
        return None
    count, strength = found
    below = next((line for line in range(at + count, len(lines)) if lines[line].strip()), len(lines))
    if below < len(lines) and lines[below].startswith(">"):
        return Block(at, _quote_end(lines, below), quoted=True, introduced=True)
    return Block(at, len(lines), quoted=True, introduced=True) if strength == "strong" else None


def _quote_end(lines: Sequence[str], at: int) -> int:
    """Behind the last quoted line; blank lines between quoted ones belong to them."""
    end = at
    while at < len(lines) and (lines[at].startswith(">") or not lines[at].strip()):
        end = at + 1 if lines[at].startswith(">") else end
        at += 1
    return end
