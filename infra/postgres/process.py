"""Which process is the server of a cluster, if any: never guessed from a number in a file alone.

`postmaster.pid` survives a kill -9 and a reboot, and its number may by then be somebody else's process. So every
server of ours carries a mark in its arguments (device and inode of its folder), readable by anyone, also in a
container whose root may not look into other accounts' processes. The mark, not the number, says who it is.
"""

import os
import platform
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def mark(cluster: Path) -> str:
    """The argument by which a server of this cluster is known, e.g. `parley.cluster=66304:1835012`."""
    seen = cluster.stat()
    return f"parley.cluster={seen.st_dev}:{seen.st_ino}"


def postmaster(cluster: Path) -> int | None:
    """The process id of the living server of this cluster that can be seen from here, or None."""
    pid = recorded_pid(cluster)
    return pid if pid is not None and is_server(pid, cluster) else None


def recorded_pid(cluster: Path) -> int | None:
    """What the first line of `postmaster.pid` says, whoever that process is by now."""
    return abs(int(line)) if (line := _line(cluster, 0)).lstrip("-").isdigit() else None


def started_at(cluster: Path) -> int | None:
    """When the server of `postmaster.pid` was started, in Unix seconds."""
    return int(line) if (line := _line(cluster, 2)).isdigit() else None


def status(cluster: Path) -> str:
    """The server's own word: `starting`, `ready`, `stopping`, `standby`; empty if it has not said yet."""
    return _line(cluster, 7)


def is_server(pid: int, cluster: Path) -> bool:
    """Does this process carry the cluster's mark and run under the cluster's owner? A zombie does not."""
    return _owner(pid) == cluster.stat().st_uid and mark(cluster) in _arguments(pid)


def exists(pid: int) -> bool:
    """Is any process alive under this number, ours or not?"""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def interrupt_orphans(cluster: Path) -> None:
    """End backends that outlived a killed server, as it would have done itself: they hold its shared memory."""
    for pid in processes_in(cluster):
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGQUIT)


def processes_in(cluster: Path) -> Iterator[int]:
    """PostgreSQL processes that stand in the cluster (Linux; elsewhere they are left to end by themselves)."""
    home = cluster.stat()
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            named = (entry / "comm").read_text().strip() == "postgres"
            if named and os.path.samestat((entry / "cwd").stat(), home):
                yield int(entry.name)


def _line(cluster: Path, number: int) -> str:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8", errors="replace").splitlines()[number].strip()
    except (FileNotFoundError, IndexError):
        return ""


def _owner(pid: int) -> int | None:
    if platform.system() == "Linux":
        try:
            return Path(f"/proc/{pid}").stat().st_uid
        except FileNotFoundError:
            return None
    told = _ps("uid", pid)
    return int(told) if told else None


def _arguments(pid: int) -> list[str]:
    if platform.system() == "Linux":
        try:
            return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            return []
    return _ps("command", pid).split()


def _ps(column: str, pid: int) -> str:
    return subprocess.run(
        ["ps", "-ww", "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False
    ).stdout.strip()
