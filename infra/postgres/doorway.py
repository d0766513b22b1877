"""Where clients find the socket. It stands in the cluster's 0700 folder; the kernel allows its path 107 bytes.

If the folder's path is too long (or holds a comma, which libpq takes for a list), clients go through a short link
in a 0700 folder of their own. The server knows nothing of it, so no cleaner of temporary files can cut it off.
"""

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from psycopg import pq
from psycopg.conninfo import make_conninfo

from .options import OWNER, PORT

_unforeseen: list[Path] = []
LONGEST = 100  # bytes of a socket's path: 103 on macOS, 107 on Linux


def conninfo(cluster: Path, *, user: str, dbname: str) -> str:
    """A psycopg conninfo through the socket."""
    return make_conninfo(host=str(doorway(cluster)), port=PORT, user=user, dbname=dbname)


def ping(cluster: Path) -> pq.Ping:
    """OK: serves; REJECT: starting or stopping; NO_RESPONSE: nobody listens (or hangs for 3 seconds)."""
    address = make_conninfo(conninfo(cluster, user=OWNER, dbname="postgres"), connect_timeout=3)
    return pq.Ping(pq.PGconn.ping(address.encode()))


def doorway(cluster: Path) -> Path:
    """A folder through which the socket's path is short enough: the cluster itself, or a link to it."""
    return cluster if _fits(cluster) else _link(cluster)


def close_doorway(cluster: Path) -> None:
    """Take the link away again, if there is one; whoever still needs it makes it anew."""
    if not _fits(cluster):
        link = _link(cluster)
        with suppress(OSError):  # another process of ours was quicker
            link.unlink()
            link.parent.rmdir()


def _fits(folder: Path) -> bool:
    path = os.fsencode(folder / f".s.PGSQL.{PORT}")
    return len(path) <= LONGEST and b"," not in path


def _link(cluster: Path) -> Path:
    name = f"parley-{os.geteuid()}-{hashlib.sha256(os.fsencode(cluster)).hexdigest()[:10]}"
    known = next((base / name for base in _bases() if _fits(base / name / "pg")), Path("/tmp") / name)
    link = (known if _is_private(known) else _unforeseen_folder()) / "pg"
    _point(link, cluster)
    return link


def _bases() -> Iterator[Path]:
    if "XDG_RUNTIME_DIR" in os.environ:
        yield Path(os.environ["XDG_RUNTIME_DIR"])
    yield Path(tempfile.gettempdir())


def _is_private(folder: Path) -> bool:
    """Made by us, now or before, and closed to others, who may have prepared a folder of that name in /tmp."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        seen = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid == os.geteuid() and not seen.st_mode & 0o077


def _unforeseen_folder() -> Path:
    """A name nobody could prepare for, kept for this process's life and made again if it is cleaned away."""
    if not (_unforeseen and _is_private(_unforeseen[-1])):
        _unforeseen.append(Path(tempfile.mkdtemp(prefix="parley-", dir="/tmp")))
    return _unforeseen[-1]


def _point(link: Path, cluster: Path) -> None:
    if link.is_symlink() and link.readlink() == cluster:
        return
    fresh = link.with_name(f"pg.{os.getpid()}")
    fresh.symlink_to(cluster)
    fresh.replace(link)
