"""What is checked before the engine starts. Fatal: durability, rights, schema version. Warned of: the rest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import psycopg

from domain.errors import Unavailable
from infra.migrate import newest

DURABLE: dict[str, frozenset[str]] = {
    "fsync": frozenset({"on"}),
    "full_page_writes": frozenset({"on"}),
    "synchronous_commit": frozenset({"on", "remote_apply"}),
}
FORBIDDEN = ("UPDATE", "DELETE", "TRUNCATE")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: `fatal` stops the start, the rest is a warning. `fix` says what to do."""

    code: str
    sentence: str
    fix: str
    fatal: bool = True


def inspect(connection: psycopg.Connection[Any]) -> list[Finding]:
    """Everything that is not as it must be, for `parley doctor` and for the start."""
    return [*_durability(connection), *_schema(connection), *_rights(connection), *_checksums(connection)]


def refuse_unsafe(connection: psycopg.Connection[Any], *, accept_any_durability: bool = False) -> list[Finding]:
    """Raises on the first fatal finding; returns the warnings. Only tests accept a database that may lose data."""
    findings = inspect(connection)
    for finding in findings:
        excused = accept_any_durability and finding.code == "unsafe_durability"
        if finding.fatal and not excused:
            raise Unavailable(finding.code, f"{finding.sentence} {finding.fix}")
    return [finding for finding in findings if not finding.fatal]


def _durability(connection: psycopg.Connection[Any]) -> list[Finding]:
    findings = []
    for name, allowed in DURABLE.items():
        value = _setting(connection, name)
        if value not in allowed:
            sentence = f"PostgreSQL has {name} = {value}: an acknowledged message could be lost."
            findings.append(Finding("unsafe_durability", sentence, f"Set {name} = on."))
    return findings


def _schema(connection: psycopg.Connection[Any]) -> list[Finding]:
    there = connection.execute("SELECT to_regclass('public.parley_migration') IS NOT NULL").fetchone()
    version = 0
    if there and there[0]:
        row = connection.execute("SELECT max(version) FROM public.parley_migration").fetchone()
        version = (row[0] if row else None) or 0
    if version == newest():
        return []
    if version > newest():
        sentence = f"The database has schema {version}, newer than this release's {newest()}."
        return [Finding("schema_too_new", sentence, "Use a newer release.")]
    sentence = f"The database has schema {version}, this release needs {newest()}."
    return [Finding("schema_too_old", sentence, "Run: parley migrate")]


def _rights(connection: psycopg.Connection[Any]) -> list[Finding]:
    findings = []
    if connection.execute("SELECT to_regclass('parley.event') IS NULL").fetchone() == (True,):
        return []
    for right in FORBIDDEN:
        row = connection.execute("SELECT has_table_privilege('parley.event', %s)", (right,)).fetchone()
        if row and row[0]:
            sentence = f"The application's role may {right} events: the log would not be evidence."
            findings.append(Finding("rights_too_wide", sentence, "Connect as parley_app, not as the owner."))
    return findings


def _checksums(connection: psycopg.Connection[Any]) -> list[Finding]:
    if _setting(connection, "data_checksums") == "on":
        return []
    sentence = "PostgreSQL runs without data checksums: a damaged page would not be noticed."
    return [Finding("no_checksums", sentence, "Enable them with pg_checksums.", fatal=False)]


def _setting(connection: psycopg.Connection[Any], name: str) -> str:
    row = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row else ""
