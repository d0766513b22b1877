"""Free ports of loopback."""

from __future__ import annotations

import socket

LOOPBACK = "127.0.0.1"


def free_ports(wished: int | None, count: int = 2) -> list[int]:
    """`count` different free ports; the first is `wished` if nobody has it.

    Between this look and the use another process may take one: whoever binds must be ready to ask again.
    """
    held = [_hold(wished), *(_hold(None) for _ in range(count - 1))]
    ports: list[int] = [sock.getsockname()[1] for sock in held]
    for sock in held:
        sock.close()
    return ports


def _hold(wished: int | None) -> socket.socket:
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # what waits in TIME_WAIT is free for a server
    try:
        sock.bind((LOOPBACK, wished or 0))
    except OSError:
        sock.bind((LOOPBACK, 0))
    return sock
