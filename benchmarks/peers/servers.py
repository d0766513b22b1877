"""Servers in processes of their own, started for a benchmark and stopped by their process id."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.store import Store


@dataclass(frozen=True)
class Served:
    """A server's address and the id of its process."""

    url: str
    pid: int

    def cpu(self) -> float:
        """Seconds of processor time that it has used so far; 0 where the system does not tell."""
        stat = Path(f"/proc/{self.pid}/stat")
        if not stat.exists():
            return 0.0
        used = stat.read_text().rpartition(")")[2].split()[11:13]
        return sum(map(int, used)) / os.sysconf("SC_CLK_TCK")


@contextmanager
def parley(shop: Store) -> Iterator[Served]:
    with _running("benchmarks.peers.parley_server", shop.dsn) as served:
        yield served


@contextmanager
def bare_starlette(dsn: str) -> Iterator[Served]:
    with _running("benchmarks.peers.bare_server", dsn) as served:
        yield served


@contextmanager
def _running(module: str, dsn: str) -> Iterator[Served]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", module, dsn, str(port)])
    try:
        _wait(port, process)
        yield Served(f"http://127.0.0.1:{port}", process.pid)
    finally:
        process.terminate()
        process.wait(timeout=15)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, process: subprocess.Popen[bytes], *, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"The server on port {port} did not start.")
