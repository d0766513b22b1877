"""A server whose clients speak in lines: one thread a connection, on the loopback interface, with faults on demand."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections import deque
from time import sleep

from adapters.doubles.email.faults import MailFault
from adapters.doubles.server import LOOPBACK

LONGEST_LINE = 64 * 1024
SILENCE = 60.0


class HungUp(Exception):
    """This connection is over."""


class Faults:
    """Waiting faults by command, first come first served."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[MailFault]] = {}
        self._lock = threading.Lock()

    def add(self, name: str, fault: MailFault, times: int) -> None:
        with self._lock:
            self._waiting.setdefault(name, deque()).extend([fault] * times)

    def next(self, name: str) -> MailFault:
        with self._lock:
            waiting = self._waiting.get(name)
            return waiting.popleft() if waiting else MailFault()


class Talk(socketserver.StreamRequestHandler):
    """One connection; `converse` is the conversation."""

    timeout = SILENCE
    server: LineServer

    def handle(self) -> None:
        self.server.talking.add(self.connection)
        try:
            self.converse()
        except (HungUp, OSError):
            return
        finally:
            self.server.talking.discard(self.connection)

    def converse(self) -> None:
        raise NotImplementedError

    def line(self) -> bytes:
        """Without its end. Raises `HungUp` where there is none."""
        read = self.rfile.readline(LONGEST_LINE)
        if not read:
            raise HungUp
        return read.rstrip(b"\r\n")

    def say(self, *lines: str | bytes) -> None:
        raw = [one if isinstance(one, bytes) else one.encode() for one in lines]
        self.wfile.write(b"".join(one + b"\r\n" for one in raw))

    def met(self, name: str) -> MailFault:
        """The fault that awaits this command; one that hangs up at once does it here."""
        fault = self.server.faults.next(name)
        sleep(fault.delay)
        if fault.hang_up and not fault.carried_out:
            raise HungUp
        return fault


class LineServer(socketserver.ThreadingTCPServer):
    """From `start` to `stop`; stopping ends the conversations that still go on."""

    daemon_threads = True
    block_on_close = False
    allow_reuse_address = True

    def __init__(self, talk: type[Talk], faults: Faults, port: int = 0) -> None:
        super().__init__((LOOPBACK, port), talk)
        self.faults = faults
        self.talking: set[socket.socket] = set()
        self._thread = threading.Thread(target=lambda: self.serve_forever(0.02), name="double-mail", daemon=True)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.hang_up()
        self._thread.join()

    def hang_up(self) -> None:
        """All conversations end in the middle of a word."""
        for connection in list(self.talking):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, or is killed, is no error of ours."""
