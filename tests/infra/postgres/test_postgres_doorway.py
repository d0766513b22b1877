"""Clients reach the socket whatever the data folder is called, and never through a folder somebody else prepared."""

import os
from pathlib import Path

import pytest

from infra.postgres import EmbeddedPostgres
from infra.postgres.doorway import doorway
from tests.infra.postgres.person import ask


@pytest.mark.parametrize("name", ["x" * 120, "two words", "it's", 'a "quote"', "a,b", "данные", "back\\slash", "%s=1"])
def test_any_name_of_a_data_folder_will_do(data: Path, name: str) -> None:
    with EmbeddedPostgres(data / name) as server:
        assert ask(server.dsn(), "SELECT 42") == 42


def test_the_short_way_is_taken_away_with_the_server(data: Path) -> None:
    with EmbeddedPostgres(data / ("x" * 120)) as server:
        way = doorway(server.cluster)
        assert way.is_symlink()
    assert not way.parent.exists()


def test_a_short_path_needs_no_folder_elsewhere(tmp_path: Path) -> None:
    assert doorway(Path("/srv/parley/postgres")) == Path("/srv/parley/postgres")


def test_a_long_path_gets_the_same_short_one_every_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cluster = tmp_path / ("x" * 120)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    link = doorway(cluster)
    assert link == doorway(cluster)
    assert link.readlink() == cluster
    assert link.parent.stat().st_mode & 0o777 == 0o700
    link.unlink()  # what a cleaner of temporary files does
    assert doorway(cluster).readlink() == cluster
    remove(link)


def test_a_prepared_folder_of_that_name_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever can write in it could put his own server behind the link."""
    cluster = tmp_path / ("y" * 120)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    expected = doorway(cluster)
    expected.parent.chmod(0o777)
    chosen = doorway(cluster)
    assert chosen.parent != expected.parent
    assert chosen.parent.stat().st_mode & 0o777 == 0o700
    assert chosen.readlink() == cluster
    assert chosen == doorway(cluster)
    remove(expected)
    remove(chosen)


def test_a_folder_of_another_user_is_not_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nobody: int) -> None:
    cluster = tmp_path / ("z" * 120)
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    expected = doorway(cluster)
    os.chown(expected.parent, nobody, nobody)
    chosen = doorway(cluster)
    assert chosen.parent != expected.parent
    remove(expected)
    remove(chosen)


def remove(link: Path) -> None:
    link.unlink()
    link.parent.rmdir()
