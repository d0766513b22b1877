"""Launching the server, waiting until it serves, shutting it down: with no fixed time-out.

A recovery takes as long as it takes. While the process lives we wait and say what it does; if it ends, we say why.
"""

import itertools
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from psycopg import pq

from .account import Account
from .doorway import ping
from .errors import PostgresUnavailable
from .locks import open_private
from .options import PORT, environment, folder_as_seen, server_arguments
from .process import exists, interrupt_orphans, mark, postmaster, recorded_pid, status

SENTENCE_EVERY = 5.0  # seconds between progress sentences
LARGEST_LOG = 8 << 20  # bytes; a larger one is put aside at the next start
READY = ("ready", "standby")  # by its own word; every knock at a server that is not ready would fill its log
HELD = "pre-existing shared memory block"  # PostgreSQL's words: backends of a killed server still live


@dataclass(frozen=True, slots=True)
class Server:
    """The server of one cluster folder, whoever started it."""

    cluster: Path
    say: Callable[[str], None]

    @property
    def log(self) -> Path:
        return self.cluster.with_name("postgres.log")

    def alive(self) -> bool:
        """Seen as a process, or heard through the socket (it may live in another container)."""
        if not self.cluster.is_dir():
            return False
        return postmaster(self.cluster) is not None or ping(self.cluster) in (pq.Ping.OK, pq.Ping.REJECT)

    def launch(self, installation: Path, account: Account, settings: Mapping[str, str]) -> subprocess.Popen[bytes]:
        """Start and wait. A killed server's backends may hold it up: they are told to end and we try again."""
        for patience in itertools.count():
            child, begin = self._spawn(installation, account, settings)
            if self.ready(lambda: child.poll() is None):  # noqa: B023 - asked only within this turn
                return child
            words = self._words_since(begin)
            if HELD not in words:
                raise PostgresUnavailable("embedded_postgres_failed", f"PostgreSQL did not start: {words}")
            if patience == 0:
                self.say("Backends of a killed server are still at work; waiting until they end.")
            if patience > 5:
                interrupt_orphans(self.cluster)
            time.sleep(0.2)
        raise AssertionError("counting never ends")

    def ready(self, living: Callable[[], bool]) -> bool:
        """Wait until the server serves (True) or is no longer living (False)."""
        for _ in self._pauses("PostgreSQL is starting"):
            if status(self.cluster) in READY and ping(self.cluster) == pq.Ping.OK:
                return True
            if not living():
                return False
        raise AssertionError("pauses never end")

    def shut_down(self) -> bool:
        """Fast shutdown, waited for; False if nothing ran."""
        pid = postmaster(self.cluster) if self.cluster.is_dir() else None
        if pid is None:
            self._refuse_if_heard()
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        for _ in self._pauses("PostgreSQL is writing its last checkpoint"):
            if postmaster(self.cluster) != pid:
                return True
        raise AssertionError("pauses never end")

    def _refuse_if_heard(self) -> None:
        if self.alive():
            raise PostgresUnavailable(
                "embedded_postgres_elsewhere",
                f"The server of {self.cluster} answers, but its process is not to be seen from here "
                "(another container?): stop it where it was started.",
            )

    def _spawn(
        self, installation: Path, account: Account, settings: Mapping[str, str]
    ) -> tuple[subprocess.Popen[bytes], int]:
        """A process in a session of its own: neither Ctrl-C nor the end of the terminal reaches it."""
        self._clear_socket()
        log = self._open_log()
        try:
            begin = os.fstat(log).st_size
            child = subprocess.Popen(
                [
                    str(installation / "bin" / "postgres"),
                    "-D",
                    folder_as_seen(self.cluster, account),
                    *server_arguments(settings, mark(self.cluster)),
                ],
                cwd=self.cluster,
                env={**environment(), **self._innocent()},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,
                **account.switch,
            )
        finally:
            os.close(log)
        return child, begin

    def _clear_socket(self) -> None:
        """A killed server leaves its socket and that socket's lock, which may name a living stranger as well."""
        for name in (f".s.PGSQL.{PORT}", f".s.PGSQL.{PORT}.lock"):
            (self.cluster / name).unlink(missing_ok=True)

    def _innocent(self) -> dict[str, str]:
        """A stale `postmaster.pid` may name a living stranger, and PostgreSQL would think it a server.

        It takes the number in this variable for no rival, and still looks whether the old shared memory is in
        use, which deleting the file would make it forget.
        """
        pid = recorded_pid(self.cluster)
        return {"PG_GRANDPARENT_PID": str(pid)} if pid is not None and exists(pid) else {}

    def _open_log(self) -> int:
        if self.log.exists() and self.log.stat().st_size > LARGEST_LOG:
            self.log.replace(self.log.with_suffix(".log.1"))
        return open_private(self.log, os.O_WRONLY | os.O_APPEND)

    def _words_since(self, begin: int) -> str:
        with self.log.open("rb") as log:
            log.seek(begin)
            lines = log.read().decode(errors="replace").strip().splitlines()
        return " / ".join(lines[-6:])

    def _last_words(self) -> str:
        if not self.log.exists():
            return "it has no log here"
        return self._words_since(max(0, self.log.stat().st_size - 500)).rsplit(" / ", 1)[-1]

    def _pauses(self, doing: str) -> Iterator[None]:
        """Turns of a loop, quick at first; now and then says what is done, for how long, and the log's last words."""
        begin = time.monotonic()
        told = begin
        for turn in itertools.count():
            yield
            time.sleep(min(0.005 * 1.2**turn, 0.25) if turn < 50 else 0.25)
            if time.monotonic() - told >= SENTENCE_EVERY:
                told = time.monotonic()
                self.say(f"{doing} ({told - begin:.0f} s so far): {self._last_words()}")
