"""Files: what is read, what is refused with its place and code, and what a run is named after."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from adapters.play.files import FileRefused, ignore_bad, measure, merged, read, set_of
from adapters.play.options import Options, tenant_name
from adapters.play.performance import prepare
from tests.adapters.play.theatre import SHOP, Theatre, message, write

GOOD = message("d-1", 1, "09:00:00", "customer", "c-1")
BAD = {
    "not_json": b'{"dialog": "d-1", ',
    "not_utf8": b'{"dialog": "d-\xff"}',
    "not_object": b"[1, 2]",
    "no_dialog": b'{"at": "2026-03-02T09:00:00Z", "from": "customer"}',
    "no_at": b'{"dialog": "d-1", "from": "customer"}',
    "bad_time": b'{"dialog": "d-1", "at": "yesterday", "from": "customer"}',
    "unknown_line": b'{"dialog": "d-1", "at": "2026-03-02T09:00:00Z"}',
    "bad_from": b'{"dialog": "d-1", "at": "2026-03-02T09:00:00Z", "from": "nobody"}',
    "bad_text": b'{"dialog": "d-1", "at": "2026-03-02T09:00:00Z", "from": "customer", "text": 7}',
    "unknown_event": b'{"dialog": "d-1", "at": "2026-03-02T09:00:00Z", "event": "exploded"}',
    "no_queue": b'{"dialog": "d-1", "at": "2026-03-02T09:00:00Z", "event": "queued"}',
    "bad_by": b'{"dialog": "d-1", "at": "2026-03-02T09:00:00Z", "event": "lookup", "by": 7}',
    "out_of_order": b'{"dialog": "d-1", "at": "2026-03-02T08:59:59Z", "from": "customer"}',
}


@pytest.mark.parametrize("code", BAD)
def test_a_bad_line_is_rejected_with_its_place_and_the_run_goes_on(code: str, stage: Theatre, tmp_path: Path) -> None:
    good = json.dumps(GOOD).encode()
    later = json.dumps(message("d-1", 2, "09:01:00", "customer", "c-1")).encode()
    path = tmp_path / "mixed.jsonl"
    path.write_bytes(b"\n".join([good, BAD[code], b"", later]) + b"\n")
    figures = stage.play([path])
    (rejected,) = figures["rejected_lines"]
    assert (rejected["code"], rejected["line"], rejected["file"]) == (code, 2, str(path))
    assert figures["reconciliation"]["rejected"] == 1
    assert figures["reconciliation"]["routed"] == 2
    assert figures["reconciliation"]["received"] == 3
    assert figures["reconciliation"]["holds"]


def test_a_recorded_repeat_is_a_duplicate(stage: Theatre, tmp_path: Path) -> None:
    lines = [message("d-1", 1, f"09:00:0{n}", "customer", "c-1", external_id="same") for n in range(3)]
    figures = stage.play([write(tmp_path / "twice.jsonl", lines)])
    assert (figures["reconciliation"]["routed"], figures["reconciliation"]["duplicate"]) == (1, 2)
    assert figures["reconciliation"]["holds"]


def test_what_is_too_large_is_quarantined_and_counted(stage: Theatre, tmp_path: Path) -> None:
    lines = [GOOD | {"text": "x" * 70_000}]
    figures = stage.play([write(tmp_path / "large.jsonl", lines)])
    assert figures["reconciliation"]["quarantined"] == 1
    assert figures["reconciliation"]["holds"]


def test_a_damaged_archive_is_refused_with_its_place(tmp_path: Path) -> None:
    path = tmp_path / "cut.jsonl.gz"
    path.write_bytes(gzip.compress((json.dumps(GOOD) + "\n").encode() * 1000)[:-20])
    with pytest.raises(FileRefused, match=r"cut\.jsonl\.gz:\d+: .*damaged") as refused:
        measure(path)
    assert refused.value.code == "file_damaged"


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file_empty"), (b"nonsense\n", "nothing_to_play"), (None, "file_unreadable")]
)
def test_a_file_without_anything_to_play_is_refused(tmp_path: Path, content: bytes | None, code: str) -> None:
    path = tmp_path / "none.jsonl"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        prepare([path], Options())
    assert refused.value.code == code


def test_names_and_compression_do_not_matter_content_and_options_do(tmp_path: Path) -> None:
    plain = write(tmp_path / "one.jsonl", [GOOD])
    packed = tmp_path / "one.other.jsonl.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    other = write(tmp_path / "one.more.jsonl", [GOOD | {"text": "else"}])
    names = {tenant_name([measure(path)], Options()) for path in (plain, packed)}
    assert len(names) == 1
    assert tenant_name([measure(other)], Options()) not in names
    assert tenant_name([measure(plain)], Options(capacity=1)) not in names
    assert next(iter(names)).startswith("play-one-")


def test_lines_come_by_time_with_history_first() -> None:
    lines = list(merged([measure(path) for path in SHOP], ignore_bad))
    assert [line.order for line in lines] == sorted(line.order for line in lines)
    assert len(lines) == 19
    same = [line.event for line in lines if line.at == lines[0].at]
    assert same == ["opened", "assigned", None]


def test_reading_is_lazy(tmp_path: Path) -> None:
    path = write(tmp_path / "long.jsonl", [GOOD, GOOD | {"dialog": 7}])
    source = measure(path)
    told: list[str] = []
    lines = read(source, lambda bad: told.append(bad.code))
    next(lines)
    assert told == []
    assert list(lines) == []
    assert told == ["no_dialog"]


@pytest.mark.parametrize(("name", "expected"), [("star.messages.jsonl.gz", "star"), ("My Set!.jsonl", "my-set")])
def test_a_set_is_named_by_its_file(name: str, expected: str) -> None:
    assert set_of(Path(name)) == expected
