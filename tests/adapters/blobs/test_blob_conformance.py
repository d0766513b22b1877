"""What every store of blobs must do; another store is one more line in `STORES`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.blobs import BlobMissing, Blobs, FolderBlobs, new_ident

STORES: dict[str, Callable[[Path], Blobs]] = {"folder": lambda tmp: FolderBlobs(tmp / "blobs")}


@pytest.fixture(params=sorted(STORES))
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    return STORES[request.param](tmp_path)


def kept(blobs: Blobs, *pieces: bytes) -> str:
    ident = new_ident()
    writer = blobs.begin(ident)
    for piece in pieces:
        writer.write(piece)
    writer.keep()
    return ident


def test_what_was_kept_is_read_again(blobs: Blobs) -> None:
    ident = kept(blobs, b"bread", b" and butter")
    assert b"".join(blobs.read(ident)) == b"bread and butter"
    assert blobs.size(ident) == 16


def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    ident = kept(blobs)
    assert (blobs.size(ident), list(blobs.read(ident))) == (0, [])


@pytest.mark.parametrize(
    ("start", "length", "part"),
    [(0, 3, b"bre"), (3, 4, b"ad a"), (6, None, b"and butter"), (14, 99, b"er"), (99, 1, b"")],
)
def test_a_part_is_read(blobs: Blobs, start: int, length: int | None, part: bytes) -> None:
    assert b"".join(blobs.read(kept(blobs, b"bread and butter"), start, length)) == part


def test_until_it_is_kept_nobody_sees_it(blobs: Blobs) -> None:
    ident = new_ident()
    writer = blobs.begin(ident)
    writer.write(b"half")
    with pytest.raises(BlobMissing):
        blobs.read(ident)
    assert list(blobs.found()) == []
    writer.keep()
    assert [one.ident for one in blobs.found()] == [ident]


def test_what_was_dropped_leaves_nothing(blobs: Blobs, tmp_path: Path) -> None:
    writer = blobs.begin(new_ident())
    writer.write(b"half")
    writer.drop()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_deleted_blob_is_gone_and_deleting_again_changes_nothing(blobs: Blobs) -> None:
    ident = kept(blobs, b"bread")
    assert blobs.delete(ident) and not blobs.delete(ident)
    for look in (blobs.read, blobs.size):
        with pytest.raises(BlobMissing):
            look(ident)


def test_a_blob_is_never_written_over(blobs: Blobs) -> None:
    ident = kept(blobs, b"bread")
    with pytest.raises(ValueError, match="already"):
        blobs.begin(ident)


@pytest.mark.parametrize("ident", ["", "../../etc/passwd", "x" * 32, "A" * 32, "0" * 31, f"{'0' * 32}\n"])
def test_what_is_no_id_reaches_no_file(blobs: Blobs, ident: str) -> None:
    for ask in (blobs.begin, blobs.read, blobs.size, blobs.delete):
        with pytest.raises(ValueError, match="no id"):
            ask(ident)


def test_what_a_dead_writer_left_is_tidied_away_once_it_is_old(blobs: Blobs) -> None:
    whole = kept(blobs, b"bread")
    blobs.begin(new_ident()).write(b"half")
    now = datetime.now(UTC)
    assert blobs.tidy(now - timedelta(hours=1)) == 0
    assert blobs.tidy(now + timedelta(seconds=5)) == 1
    assert [one.ident for one in blobs.found()] == [whole]


def test_it_is_told_when_a_blob_was_written(blobs: Blobs) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    ident = kept(blobs, b"bread")
    (one,) = blobs.found()
    assert one.ident == ident and before < one.written_at < datetime.now(UTC) + timedelta(seconds=5)


def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    kept(FolderBlobs(tmp_path / "blobs"), b"bread")
    modes = {path.is_dir(): path.stat().st_mode & 0o077 for path in (tmp_path / "blobs").rglob("*")}
    assert modes == {True: 0, False: 0}
