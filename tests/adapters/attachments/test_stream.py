"""A kept file as a stream: the same bytes as a file on the disk gives, wherever one jumps."""

from __future__ import annotations

import io
from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from adapters.attachments.stream import stream

JUMPS = st.lists(
    st.tuples(st.integers(-50, 400), st.sampled_from([io.SEEK_SET, io.SEEK_END]), st.integers(-1, 100)), max_size=8
)


@given(content=st.binary(max_size=300), piece=st.integers(1, 64), jumps=JUMPS)
def test_it_reads_as_a_file_does(content: bytes, piece: int, jumps: list[tuple[int, int, int]]) -> None:
    def pieces(start: int) -> Iterator[bytes]:
        return (content[at : at + piece] for at in range(start, len(content), piece))

    with stream(len(content), pieces) as ours, io.BytesIO(content) as theirs:
        for offset, whence, number in jumps:
            there = max(offset, 0) if whence == io.SEEK_SET else min(offset, 0)
            at = theirs.seek(max(len(content) + there, 0) if whence == io.SEEK_END else there)
            assert ours.seek(at) == at == ours.tell()
            assert ours.read(number) == theirs.read(number)
        assert ours.seek(0, io.SEEK_END) == len(content)


def test_nothing_is_opened_before_the_first_byte() -> None:
    asked: list[int] = []

    def pieces(start: int) -> Iterator[bytes]:
        asked.append(start)
        return iter([b"bread"[start:]])

    with stream(5, pieces) as ours:
        assert ours.seek(0, io.SEEK_END) == 5 and ours.seek(0) == 0
        assert asked == []
        assert ours.read() == b"bread" and asked == [0]
