"""The data folder of the embedded default: who holds it, its database, its keys.

parley.json   held for life by the `up` or `demo` that runs here, and tells where it answers
master.key    opens all customers' keys (0600)
admin.token   the administrator's bearer token (0600)
postgres/     the database, see `infra.postgres`
kafka/        the broker of `up --kafka`
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from adapters.vault import MasterKey
from domain.errors import Conflict, Unavailable
from infra.migrate import APP_ROLE, migrate
from infra.postgres import EmbeddedPostgres
from infra.postgres.locks import open_private
from infra.settings import Settings

RECORD = "parley.json"
Say = Callable[[str], None]


class Home:
    """A data folder that this process holds. The kernel lets go of it when we die, however we die."""

    def __init__(self, data: Path, descriptor: int) -> None:
        self.data = data
        self._descriptor = descriptor

    @classmethod
    def hold(cls, data: Path) -> Home:
        """Raises `Conflict` if another process holds the folder."""
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = open_private(data / RECORD)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise _held(data) from None
        home = cls(data, descriptor)
        home.tell({"pid": os.getpid()})
        return home

    def tell(self, record: Mapping[str, Any]) -> None:
        """Replace what the record says; the file stays the same one, for it is also the lock."""
        text = json.dumps(record, indent=1).encode() + b"\n"
        os.pwrite(self._descriptor, text, 0)
        os.ftruncate(self._descriptor, len(text))

    def release(self) -> None:
        os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)


def running(data: Path) -> dict[str, Any] | None:
    """What the living holder of the folder says of itself (`pid`, `url`, `started`, …); None = nobody holds it."""
    try:
        with (data / RECORD).open("rb") as record:
            try:
                fcntl.flock(record, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                told = json.loads(record.read() or b"{}")
                return told if isinstance(told, dict) else {}
    except FileNotFoundError:
        return None
    except ValueError:  # read in the middle of a write: it runs, but has not told yet
        return {}
    return None


def _held(data: Path) -> Conflict:
    told = running(data) or {}
    where = f" at {told['url']}" if "url" in told else ""
    sentence = f"Process {told.get('pid', '?')} runs on {data}{where}. Stop it with: parley stop --data {data}"
    return Conflict("data_folder_held", sentence)


@dataclass
class Embedded:
    """The database of a held folder, migrated and ready for the application role."""

    postgres: EmbeddedPostgres
    migrated: list[str]

    @property
    def dsn(self) -> str:
        return self.postgres.dsn(user=APP_ROLE)


def start_embedded(settings: Settings, say: Say, *, die_with_owner: bool = False) -> Embedded:
    """Start or adopt the server, bring the schema up to date, and see that the master key fits."""
    postgres = EmbeddedPostgres(settings.data, say=say, die_with_owner=die_with_owner)
    owner = postgres.start()
    try:
        migrated = migrate(owner)
        _ensure_master_key(settings, owner)
    except BaseException:
        postgres.stop()
        raise
    return Embedded(postgres, migrated)


def _ensure_master_key(settings: Settings, owner: str) -> None:
    """A fresh key is made for a fresh store only: another key could not open what is there."""
    if settings.master_key is not None or settings.key_file.exists():
        return
    with psycopg.connect(owner) as connection:
        used = connection.execute("SELECT EXISTS (SELECT 1 FROM parley.tenant)").fetchone()
    if used and used[0]:
        sentence = f"There is data, but no master key at {settings.key_file}: put it back from a backup."
        raise Unavailable("master_key_missing", sentence)
    MasterKey.load_or_make(settings.key_file)


def application_dsn(settings: Settings) -> str:
    """The database that a command at the terminal works on: the one named, or that of the running data folder."""
    if settings.database_url is not None:
        return settings.database_url
    postgres = EmbeddedPostgres(settings.data)
    if not postgres.running:
        sentence = f"No database runs in {settings.data}. Start it with: parley up --data {settings.data}"
        raise Unavailable("not_running", sentence)
    return postgres.dsn(user=APP_ROLE)
