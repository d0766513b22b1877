"""Is the copy in Kafka what the store says (invariant 16)? Findings are sentences."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.kafka.verify import verify
from adapters.store.database import Database


def wrong_copy(database: Database, bootstrap: str, prefix: str) -> Iterator[str]:
    """Every kind of difference with its number and its first example."""
    report = verify(database, bootstrap, prefix=prefix)
    print(f"copy: {report.events} events in the log, {report.records} records, {report.repeated} of them repeats")
    for what, n in sorted(report.counts.items()):
        yield f"copy: {n} {what}, the first is {getattr(report, what)[0]}"
    if report.records < report.events:
        yield f"copy: {report.events} events should be there, there are {report.records} records"
