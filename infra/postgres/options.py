"""The server's settings, given on its command line: the running server shows them and no file can differ.

Safe by default: what was committed survives a crash. The log holds no statements or values, which may be a
customer's words; an error goes to the client that caused it, so the log tells the server's own life and stays small.
"""

import os
import platform
from collections.abc import Mapping
from pathlib import Path

from .account import Account

PORT = 5432  # only a part of the socket's file name: the server never listens on the network
OWNER = "parley"  # the cluster's owner role
LOCALE = "C.UTF-8" if platform.system() == "Linux" else "en_US.UTF-8"

DEFAULTS: Mapping[str, str] = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_min_messages": "log",
    "log_checkpoints": "off",
    "log_startup_progress_interval": "5s",
}
# Not to be changed by settings: who may reach the server. Trust is safe because only its owner and root can
# enter the 0700 folder the socket stands in; `peer` would ask for a name, which a lent account does not have.
FIXED: Mapping[str, str] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_directories": ".",
    "unix_socket_permissions": "0700",
}


def server_arguments(settings: Mapping[str, str], mark: str) -> list[str]:
    """`-c name=value` for every setting, the mark last."""
    chosen = {**DEFAULTS, **settings, **FIXED}
    return [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")] + ["-c", mark]


def initdb_arguments() -> list[str]:
    """Checksums, UTF-8 and PostgreSQL's own C.UTF-8 order, which no update of the system changes."""
    return [
        f"--username={OWNER}",
        "--data-checksums",
        "--encoding=UTF8",
        f"--locale={LOCALE}",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--auth-local=trust",
        "--auth-host=reject",
        "--no-instructions",
    ]


def folder_as_seen(folder: Path, account: Account) -> str:
    """How the server names its folder. A lent account cannot walk there (/root is closed), but can stand in it.

    /proc/self/cwd leads to the working folder past its parents; on macOS root must choose a folder with open ones.
    """
    return "/proc/self/cwd" if account.switch and platform.system() == "Linux" else str(folder)


def environment() -> dict[str, str]:
    """Nothing of ours: no PG* that would bend the server, no secrets that its superuser could read."""
    kept = {name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ}
    return {"PATH": os.defpath, "LC_ALL": LOCALE, "TZ": "UTC", **kept}
