"""What the tests of the embedded server share: data folders cleaned up whatever happened, and an ordinary user."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.postgres import EmbeddedPostgres, stop_server, tool
from infra.postgres.account import Account
from infra.postgres.binaries import runs
from infra.postgres.process import interrupt_orphans


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder whose parent (0700) only we can enter; it does not exist yet."""
    parent = Path(tempfile.mkdtemp(prefix="pp-"))
    yield parent / "data"
    for cluster in parent.rglob("postgres"):
        stop_server(cluster.parent)
        interrupt_orphans(cluster)
    shutil.rmtree(parent)


@pytest.fixture
def server(data: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(data)


@pytest.fixture
def nobody() -> int:
    """The uid of an ordinary user with a name, who can execute the wheel's programs."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")
    entry = pwd.getpwnam("nobody")
    if not runs(tool("postgres"), Account(entry.pw_uid, entry.pw_gid)):
        pytest.skip("the environment these tests run from is closed to other users")
    return entry.pw_uid


@pytest.fixture
def nobodys_data(nobody: int) -> Iterator[Path]:
    parent = Path(tempfile.mkdtemp(prefix="pp-"))
    os.chown(parent, nobody, nobody)
    yield parent / "data"
    if (parent / "data").is_dir():
        stop_server(parent / "data")
    shutil.rmtree(parent)
