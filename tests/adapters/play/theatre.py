"""A small theatre: made-up recordings, a real store, and what a run has left in its log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from adapters.play.options import Options
from adapters.play.performance import perform, prepare
from adapters.store.codec import Codec
from adapters.store.database import Database
from adapters.store.log import Log
from adapters.vault import Vault
from domain.recorded import Recorded
from tests.store import app_dsn, master_key, migrated

RECORDED = Path(__file__).parent / "recorded"
SHOP = (RECORDED / "shop.messages.jsonl", RECORDED / "shop.history.jsonl")
DESK = (RECORDED / "desk.history.jsonl",)
DESK_OUTCOMES = RECORDED / "desk.dialogs.jsonl"


class Curtain(Exception):
    """The lights go out in the middle of the performance."""


@dataclass
class Theatre:
    database: Database
    vault: Vault

    def play(self, files: Sequence[Path], *, tenant: str | None = None, **options: Any) -> dict[str, Any]:
        return perform(self.database, self.vault, prepare(files, Options(**options), tenant))

    def cut_short(self, files: Sequence[Path], after: int, **options: Any) -> None:
        """Play, and be interrupted after so many moments."""
        seen = 0

        def progress(lines: int, at: datetime) -> None:
            nonlocal seen
            seen += 1
            if seen == after:
                raise Curtain

        perform(self.database, self.vault, prepare(files, Options(**options)), progress=progress)

    def log(self, figures: Mapping[str, Any]) -> list[Recorded]:
        """The run's events from the beginning, with personal fields open."""
        codec = Codec(self.vault)
        sealed = Log(self.database).read(0, 100_000, lane=figures["lane"])
        return [one._replace(event=codec.opened(one.tenant, one.event)) for one in sealed]

    def events(self, figures: Mapping[str, Any], kind: str) -> list[Recorded]:
        return [one for one in self.log(figures) if one.event.kind == kind]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database.pool.connection() as connection:
            return connection.execute(query, values).fetchall()


@contextmanager
def theatre() -> Iterator[Theatre]:
    database = Database(app_dsn(migrated()))
    try:
        yield Theatre(database, Vault(master_key(), database))
    finally:
        database.close()


def write(path: Path, lines: Sequence[Mapping[str, Any]], form: Callable[[Any], str] = json.dumps) -> Path:
    path.write_text("".join(form(line) + "\n" for line in lines))
    return path


def message(dialog: str, seq: int, at: str, side: str, author: str, **more: Any) -> dict[str, Any]:
    """A message of 2 March 2026, `at` = HH:MM:SS."""
    return {
        "dialog": dialog,
        "seq": seq,
        "at": f"2026-03-02T{at}Z",
        "from": side,
        "author": author,
        "channel": "webchat",
        "text": f"{dialog} {seq}",
        **more,
    }
