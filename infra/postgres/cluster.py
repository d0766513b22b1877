"""EmbeddedPostgres: a PostgreSQL server of our own in the data folder, found again after any crash.

`start` finds the server or starts it; `stop` ends it if we own it. It does not die with its owner, for others
may be at work on it: the next `start` takes it over. Tests and demos ask for `die_with_owner` instead.
"""

import logging
import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import psycopg
from psycopg import pq, sql

from .account import hand_over, naming_account, server_account
from .binaries import reachable_installation
from .birth import ensure_cluster
from .doorway import close_doorway, conninfo, ping
from .errors import PostgresUnavailable
from .locks import Ownership, critical_section, read_record
from .options import OWNER
from .process import postmaster, started_at
from .server import Server
from .watch import start_watcher

DATABASE = "parley"
_log = logging.getLogger("parley.postgres")


class EmbeddedPostgres:
    """The cluster in `data`/postgres; `settings` are PostgreSQL's, `say` gets sentences about progress."""

    def __init__(
        self,
        data: Path,
        *,
        settings: Mapping[str, str] = MappingProxyType({}),
        say: Callable[[str], None] = _log.info,
        die_with_owner: bool = False,
    ) -> None:
        self.data = Path(data).absolute()
        self.cluster = self.data / "postgres"
        self._settings = dict(settings)
        self._say = say
        self._server = Server(self.cluster, say)
        self._ownership: Ownership | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._watched = die_with_owner
        self._watcher: subprocess.Popen[bytes] | None = None

    def start(self) -> str:
        """The owner role's conninfo on database `parley`; starts or joins the server, however long it takes.

        Raises PostgresUnavailable. May be called again at will, also to start a crashed server anew.
        """
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with critical_section(self.data, self._say):
            self._refuse_foreign()
            self._ownership = self._ownership or Ownership.taken(self.data)
            try:
                self._join_or_launch()
                if self._ownership is not None:
                    self._ensure_database()
                    self._record(self._ownership)
                    self._watch()
            except BaseException:
                self._give_up()
                raise
        return self.dsn()

    def stop(self) -> None:
        """Shut the server down and wait for its end, if we own it; a guest leaves it to its owner."""
        if self._ownership is None:
            return
        with critical_section(self.data, self._say):
            self._server.shut_down()
            close_doorway(self.cluster)
            if self._child is not None:
                self._child.wait()
                self._child = None
            self._ownership.write({})
            self._give_up()

    @property
    def running(self) -> bool:
        """Does the server accept connections now?"""
        return self.cluster.is_dir() and ping(self.cluster) == pq.Ping.OK

    def dsn(self, *, user: str = OWNER, dbname: str = DATABASE) -> str:
        return conninfo(self.cluster, user=user, dbname=dbname)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _refuse_foreign(self) -> None:
        if self.cluster.exists() and os.geteuid() not in (0, self.cluster.stat().st_uid):
            raise PostgresUnavailable(
                "embedded_postgres_foreign",
                f"The cluster in {self.cluster} belongs to user id {self.cluster.stat().st_uid}: "
                "run as that user or as root.",
            )

    def _join_or_launch(self) -> None:
        """One that runs is joined; if it ends while we wait, or none runs, the owner launches one."""
        if self._server.alive() and self._server.ready(self._server.alive):
            self._warn_of_other_settings()
            return
        if self._ownership is None:
            raise PostgresUnavailable(
                "embedded_postgres_busy",
                f"Process {read_record(self.data).get('owner', '?')} owns the database in {self.data}, "
                "but no server answers: restart that process.",
            )
        self._launch()

    def _launch(self) -> None:
        if self._child is not None:
            self._child.wait()  # it has crashed; as a zombie it would still hold its number
        account = server_account(self.cluster)
        makers = set() if (self.cluster / "PG_VERSION").exists() else {naming_account(account)}
        installation = reachable_installation(self.data, {account} | makers)
        ensure_cluster(self.cluster, installation, account, self._say)
        if self.cluster.stat().st_uid != account.uid:  # brought back by root from a backup, say
            hand_over(self.cluster, account)
        self._child = self._server.launch(installation, account, self._settings)

    def _ensure_database(self) -> None:
        with psycopg.connect(self.dsn(dbname="postgres"), autocommit=True) as connection:
            known = connection.execute("SELECT FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if known is None:
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(DATABASE)))

    def _record(self, ownership: Ownership) -> None:
        ownership.write(
            {
                "owner": os.getpid(),
                "postmaster": postmaster(self.cluster),
                "started": started_at(self.cluster),
                "settings": self._settings,
            }
        )

    def _warn_of_other_settings(self) -> None:
        running = read_record(self.data).get("settings", {})
        if self._ownership is not None and running != self._settings:
            self._say(f"The server found running keeps its settings {running} until it is started anew.")

    def _watch(self) -> None:
        if self._watched and self._watcher is None:
            self._watcher = start_watcher(self.cluster)

    def _give_up(self) -> None:
        if self._watcher is not None:
            self._watcher.kill()
            self._watcher.communicate()
            self._watcher = None
        if self._ownership is not None:
            self._ownership.release()
            self._ownership = None


def stop_server(data: Path, *, say: Callable[[str], None] = _log.info) -> bool:
    """Stop the server of this data folder whoever owns it, for a stop command; False if none ran."""
    folder = Path(data).absolute()
    if not folder.is_dir():
        return False
    with critical_section(folder, say):
        stopped = Server(folder / "postgres", say).shut_down()
        close_doorway(folder / "postgres")
        return stopped
