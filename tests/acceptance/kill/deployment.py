"""One installation of the engine in a folder: PostgreSQL of its own and a process for every job, all of them mortal."""

from __future__ import annotations

import json
import os
import signal
import socket
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import Self

import httpx2

from adapters.doubles.telegram import TelegramDouble
from adapters.http.tokens import Role, Tokens
from adapters.store.database import Database
from adapters.vault import Vault
from infra.kafka import ensure_topics
from infra.migrate import APP_ROLE, migrate
from infra.postgres import EmbeddedPostgres
from infra.postgres.process import postmaster
from tests.acceptance.kill.supervised import Supervised, Supervisor, surroundings
from tests.store import MASTER, TENANT, master_key

DOORS = 2
PARTITIONS = 3
START_SECONDS = 90.0
POSTGRES = "postgres"


class Deployment:
    """`postgres_settings` bend the server, `kafka` = a broker's address: then two relays, and consumers behind topics.

    with Deployment(folder) as installed:
        installed.kill("serve-1", chance)
    """

    def __init__(
        self,
        folder: Path,
        *,
        postgres_settings: Mapping[str, str] | None = None,
        any_durability: bool = False,
        kafka: str | None = None,
        prefix: str = "",
    ) -> None:
        self.folder = folder
        self.kafka, self.prefix = kafka, prefix
        self.postgres = EmbeddedPostgres(
            folder, settings={**(postgres_settings or {}), "max_connections": "200"}, die_with_owner=True
        )
        self.telegram = TelegramDouble()
        self.doors: list[str] = []
        self._any_durability = any_durability
        self._stops = ExitStack()
        self._supervisor = Supervisor([])
        self._ports: list[int] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stops.close()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stops.close()

    @property
    def names(self) -> list[str]:
        """Everything that may be killed."""
        return [POSTGRES, *(process.name for process in self._supervisor.processes)]

    def kill(self, name: str, chance: object) -> int:
        """kill -9, and the start again. Returns the process id of the victim; 0 = there was none to kill."""
        if name == POSTGRES:
            return self.kill_postgres()
        return self._supervisor.kill(name, chance)  # type: ignore[arg-type]

    def kill_postgres(self) -> int:
        """The postmaster alone: its backends see that and leave, its buffers are gone. Returns when it serves again."""
        pid = postmaster(self.postgres.cluster)
        if pid is not None:
            os.kill(pid, signal.SIGKILL)
        self.postgres.start()
        return pid or 0

    def stop_processes(self) -> list[str]:
        """In order. What ended by itself, at any time, in words."""
        self._supervisor.stop()
        self.forget_connections()
        return self._supervisor.died()

    def forget_connections(self) -> None:
        """Those of our own that a killed server has left behind; the next use makes new ones."""
        self.database.close()
        self.owner.close()

    def token(self, role: Role, actor: str) -> str:
        return Tokens(self.database).make(TENANT, role, actor)

    def ready(self, door: str) -> bool:
        try:
            return httpx2.get(f"{door}/readyz", trust_env=False, timeout=5.0).status_code == 200
        except httpx2.HTTPError:
            return False

    # -- starting ---------------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self._stops.enter_context(self.telegram)
        self._stops.callback(self.postgres.stop)
        self.owner = Database(self.postgres.start(), pool_size=2)
        self._stops.callback(self.owner.close)
        migrate(self.owner.dsn)
        self.database = Database(self.postgres.dsn(user=APP_ROLE), pool_size=4)
        self._stops.callback(self.database.close)
        self.vault = Vault(master_key(), self.database)
        self.vault.add_tenant(TENANT)
        if self.kafka is not None:
            ensure_topics(self.kafka, partitions=PARTITIONS, prefix=self.prefix)
        self._ports = _free_ports(DOORS)
        self.doors = [f"http://127.0.0.1:{port}" for port in self._ports]
        self._supervisor = Supervisor(self._processes())
        self._stops.callback(self._supervisor.stop)
        self._supervisor.start()
        self._wait_for_doors()

    def _processes(self) -> list[Supervised]:
        words: dict[str, list[str]] = {
            f"serve-{number}": ["serve", "--port", str(port), "--notice", "0"]
            for number, port in enumerate(self._ports, 1)
        }
        words |= {"process": ["process"], "project": ["project"]}
        if self.kafka is not None:
            words |= {"relay-1": ["relay"], "relay-2": ["relay"]}
        return [Supervised(name, said, self.environment(), self.folder) for name, said in words.items()]

    def environment(self, **more: str) -> dict[str, str]:
        settings = {
            "data": str(self.folder / "data"),
            "database_url": self.database.dsn,
            "master_key": MASTER,
            "tenant": TENANT,
            "public_url": self.doors[0],
            "provider_urls": json.dumps({"telegram": self.telegram.url}),
        }
        if self.kafka is not None:
            settings |= {"kafka": self.kafka, "kafka_topic_prefix": self.prefix, "kafka_partitions": str(PARTITIONS)}
        if self._any_durability:
            settings["unsafe_accept_any_durability"] = "1"
        return surroundings(**settings, **more)

    def _wait_for_doors(self) -> None:
        end = monotonic() + START_SECONDS
        while not all(self.ready(door) for door in self.doors):
            words = [f"{one.name}: {one.last_words()}" for one in self._supervisor.processes]
            assert monotonic() < end, "the doors did not open:\n" + "\n".join(words)
            sleep(0.1)


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports
