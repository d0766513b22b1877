"""What `parley doctor` looks at. A check never raises: what it cannot find out is a problem with its reason."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import psycopg

from adapters.vault import MasterKey
from domain.errors import Rejected
from infra.checks import inspect
from infra.embedded import application_dsn, running
from infra.engine import master_key
from infra.settings import Settings

State = Literal["ok", "warning", "problem"]
SMALLEST_DISK = 1 << 30
LARGEST_OFFSET = 1.0
LARGEST_LAG = 10_000
READERS = """
SELECT tracking.consumer,
       greatest(coalesce((SELECT max(position) FROM parley.event WHERE lane = tracking.lane), 0) - position, 0),
       (SELECT count(DISTINCT (tenant, stream)) FROM parley.parked WHERE parked.consumer = tracking.consumer)
FROM parley.tracking ORDER BY consumer
"""


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the examination: what was found, and what to do about it."""

    name: str
    state: State
    sentence: str
    fix: str = ""


def examine(settings: Settings) -> list[Check]:
    checks = [_python(), *_folder(settings), _key(settings), *_database(settings)]
    return [*checks, *_kafka(settings)]


def _python() -> Check:
    return Check("python", "ok", "Python " + ".".join(map(str, sys.version_info[:3])))


def _folder(settings: Settings) -> Iterator[Check]:
    data = settings.data
    if settings.database_url is not None:
        return
    if not data.is_dir():
        yield Check("data", "problem", f"There is no data folder {data}.", f"Run: parley up --data {data}")
        return
    mode = data.stat().st_mode & 0o777
    if mode & 0o077:
        yield Check("data", "warning", f"Others may look into {data} (mode {mode:03o}).", f"Run: chmod 700 {data}")
    else:
        yield Check("data", "ok", f"Data folder {data}")
    free = shutil.disk_usage(data).free
    if free < SMALLEST_DISK:
        yield Check("disk", "problem", f"Only {free >> 20} MiB are free for {data}.", "Make room on that disk.")
    else:
        yield Check("disk", "ok", f"{free >> 30} GiB are free")
    told = running(data)
    if told is None:
        yield Check("up", "problem", f"Nothing runs in {data}.", f"Run: parley up --data {data}")
    else:
        yield Check("up", "ok", f"Process {told.get('pid')} answers at {told.get('url', 'no address yet')}")


def _key(settings: Settings) -> Check:
    try:
        key: MasterKey | None = master_key(settings)
    except Rejected as refusal:
        fix = f"Put it back from a backup, mode 0600: {settings.key_file}"
        return Check("master_key", "problem", refusal.sentence, fix)
    except ValueError:
        return Check("master_key", "problem", "PARLEY_MASTER_KEY is not base64.", "Set it to base64 of 32 bytes.")
    assert key is not None
    if settings.master_key is None and settings.key_file.stat().st_mode & 0o077:
        return Check("master_key", "problem", "Others may read the master key.", f"Run: chmod 600 {settings.key_file}")
    return Check("master_key", "ok", "Master key")


def _database(settings: Settings) -> Iterator[Check]:
    try:
        dsn = application_dsn(settings)
        with psycopg.connect(dsn, connect_timeout=5, autocommit=True) as connection:
            yield Check("database", "ok", f"PostgreSQL {connection.info.server_version // 10000}")
            yield from _inside(connection)
    except Rejected as refusal:
        yield Check("database", "problem", refusal.sentence)
    except psycopg.OperationalError as error:
        words = (str(error).strip().splitlines() or ["it says nothing"])[0]
        yield Check("database", "problem", f"PostgreSQL does not answer: {words}", "Check PARLEY_DATABASE_URL.")


def _inside(connection: psycopg.Connection[Any]) -> Iterator[Check]:
    findings = inspect(connection)
    for finding in findings:
        yield Check(finding.code, "problem" if finding.fatal else "warning", finding.sentence, finding.fix)
    if not findings:
        yield Check("safety", "ok", "Durability, rights, schema and checksums are as they must be")
    yield _clock(connection)
    if not any(finding.code.startswith("schema") for finding in findings):
        yield from _readers(connection)


def _clock(connection: psycopg.Connection[Any]) -> Check:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    offset = abs((datetime.now(UTC) - row[0]).total_seconds())
    if offset > LARGEST_OFFSET:
        sentence = f"The database's clock differs from ours by {offset:.1f} s."
        return Check("clock", "warning", sentence, "Synchronise both with NTP.")
    return Check("clock", "ok", "The clocks agree")


def _readers(connection: psycopg.Connection[Any]) -> Iterator[Check]:
    """A reader of the log that is far behind, or that has parked what it could not handle."""
    well = True
    for consumer, lag, parked in connection.execute(READERS).fetchall():
        if parked:
            well = False
            sentence = f"{consumer} has parked {parked} streams that it could not handle."
            name = consumer.removeprefix("processor:")
            yield Check(
                "parked", "problem", sentence, f"See why in parley.parked, then: parley projections rebuild {name}"
            )
        elif lag > LARGEST_LAG:
            well = False
            yield Check("lag", "warning", f"{consumer} is {lag} events behind.", "Is it running? parley status")
    if well:
        yield Check("readers", "ok", "Projections and processors keep up")


def _kafka(settings: Settings) -> Iterator[Check]:
    if settings.kafka is None:
        return
    from infra.kafka.probe import answers

    if answers(settings.kafka):
        yield Check("kafka", "ok", f"Kafka answers at {settings.kafka}")
    else:
        yield Check(
            "kafka", "problem", f"Kafka does not answer at {settings.kafka}.", "Start it; intake works without."
        )
