"""The embedded database: our own supervisor over the PostgreSQL programs of a wheel, for one machine.

The data folder holds all of it and may be moved while nothing runs:

    postgres/        the cluster (0700), with the socket in it: no network, only its owner and root get in
    postgres.log     the server's own life, no statements
    postgres.lock    held while a server is started or stopped
    postgres.json    held for life by the process that owns the server; who it is and what it started

Started by root, the server runs under the folder's owner or a lent uid, and names its folder /proc/self/cwd
(`SHOW data_directory` says so too): thus parents such as /root stay closed. Programs out of that uid's reach are
copied once, to the data folder or /var/cache/parley.
"""

from .cluster import DATABASE, EmbeddedPostgres, stop_server
from .errors import PostgresUnavailable
from .options import OWNER
from .tools import tool

__all__ = ["DATABASE", "OWNER", "EmbeddedPostgres", "PostgresUnavailable", "stop_server", "tool"]
