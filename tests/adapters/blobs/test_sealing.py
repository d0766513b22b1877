"""Bytes under a key: any size, any part, in constant memory; nothing that was changed, moved or cut opens."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.blobs import BlobDamaged, FolderBlobs, SealedWriter, new_ident, new_key, opened, plain_size, whole
from adapters.blobs.sealing import CHUNK, TAG

SIZES = st.sampled_from([0, 1, 100, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 7])


def kept(blobs: FolderBlobs, key: bytes, plain: bytes, piece: int = 10_000) -> str:
    ident = new_ident()
    writer = SealedWriter(blobs, ident, key)
    for at in range(0, len(plain), piece):
        writer.write(plain[at : at + piece])
    writer.keep()
    assert writer.size == len(plain) and writer.head == plain[:4096]
    return ident


def text(size: int) -> bytes:
    return bytes(number * 7 % 251 for number in range(size))


@given(
    size=SIZES,
    piece=st.sampled_from([1000, CHUNK, 10 * CHUNK]),
    start=st.integers(0, 4 * CHUNK),
    length=st.integers(0, 4 * CHUNK),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_part_of_every_size_comes_back(tmp_path: Path, size: int, piece: int, start: int, length: int) -> None:
    blobs, key, plain = FolderBlobs(tmp_path), new_key(), text(size)
    ident = kept(blobs, key, plain, piece)
    assert whole(blobs, ident, key) == plain
    assert plain_size(blobs.size(ident)) == size
    assert b"".join(opened(blobs, ident, key, start, length)) == plain[start : start + length]


@pytest.fixture
def file(tmp_path: Path) -> tuple[FolderBlobs, str, bytes, Path]:
    blobs, key = FolderBlobs(tmp_path), new_key()
    ident = kept(blobs, key, text(2 * CHUNK + 5))
    return blobs, ident, key, tmp_path / ident[:2] / ident


def test_the_file_holds_nothing_of_the_text(file: tuple[FolderBlobs, str, bytes, Path]) -> None:
    *_, path = file
    assert text(64) not in path.read_bytes()


STEP = CHUNK + TAG
DAMAGES = {
    "a bit turned": lambda raw: raw[:-1] + bytes([raw[-1] ^ 1]),
    "the last chunk cut off": lambda raw: raw[: 2 * STEP],
    "the first chunk cut off": lambda raw: raw[STEP:],
    "chunks exchanged": lambda raw: raw[STEP : 2 * STEP] + raw[:STEP] + raw[2 * STEP :],
    "cut short": lambda raw: raw[:-3],
    "empty": lambda raw: b"",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_was_changed_does_not_open(file: tuple[FolderBlobs, str, bytes, Path], damage: object) -> None:
    blobs, ident, key, path = file
    path.write_bytes(damage(path.read_bytes()))  # type: ignore[operator]
    with pytest.raises(BlobDamaged):
        whole(blobs, ident, key)


def test_another_key_does_not_open_it(file: tuple[FolderBlobs, str, bytes, Path]) -> None:
    blobs, ident, _, _ = file
    with pytest.raises(BlobDamaged):
        whole(blobs, ident, new_key())


def test_under_another_id_it_does_not_open(file: tuple[FolderBlobs, str, bytes, Path]) -> None:
    blobs, _, key, path = file
    other = new_ident()
    (path.parents[1] / other[:2]).mkdir(exist_ok=True)
    (path.parents[1] / other[:2] / other).write_bytes(path.read_bytes())
    with pytest.raises(BlobDamaged):
        whole(blobs, other, key)


def test_thirty_megabytes_need_no_thirty_megabytes_of_memory(tmp_path: Path) -> None:
    blobs, key, piece = FolderBlobs(tmp_path), new_key(), text(CHUNK)
    tracemalloc.start()
    ident = new_ident()
    writer = SealedWriter(blobs, ident, key)
    for _ in range(480):
        writer.write(piece)
    writer.keep()
    size = sum(len(part) for part in opened(blobs, ident, key))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert size == 480 * CHUNK and peak < 3 * 1024 * 1024
