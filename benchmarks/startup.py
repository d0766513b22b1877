"""`parley up` as a newcomer meets it: seconds to the first answered request, memory at rest. Own figures, no peer."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.peers.servers import free_port
from benchmarks.report import Comparison

FIRST, AGAIN = "first start", "second start"


def run(*, smoke: bool) -> Iterator[Comparison]:
    with tempfile.TemporaryDirectory(prefix="parley-bench-") as folder:
        for name in (FIRST, AGAIN):
            seconds, memory = _up(Path(folder) / "data", rest=0.5 if smoke else 5.0)
            yield Comparison(f"parley up, {name}: to the first answer, s", seconds, at_most=5)
    yield Comparison("parley up at rest: our process, MB", memory["parley"])
    yield Comparison("parley up at rest: PostgreSQL (PSS), MB", memory["postgres"])


def _up(data: Path, *, rest: float) -> tuple[float, dict[str, float]]:
    port = free_port()
    command = [sys.executable, "-m", "infra.cli", "up", "--data", str(data), "--port", str(port)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        _answered(port)
        seconds = time.perf_counter() - began
        time.sleep(rest)
        return seconds, {"parley": _memory(process.pid, "Rss"), "postgres": _postgres(data)}
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _answered(port: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.02)
    raise TimeoutError("parley up did not answer.")


def _postgres(data: Path) -> float:
    """All processes of the server; shared memory is counted once, by proportional shares."""
    leader = int((data / "postgres" / "postmaster.pid").read_text().split()[0])
    children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
    return sum(_memory(pid, "Pss") for pid in (leader, *map(int, children)))


def _memory(pid: int, what: str) -> float:
    found = re.search(rf"^{what}:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0
