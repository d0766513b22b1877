"""A thread that lives on one connection, is woken, and begins anew after whatever the database did to it."""

from __future__ import annotations

import logging
import threading
from abc import ABC, abstractmethod

import psycopg

from adapters.store.database import Connection, Database
from domain.errors import Rejected

PAUSE = 1.0


class Living(ABC):
    """`live` runs until `_stop` is set, and waits on `_woken` where there is nothing to do."""

    def __init__(self, name: str, database: Database, log: logging.Logger) -> None:
        self._name = name
        self._database = database
        self._log = log
        self._woken = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name.replace(" ", "-"), daemon=True)

    @abstractmethod
    def live(self, connection: Connection) -> None: ...

    def start(self) -> None:
        self._thread.start()

    def wake(self) -> None:
        self._woken.set()

    def stop(self) -> None:
        self._stop.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                with self._database.connect() as connection:
                    self.live(connection)
            except (psycopg.Error, Rejected) as error:
                self._log.warning("%s interrupted: %s", self._name, type(error).__name__)
                self._stop.wait(PAUSE)
