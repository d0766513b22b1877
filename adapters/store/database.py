"""One database: a pool for reading, single connections for those who hold locks or listen."""

from __future__ import annotations

import threading
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg_pool import ConnectionPool

Connection = psycopg.Connection[Any]
LOCK_TIMEOUT = "5s"
IDLE_IN_TRANSACTION = "10s"


class Database:
    """`dsn` is that of the application role, except for migrations. The pool opens at the first use."""

    def __init__(self, dsn: str, *, pool_size: int = 8) -> None:
        options = f"-c lock_timeout={LOCK_TIMEOUT} -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION}"
        self.dsn = make_conninfo(dsn, options=options, connect_timeout=5)
        self._pool_size = pool_size
        self._pool: ConnectionPool[Connection] | None = None
        self._opening = threading.Lock()

    @property
    def pool(self) -> ConnectionPool[Connection]:
        if self._pool is None:
            with self._opening:
                self._pool = self._pool or self._opened()
        return self._pool

    def _opened(self) -> ConnectionPool[Connection]:
        return ConnectionPool(
            self.dsn,
            min_size=1,
            max_size=self._pool_size,
            open=True,
            kwargs={"autocommit": True},
            timeout=10,
            check=ConnectionPool.check_connection,  # those that a restarted server has left behind are not lent
        )

    def connect(self, *, autocommit: bool = True) -> Connection:
        """A connection outside the pool; the caller closes it."""
        connection: Connection = psycopg.connect(self.dsn, autocommit=autocommit)
        return connection

    def close(self) -> None:
        if self._pool is not None:
            self._pool.close()
            self._pool = None
