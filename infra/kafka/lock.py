"""The lock of jars: every runtime jar of one Kafka broker by exact coordinate, with its size and sha256.

A line of `jars.lock` is `group:artifact:version bytes sha256`; `#` begins a comment. Nothing is resolved at
run time: a resolver that mixes versions (a client of 3.9 under a server of 4.3) cannot hurt us.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib.resources import files
from typing import Self

KAFKA_VERSION = "4.3.1"

_LINE = re.compile(r"(?P<group>[\w.-]+):(?P<artifact>[\w.-]+):(?P<version>[\w.-]+) (?P<size>\d+) (?P<sha>[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Jar:
    """One file of the class path. `size` in bytes, `sha256` in lower-case hex."""

    group: str
    artifact: str
    version: str
    size: int
    sha256: str

    @property
    def coordinate(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    @classmethod
    def parse(cls, line: str) -> Self:
        """Raise ValueError for a line that is not of the lock's form."""
        match = _LINE.fullmatch(line)
        if match is None:
            raise ValueError(f"Not a line of the jar lock: {line!r}")
        return cls(match["group"], match["artifact"], match["version"], int(match["size"]), match["sha"])


def locked_jars() -> list[Jar]:
    """The jars of `jars.lock`, in its order, which is the order of the class path."""
    lines = (files("infra.kafka") / "jars.lock").read_text(encoding="utf-8").splitlines()
    return [Jar.parse(line) for line in lines if line and not line.startswith("#")]
