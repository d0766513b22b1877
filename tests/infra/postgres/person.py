"""Another process with an EmbeddedPostgres of its own, under any account: told what to do line by line.

Commands: start, stop, running, query SQL. Every answer is one line: the value, or the code of PostgresUnavailable.
SIGINT does not end it; it answers the next command with `interrupted` in front, as a program that finishes first would.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

import psycopg

from infra.postgres import EmbeddedPostgres, PostgresUnavailable
from infra.postgres.process import postmaster

ROOT = Path(__file__).parents[3]


class Person:
    def __init__(self, data: Path, *, uid: int | None = None, die_with_owner: bool = False) -> None:
        self._process = subprocess.Popen(
            [sys.executable, __file__, str(data), str(os.geteuid() if uid is None else uid), str(die_with_owner)],
            env={
                "PATH": os.defpath,
                "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
                "PYTHONDONTWRITEBYTECODE": "1",
            },
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.pid = self._process.pid

    def told(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()

    def answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def ask(self, command: str) -> str:
        self.told(command)
        return self.answer()

    def signal_terminal(self, number: int) -> None:
        """What Ctrl-C does: the signal goes to the whole process group."""
        os.killpg(self.pid, number)

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            self._process.kill()
        self._process.communicate()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


def become(uid: int) -> None:
    """Another user, without executing anything: the interpreter itself may lie where that user cannot go."""
    if uid != os.geteuid():
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)


def main(data: str, uid: str, die: str) -> None:
    become(int(uid))
    server = EmbeddedPostgres(Path(data), die_with_owner=die == "True")
    interrupts: list[int] = []
    signal.signal(signal.SIGINT, lambda number, _: interrupts.append(number))
    for line in sys.stdin:
        told: object
        command, _, rest = line.strip().partition(" ")
        try:
            match command:
                case "start":
                    told = server.start()
                case "stop":
                    server.stop()
                    told = None
                case "running":
                    told = server.running
                case _:
                    told = ask(server.dsn(), rest)
        except PostgresUnavailable as refused:
            told = refused.code
        print(*(["interrupted"] if interrupts else []), told, flush=True)


def ask(dsn: str, query: str) -> object:
    """The first value of the query's first row."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def eventually(holds: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def kill_server(server: EmbeddedPostgres) -> int:
    pid = postmaster(server.cluster)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: postmaster(server.cluster) is None)
    return pid


if __name__ == "__main__":
    main(*sys.argv[1:])
