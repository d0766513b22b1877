"""Our HTTP door alone, on a test's store, in a process of its own: what `parley serve` runs."""

from __future__ import annotations

import sys

import uvicorn

from adapters.http.app import create_app
from adapters.http.parts import Parts
from adapters.store.database import Database
from adapters.store.executor import Executor
from adapters.store.log import Log
from adapters.vault import Vault
from infra.migrate import newest
from processors import ALL_HANDLERS
from tests.store import master_key


def main(dsn: str, port: int) -> None:
    database = Database(dsn)
    vault = Vault(master_key(), database)
    executor = Executor(database, vault, handlers=ALL_HANDLERS)
    parts = Parts(database=database, vault=vault, log=Log(database), executor=executor, schema=newest())
    uvicorn.run(create_app(parts), host="127.0.0.1", port=port, log_level="warning", access_log=False)
    executor.close()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
