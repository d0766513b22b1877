"""The first start: initdb into a folder beside, renamed when it is whole, so a kill leaves no half cluster."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from .account import Account, hand_over, naming_account
from .errors import PostgresUnavailable
from .options import environment, folder_as_seen, initdb_arguments

NURSERY = "postgres.new-"


def ensure_cluster(cluster: Path, installation: Path, server: Account, say: Callable[[str], None]) -> None:
    """Make the cluster if there is none; refuse a folder that is no cluster, or one of another version."""
    if cluster.exists() and any(cluster.iterdir()):
        _check(cluster, installation)
        return
    for left in cluster.parent.glob(NURSERY + "*"):
        shutil.rmtree(left)
    say(f"Making a new database in {cluster}.")
    _make(cluster, installation, server)


def _check(cluster: Path, installation: Path) -> None:
    try:
        version = (cluster / "PG_VERSION").read_text().strip()
    except FileNotFoundError as missing:
        raise PostgresUnavailable(
            "embedded_postgres_damaged",
            f"The folder {cluster} is not empty and not a PostgreSQL cluster: move it away.",
        ) from missing
    ours = _major(installation)
    if version != ours:
        raise PostgresUnavailable(
            "embedded_postgres_version",
            f"The cluster in {cluster} is of PostgreSQL {version}, the programs are {ours}: "
            "restore a backup into a new folder, or use pg_upgrade.",
        )


def _major(installation: Path) -> str:
    told = subprocess.run([installation / "bin" / "postgres", "--version"], capture_output=True, text=True, check=True)
    return told.stdout.split()[2].split(".")[0]


def _make(cluster: Path, installation: Path, server: Account) -> None:
    maker = naming_account(server)
    nursery = Path(tempfile.mkdtemp(prefix=NURSERY, dir=cluster.parent))
    try:
        if maker.switch:
            hand_over(nursery, maker)
        _initdb(nursery, installation, maker)
        if server.switch:
            hand_over(nursery, server)
        nursery.rename(cluster)
    except BaseException:
        shutil.rmtree(nursery, ignore_errors=True)
        raise
    _settle(cluster.parent)


def _initdb(folder: Path, installation: Path, maker: Account) -> None:
    done = subprocess.run(
        [installation / "bin" / "initdb", "-D", folder_as_seen(folder, maker), *initdb_arguments()],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        umask=0o077,
        start_new_session=True,
        **maker.switch,
    )
    if done.returncode != 0:
        raise PostgresUnavailable("embedded_postgres_failed", f"initdb failed: {done.stderr.strip()}")


def _settle(folder: Path) -> None:
    """A rename lasts through a power cut only once its folder is written out."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
