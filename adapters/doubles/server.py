"""A small HTTP server on the loopback interface: every double is a function from a request to an answer, behind one."""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from adapters.doubles.shell import Shell

_FILE_NAME = re.compile('filename="([^"]*)"')
LOOPBACK = "127.0.0.1"
LARGEST_BODY = 50 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Asked:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> dict[str, Any]:
        value = json.loads(self.body) if self.body else {}
        return value if isinstance(value, dict) else {}

    @property
    def route(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]

    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.path.partition("?")[2], keep_blank_values=True))

    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("utf-8", "replace"), keep_blank_values=True))

    def parts(self) -> dict[str, tuple[str, bytes]]:
        """The parts of a multipart form: file name (empty for a plain field) and bytes, by field."""
        kind = self.headers.get("content-type", "").encode()
        found: dict[str, tuple[str, bytes]] = {}
        for part in message_from_bytes(b"content-type: " + kind + b"\r\n\r\n" + self.body).walk():
            name, content = part.get_param("name", header="content-disposition"), part.get_payload(decode=True)
            if name is not None and isinstance(content, bytes):
                found[str(name)] = (_file_name(dict(part.raw_items())), content)
        return found


def _file_name(headers: Mapping[str, str]) -> str:
    """As browsers write it: UTF-8 between quotes, which the parser of letters takes for broken."""
    raw = next((value for name, value in headers.items() if name.lower() == "content-disposition"), "")
    found = _FILE_NAME.search(str(raw).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """`body`: a value that becomes JSON, or bytes as they are. `hang_up`: the connection is closed without an answer,
    after the request was carried out."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    hang_up: bool = False


Answering = Callable[[Asked], Reply]


class LoopbackServer(Shell):
    """Runs from `__enter__` to `__exit__`, in threads of its own, on a free port or the one given."""

    def __init__(self, answering: Answering, *, port: int = 0) -> None:
        self._server = _Server((LOOPBACK, port), _Handler)
        self._server.answering = answering
        self._thread = threading.Thread(target=self._serve, name="double", daemon=True)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self._server.server_address[1]}"

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _serve(self) -> None:
        self._server.serve_forever(poll_interval=0.02)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    answering: Answering

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up, or is killed, is no error of ours."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_GET(self) -> None:
        self._reply()

    def do_POST(self) -> None:
        self._reply()

    def do_PUT(self) -> None:
        self._reply()

    def do_PATCH(self) -> None:
        self._reply()

    def do_DELETE(self) -> None:
        self._reply()

    def _reply(self) -> None:
        size = min(int(self.headers.get("content-length") or 0), LARGEST_BODY)
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.server.answering(Asked(self.command, self.path, headers, self.rfile.read(size)))
        if reply.hang_up:
            self.close_connection = True
            return
        body = reply.body if isinstance(reply.body, bytes) else _json(reply.body)
        self.send_response(reply.status)
        for name, value in {"content-type": "application/json", **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: the address holds a token."""


def _json(body: Any) -> bytes:
    if body is None:
        return b""
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a character can only be written as an escape
        return json.dumps(body).encode()
