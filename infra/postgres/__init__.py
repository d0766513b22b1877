"""The embedded database: our own supervisor over the PostgreSQL programs of a wheel, for one machine.

The cluster is `<data>/postgres`, the server's log `<data>/postgres.log`; both move with the data folder.
"""

from .cluster import DATABASE, EmbeddedPostgres, stop_server
from .errors import PostgresUnavailable
from .options import OWNER
from .tools import tool

__all__ = ["DATABASE", "OWNER", "EmbeddedPostgres", "PostgresUnavailable", "stop_server", "tool"]
