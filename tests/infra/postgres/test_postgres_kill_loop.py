"""The server is killed again and again under load; not one acknowledged row may be missing afterwards."""

import os
import random
import signal
import threading
import time
from pathlib import Path

import psycopg
import pytest

from infra.postgres import EmbeddedPostgres
from infra.postgres.process import postmaster
from tests.infra.postgres.person import ask

WRITERS = 4


@pytest.mark.parametrize("kills", [2, pytest.param(40, marks=[pytest.mark.soak, pytest.mark.timeout(900)])])
def test_every_acknowledged_row_outlives_the_kills(data: Path, kills: int) -> None:
    chance = random.Random(kills)
    acknowledged: list[int] = []
    server = EmbeddedPostgres(data)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE written (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)")
    for _ in range(kills):
        writers = [threading.Thread(target=write, args=[server.start(), acknowledged]) for _ in range(WRITERS)]
        for writer in writers:
            writer.start()
        time.sleep(chance.uniform(0.1, 0.6))
        kill(server)
        for writer in writers:
            writer.join()
    with psycopg.connect(server.start()) as connection:
        found = {number for (number,) in connection.execute("SELECT number FROM written")}
    assert len(acknowledged) > kills
    assert set(acknowledged) <= found
    assert len(found) - len(acknowledged) <= WRITERS * kills  # at most one unknown outcome a writer and kill
    assert ask(server.dsn(), "SELECT count(*) FROM pg_stat_database WHERE checksum_failures > 0") == 0
    server.stop()


def write(dsn: str, acknowledged: list[int]) -> None:
    """One row a transaction, until the server is gone."""
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            while True:
                row = connection.execute("INSERT INTO written DEFAULT VALUES RETURNING number").fetchone()
                assert row is not None
                acknowledged.append(row[0])
    except psycopg.OperationalError:
        return


def kill(server: EmbeddedPostgres) -> None:
    pid = postmaster(server.cluster)
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
