"""A body that holds several things, each on its own fate: a malformed one becomes one `invalid` and leaves the others
alone, and a thing that stands twice in a body is read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from pydantic import ValidationError

from adapters.channels.inbound import Inbound, invalid
from adapters.channels.models import what_is_wrong


def attempt(read: Callable[[], Sequence[Inbound]], what: str, account: str | None = None) -> Sequence[Inbound]:
    """One thing, or the sentence that says what is wrong with it."""
    try:
        return read()
    except ValidationError as why:
        return (replace(invalid(what_is_wrong(why, what)), account_id=account),)


def once(things: Iterable[Inbound]) -> list[Inbound]:
    known: set[tuple[str | None, ...]] = set()
    kept = []
    for thing in things:
        itself = (thing.kind, thing.account_id, thing.external_chat_id, thing.dedup_key)
        if thing.dedup_key is None or itself not in known:
            kept.append(thing)
        known.add(itself)
    return kept
