"""What can be wrong with the embedded database: one exception, a sentence and a stable code.

embedded_postgres_unavailable   no programs for this platform (Windows, musl): name an external database
embedded_postgres_unreachable   the server's account cannot execute any copy of the programs
embedded_postgres_no_account    no unprivileged account to run under, or ours has no name for initdb
embedded_postgres_foreign       the data folder belongs to another user
embedded_postgres_damaged       the folder `postgres` holds something that is not a cluster
embedded_postgres_version       the cluster was made by another major version of PostgreSQL
embedded_postgres_busy          a living process owns the cluster, yet its server does not answer here
embedded_postgres_elsewhere     the server answers, but its process is not to be seen from here
embedded_postgres_failed        initdb or the server refused; the sentence ends with its words
"""

from typing import Literal

Code = Literal[
    "embedded_postgres_unavailable",
    "embedded_postgres_unreachable",
    "embedded_postgres_no_account",
    "embedded_postgres_foreign",
    "embedded_postgres_damaged",
    "embedded_postgres_version",
    "embedded_postgres_busy",
    "embedded_postgres_elsewhere",
    "embedded_postgres_failed",
]


class PostgresUnavailable(Exception):
    """The embedded database cannot serve; `code` is stable, the text is a sentence for a person."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
