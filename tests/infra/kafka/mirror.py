"""A mirror of jars on loopback that serves what a test gives it, and misbehaves on request."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from infra.kafka.lock import Jar


class Mirror:
    """`bodies` by file name. `refuse[name]`: how often 503 is said first; `cut[name]`: how often half is sent."""

    def __init__(self, bodies: dict[str, bytes]) -> None:
        self.bodies = bodies
        self.refuse: Counter[str] = Counter()
        self.cut: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()
        self.url = ""

    def answer(self, name: str) -> tuple[int, bytes, int]:
        """Status, body and the length that is promised."""
        self.asked[name] += 1
        body = self.bodies.get(name)
        if body is None:
            return 404, b"", 0
        if self.refuse[name] > 0:
            self.refuse[name] -= 1
            return 503, b"", 0
        if self.cut[name] > 0:
            self.cut[name] -= 1
            return 200, body[: len(body) // 2], len(body)
        return 200, body, len(body)


@contextmanager
def serving(mirror: Mirror) -> Iterator[Mirror]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, promised = mirror.answer(self.path.rsplit("/", 1)[-1])
            self.send_response(status)
            self.send_header("Content-Length", str(promised))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """A test's output is its own."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    mirror.url = f"http://127.0.0.1:{server.server_port}/jars"
    try:
        yield mirror
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


def jar_of(artifact: str, body: bytes) -> Jar:
    return Jar("org.example", artifact, "1.0", len(body), hashlib.sha256(body).hexdigest())
