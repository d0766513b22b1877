"""Processes of the engine under a supervisor: whatever ends one, it is started again, as systemd or Kubernetes would.

None of them outlives the test run: a watcher ends what is left when our end of its pipe closes, by whatever end.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from time import monotonic, sleep
from typing import IO

STORE_AWAY = 7
"""The exit code of a process that found no database at its start; there is none while PostgreSQL recovers."""
STOP_SECONDS = 40.0
WATCHER = """
import os, sys
living = set()
for line in sys.stdin:
    number = int(line)
    (living.add if number > 0 else living.discard)(abs(number))
for number in living:
    try:
        os.kill(number, 9)
    except ProcessLookupError:
        pass
"""


class Watcher:
    """Knows which processes live; kills them if this process ends without having stopped them."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", WATCHER], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def tell(self, number: int) -> None:
        """A process id that lives now; negative: it has ended."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()

    def stop(self) -> None:
        self._process.communicate()


class Supervised:
    """`name` is its command line below `parley`, with a number where there are several of one kind."""

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], folder: Path) -> None:
        self.name = name
        self.died: list[str] = []
        """Ends that nobody wanted, with the last words; none but "no database" is excusable."""
        self._command = [str(Path(sys.executable).with_name("parley")), *arguments]
        self._environment = dict(environment)
        self._log = folder / f"{name}.log"
        self._out: IO[bytes] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._killed = False
        self._again_at = 0.0

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    def start(self, watcher: Watcher) -> None:
        if self._out is None:
            self._out = self._log.open("ab")
        self._killed = False
        self._child = subprocess.Popen(
            self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._out
        )
        watcher.tell(self._child.pid)

    def kill(self, *, rest: float) -> int:
        """kill -9; it comes back after `rest` seconds. Returns the process id, 0 if there was none."""
        if self._child is None or self._child.poll() is not None:
            return 0
        self._killed, self._again_at = True, monotonic() + rest
        self._child.kill()
        return self._child.pid

    def look_after(self, watcher: Watcher) -> None:
        """Start it again if it has ended and its rest is over."""
        if self._child is not None and (code := self._child.poll()) is not None:
            watcher.tell(-self._child.pid)
            if not self._killed:
                self._again_at = monotonic() + 0.3
                self._note(code)
            self._child = None
        if self._child is None and monotonic() >= self._again_at:
            self.start(watcher)

    def stop(self, watcher: Watcher) -> None:
        """SIGTERM, and the end in order that it promises; SIGKILL where it does not keep the promise."""
        child, self._child = self._child, None
        if child is not None:
            child.send_signal(signal.SIGTERM)
            try:
                if child.wait(STOP_SECONDS) not in (0, -signal.SIGKILL, -signal.SIGTERM):
                    self._note(child.returncode)
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGABRT)  # faulthandler tells where its threads are
                child.wait()
                self.died.append(f"{self.name} did not stop within {STOP_SECONDS} s: {self.last_words(150)}")
            watcher.tell(-child.pid)
        if self._out is not None:
            self._out.close()
            self._out = None

    def last_words(self, lines: int = 12) -> str:
        return "\n".join(self._log.read_text("utf-8", "replace").splitlines()[-lines:])

    def _note(self, code: int) -> None:
        if code != STORE_AWAY:
            self.died.append(f"{self.name} ended by itself with {code}: {self.last_words()}")


class Supervisor:
    """Looks after all of them in a thread of its own, until it is stopped."""

    def __init__(self, processes: Sequence[Supervised]) -> None:
        self.processes = list(processes)
        self._watcher = Watcher()
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look_after, name="supervisor", daemon=True)

    def start(self) -> None:
        for process in self.processes:
            process.start(self._watcher)
        self._thread.start()

    def kill(self, name: str, chance: random.Random) -> int:
        """kill -9 of one; it comes back soon. Waits for it where it is just being started again."""
        process = next(one for one in self.processes if one.name == name)
        for _ in range(100):
            with self._lock:
                if pid := process.kill(rest=chance.choice((0.0, 0.1, 0.5))):
                    return pid
            sleep(0.05)
        return 0

    def died(self) -> list[str]:
        return [words for process in self.processes for words in process.died]

    def stop(self) -> None:
        """In order, the doors first. Safe to call twice."""
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        for process in self.processes:
            process.stop(self._watcher)
        self._watcher.stop()

    def _look_after(self) -> None:
        while not self._over.wait(0.1):
            for process in self.processes:
                with self._lock:
                    process.look_after(self._watcher)


def surroundings(**settings: str) -> dict[str, str]:
    """The environment of a process: ours without any setting of the engine, and these settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PARLEY_")}
    return {**kept, "PYTHONFAULTHANDLER": "1", **{f"PARLEY_{name.upper()}": value for name, value in settings.items()}}
