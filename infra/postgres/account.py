"""Under which account the server runs. PostgreSQL refuses root, so root lends it a uid that nobody else has.

No account is added to the system: a uid needs no entry to own files and run processes. Only initdb insists on
a name, so a nameless account lets a named one (`nobody`) make the files and takes them over.
"""

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PostgresUnavailable

LENT = range(54320, 60000)  # above people's accounts, below systemd's dynamic ones; one process's uid in a container


@dataclass(frozen=True, slots=True)
class Account:
    """A uid and gid; `switch` are the subprocess keywords that change to it (none if it is ours)."""

    uid: int
    gid: int

    @property
    def switch(self) -> dict[str, Any]:
        if os.geteuid() != 0:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def server_account(cluster: Path) -> Account:
    """Who the server of this folder runs as: its owner; for a new one the data folder's, or a lent uid."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    for folder in (cluster, cluster.parent):
        if folder.exists() and folder.stat().st_uid != 0:
            return Account(folder.stat().st_uid, folder.stat().st_gid)
    return _lent_account()


def naming_account(server: Account) -> Account:
    """Who runs initdb: the server's account if it has a name, else (as root) an unprivileged one that has."""
    if _named(server.uid):
        return server
    if os.geteuid() != 0:
        raise PostgresUnavailable(
            "embedded_postgres_no_account",
            f"User id {server.uid} has no name in the password file, which initdb insists on: "
            "give it an entry, run as another user, or set PARLEY_DATABASE_URL.",
        )
    ordinary = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    chosen = next((entry for entry in ordinary if entry.pw_name == "nobody"), ordinary[0] if ordinary else None)
    if chosen is None:
        raise PostgresUnavailable(
            "embedded_postgres_no_account",
            "This system names no user but root, and PostgreSQL refuses to run as root.",
        )
    return Account(chosen.pw_uid, chosen.pw_gid)


def hand_over(folder: Path, account: Account) -> None:
    """Make everything under our own folder belong to the account; nothing outside it is touched."""
    for base, _, files in os.walk(folder):
        for path in (base, *(os.path.join(base, name) for name in files)):  # noqa: PTH118 - a thousand files, 3 ms
            os.chown(path, account.uid, account.gid, follow_symlinks=False)


def _lent_account() -> Account:
    taken = {entry.pw_uid for entry in pwd.getpwall()} | {entry.gr_gid for entry in grp.getgrall()}
    return next(Account(number, number) for number in LENT if number not in taken)


def _named(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True
