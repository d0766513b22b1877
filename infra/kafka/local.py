"""LocalKafka: one real broker in a folder, started and stopped from Python.

The broker outlives an owner that is killed; the next owner of the folder adopts it, and never signals a
process that merely has the same pid. A second live owner is refused.
"""

from __future__ import annotations

import signal
import subprocess
import time
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from infra.kafka.errors import KafkaUnavailable
from infra.kafka.jars import ensure_jars
from infra.kafka.node import Node, java
from infra.kafka.ports import LOOPBACK, free_ports
from infra.kafka.probe import answers
from infra.kafka.process import Running
from infra.kafka.record import Record, own, read_record, write_record

START_SECONDS = 60
ADOPT_SECONDS = 10
STOP_SECONDS = 30
LAUNCHES = 3  # a port may be taken between our look and Kafka's


class LocalKafka:
    """A one-node Apache Kafka in `folder`, on loopback. `cache` holds the jars; `port` is a wish, no promise.

    Without `port` a restart keeps the folder's last port if it is free: clients find the broker again.
    """

    def __init__(self, folder: Path, *, cache: Path | None = None, port: int | None = None) -> None:
        self.folder = folder.absolute()
        self._cache = cache
        self._wished = port
        self._owned: IO[bytes] | None = None
        self._child: subprocess.Popen[bytes] | None = None
        self._broker: Running | None = None

    @property
    def pid(self) -> int | None:
        """The pid of the broker that was started or adopted."""
        return self._broker.pid if self._broker is not None else None

    def start(self) -> str:
        """Return "127.0.0.1:PORT" of a broker that answers, adopted or fresh. Raise KafkaUnavailable."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._owned = self._owned or own(self.folder)
        try:
            return self._adopt() or self._launch()
        except BaseException:  # also Ctrl-C: no broker is left behind by a start that did not succeed
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the folder's broker, also one left behind, and wait for its end. None to stop is no error."""
        if not self.folder.exists():
            return
        self._owned = self._owned or own(self.folder)
        try:
            left = read_record(self.folder)
            self._broker = self._broker or (left.broker if left else None)
            self._end()
        finally:
            self._owned.close()
            self._owned = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _adopt(self) -> str | None:
        left = read_record(self.folder)
        if left is None or not left.broker.alive():
            return None
        self._broker = left.broker
        address = f"{LOOPBACK}:{left.port}"
        deadline = time.monotonic() + ADOPT_SECONDS
        while left.broker.alive() and time.monotonic() < deadline:
            if answers(address):
                return address
            time.sleep(0.1)
        self._end()  # it lives but serves nobody: a fresh one recovers the data
        return None

    def _launch(self) -> str:
        java()  # a missing runtime is said before anything is fetched
        node = Node(self.folder, ensure_jars(self._cache))
        node.format_once()
        left = read_record(self.folder)
        wished = self._wished or (left.port if left else None)
        for _ in range(LAUNCHES):
            port, controller = free_ports(wished)
            self._run(node, port, controller)
            if self._serves(node, f"{LOOPBACK}:{port}"):
                return f"{LOOPBACK}:{port}"
            wished = None
        raise _died(node, "each time another process took its port")

    def _run(self, node: Node, port: int, controller: int) -> None:
        self._child = node.launch(port, controller)
        self._broker = Running.of(self._child.pid)
        if self._broker is not None:
            write_record(self.folder, Record(self._broker, port))

    def _serves(self, node: Node, address: str) -> bool:
        """True when it is ready; False when it died because its port was taken."""
        deadline, said = time.monotonic() + START_SECONDS, False
        while time.monotonic() < deadline:
            ended = self._child.poll() if self._child is not None else None
            if ended is not None and node.lost_its_port():
                return False
            if ended is not None:
                raise _died(node, f"exit code {ended}")
            said = said or node.says_ready()
            if said and answers(address):
                return True
            time.sleep(0.02)
        raise KafkaUnavailable(
            "kafka.start_timeout",
            f"Kafka was not ready within {START_SECONDS} s. It said:\n{node.last_words()}",
        )

    def _end(self) -> None:
        if self._broker is not None:
            self._broker.send(signal.SIGTERM)
            if not self._broker.wait(STOP_SECONDS):
                self._broker.send(signal.SIGKILL)
                self._broker.wait(STOP_SECONDS)
        if self._child is not None:
            self._child.wait(STOP_SECONDS)  # reap it
        self._broker = self._child = None


def _died(node: Node, how: str) -> KafkaUnavailable:
    return KafkaUnavailable(
        "kafka.broker_died", f"Kafka ended before it was ready ({how}). It said:\n{node.last_words()}"
    )
