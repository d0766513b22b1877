"""How a command fails: one sentence with a stable code on stderr, nothing on stdout, and an exit code that says why."""

from __future__ import annotations

import os
import sys
import traceback
from dataclasses import dataclass
from typing import Any

import rich_click as click

OK, FAILED, USAGE, PROBLEMS, NOT_ALLOWED, NOT_FOUND, CONFLICT, DOWN, INTERRUPTED = 0, 1, 2, 3, 4, 5, 6, 7, 130
EXIT_CODES: dict[int, str] = {
    OK: "done; also when the reader of the output went away (broken pipe)",
    FAILED: "failed",
    USAGE: "wrong use: unknown option, missing argument, a value out of range",
    PROBLEMS: "a check found problems (doctor, status, migrate --check)",
    NOT_ALLOWED: "not allowed",
    NOT_FOUND: "there is no such thing",
    CONFLICT: "conflict: true a moment ago, not now (version, phase, a held folder)",
    DOWN: "something it needs does not answer (PostgreSQL, Kafka, a provider)",
    INTERRUPTED: "interrupted (Ctrl-C)",
}
DEPENDENCIES = ("PostgresUnavailable", "KafkaUnavailable", "TopicsRefused")
CONFLICTS = ("embedded_postgres_foreign", "kafka.folder_in_use")


class StdoutClosed(Exception):
    """Whoever read our output has had enough: no failure."""


@dataclass(frozen=True, slots=True)
class Failure:
    exit_code: int
    code: str
    sentence: str
    more: tuple[str, ...] = ()


def failure_of(error: BaseException) -> Failure:
    """What to say and how to leave, for any error. Knows our own errors by their shape, so nothing is imported."""
    if isinstance(error, (KeyboardInterrupt, click.Abort, EOFError)):
        return Failure(INTERRUPTED, "interrupted", "Interrupted.")
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "parley"
        return Failure(USAGE, "usage", error.format_message(), (f"See: {path} --help",))
    if isinstance(error, click.ClickException):
        return Failure(FAILED, "failed", error.format_message())
    if hasattr(error, "exit_code") and hasattr(error, "sentence"):
        return Failure(error.exit_code, error.code, error.sentence, _problems(error))  # type: ignore[attr-defined]
    if type(error).__name__ in DEPENDENCIES:
        code = str(getattr(error, "code", "unavailable"))
        return Failure(CONFLICT if code in CONFLICTS else DOWN, code, str(error))
    return _of_libraries(error)


def _problems(error: Any) -> tuple[str, ...]:
    """All problems of one Save; the first one is the sentence itself."""
    problems = getattr(error, "problems", ())
    return tuple(f"{problem.sentence} ({problem.code})" for problem in problems[1:])


def _of_libraries(error: BaseException) -> Failure:
    psycopg = sys.modules.get("psycopg")
    pool = sys.modules.get("psycopg_pool")
    if psycopg and isinstance(error, psycopg.OperationalError):
        words = str(error).strip().splitlines()
        return Failure(DOWN, "database_unreachable", f"PostgreSQL does not answer: {words[0] if words else 'no words'}")
    if pool and isinstance(error, pool.PoolTimeout):
        return Failure(DOWN, "database_unreachable", "PostgreSQL does not answer.")
    if isinstance(error, OSError) and error.filename is not None:
        return Failure(FAILED, "file_error", f"{error.filename}: {error.strerror}.")
    sentence = f"{type(error).__name__}: {error}"
    return Failure(FAILED, "internal_error", sentence, ("This is a fault of ours. PARLEY_DEBUG=1 shows where.",))


def tell(failure: Failure, error: BaseException) -> None:
    if os.environ.get("PARLEY_DEBUG") == "1" and not isinstance(error, click.ClickException):
        traceback.print_exception(error, file=sys.stderr)
    if failure.exit_code == INTERRUPTED:
        return
    for line in (f"parley: {failure.sentence} ({failure.code})", *failure.more):
        print(line, file=sys.stderr)


def silence_stdout() -> None:
    """Nothing may be written at exit into a pipe that nobody reads."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
