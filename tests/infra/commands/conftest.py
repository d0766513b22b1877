"""A shop on a real store for a file of tests, and a terminal that works on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.postgres import stop_server
from infra.postgres.process import interrupt_orphans
from tests.infra.commands.terminal import Terminal, open_shop, point_at
from tests.store import Store, store


@pytest.fixture(scope="module")
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


@pytest.fixture
def terminal(shop: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    point_at(shop, monkeypatch)
    return Terminal(capsys)


@pytest.fixture
def here(data: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """A terminal on nothing but the data folder that a command names."""
    return Terminal(capsys)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder that does not exist yet; whatever a test leaves running there is ended."""
    for name in ("PARLEY_DATABASE_URL", "PARLEY_OWNER_DATABASE_URL", "PARLEY_MASTER_KEY", "PARLEY_TENANT"):
        monkeypatch.delenv(name, raising=False)
    folder = tmp_path / "data"
    yield folder
    for cluster in tmp_path.rglob("postgres"):
        if cluster.is_dir() and (cluster / "PG_VERSION").exists():
            stop_server(cluster.parent)
            interrupt_orphans(cluster)
