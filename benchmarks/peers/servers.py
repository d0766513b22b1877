"""Servers in processes of their own, started for a benchmark and stopped by their process id."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from adapters.channels.keys import hook_path, open_door
from adapters.channels.telegram.webhook import HEADER
from tests.store import TENANT, Store


@dataclass(frozen=True)
class Served:
    url: str
    headers: dict[str, str] = field(default_factory=dict)


@contextmanager
def parley(shop: Store) -> Iterator[Served]:
    path, secret = open_door(shop.vault, TENANT, "shop")
    with _running("benchmarks.peers.parley_server", shop.dsn) as base:
        yield Served(f"{base}{hook_path('telegram', 'shop', path)}", {HEADER: secret.reveal()})


@contextmanager
def bare_starlette(dsn: str) -> Iterator[Served]:
    with _running("benchmarks.peers.bare_server", dsn) as base:
        yield Served(f"{base}/hook")


@contextmanager
def _running(module: str, dsn: str) -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", module, dsn, str(port)])
    try:
        _wait(port, process)
        yield f"http://127.0.0.1:{port}"
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
