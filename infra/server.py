"""The HTTP door on a socket: uvicorn in a thread of its own, so that the main thread stays free for signals."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any

import uvicorn

from domain.errors import Conflict, Unavailable

START_SECONDS = 30.0
FINISH_SECONDS = 20
"""How long requests in flight may take after the stop was asked for; streams are cut then."""


class Server:
    """`application` is ASGI; `listener` an open socket, whose port is known before anything else starts."""

    def __init__(self, application: Any, listener: socket.socket, *, drain: Callable[[], None] = lambda: None) -> None:
        self._listener = listener
        self.drain = drain
        config = uvicorn.Config(
            application,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=FINISH_SECONDS,
            limit_concurrency=None,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([listener],), name="http", daemon=True)

    @property
    def url(self) -> str:
        return url_of(self._listener)

    def look_after(self) -> None:
        """Raises if the door has fallen shut by itself."""
        if not self._thread.is_alive():
            raise Unavailable("http_died", "The HTTP server has ended by itself; the log says why.")

    def start(self) -> None:
        """Returns once requests are answered."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(START_SECONDS / 0.005)):
            if self._server.started:
                return
            if not self._thread.is_alive():
                break
            waited.wait(0.005)
        raise Unavailable("http_not_started", "The HTTP server did not start; the log says why.")

    def stop(self) -> None:
        """Not ready from now on; finish what is in flight, then close."""
        self.drain()
        self._server.should_exit = True
        self._thread.join()


def url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 = any free one. Raises `Conflict` for a taken port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except OSError as refused:
        listener.close()
        sentence = f"Cannot listen on {host}:{port}: {refused.strerror}. Another port: --port 0 takes any free one."
        raise Conflict("port_taken", sentence) from None
    return listener
