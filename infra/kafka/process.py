"""Who runs: a process is its pid and the moment it started; a pid used again is never taken for ours."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Running:
    """One process of this machine. `started` is the system's word, equal only for the same process."""

    pid: int
    started: str

    @classmethod
    def of(cls, pid: int) -> Running | None:
        """The process that has this pid now; None if there is none, or only its unreaped remains."""
        started = started_by_proc(pid) if Path("/proc/self/stat").exists() else started_by_ps(pid)
        return None if started is None else cls(pid, started)

    def alive(self) -> bool:
        return Running.of(self.pid) == self

    def send(self, sent: signal.Signals) -> None:
        """Signal this process and no other; nothing happens when it has ended."""
        if self.alive():
            try:
                os.kill(self.pid, sent)
            except ProcessLookupError:
                return

    def wait(self, seconds: float) -> bool:
        """Whether it ended within `seconds`."""
        deadline = time.monotonic() + seconds
        while self.alive():
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.02)
        return True


def started_by_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = stat[stat.rindex(")") + 2 :].split()  # the name may hold spaces and brackets
    if fields[0] in "ZX":
        return None
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return f"{boot}:{fields[19]}"


def started_by_ps(pid: int) -> str | None:
    answer = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    state, _, started = answer.stdout.strip().partition(" ")
    return None if not started or state.startswith("Z") else started.strip()
