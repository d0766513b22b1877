"""The cache of jars: fetched once, checked always, never half-written; a wrong jar never gets into it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.kafka.errors import KafkaUnavailable
from infra.kafka.jars import default_cache, ensure_jars
from infra.kafka.lock import Jar, locked_jars
from tests.infra.kafka.mirror import Mirror, jar_of, serving

BODIES = {f"part{number}": f"body of part {number} ".encode() * 2000 for number in range(10)}
JARS = [jar_of(artifact, body) for artifact, body in BODIES.items()]


@pytest.fixture
def mirror(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    with serving(Mirror({f"{artifact}-1.0.jar": body for artifact, body in BODIES.items()})) as mirror:
        monkeypatch.setenv("PARLEY_JAR_MIRROR", mirror.url)
        yield mirror


def test_the_lock_names_each_jar_once_and_exactly() -> None:
    jars = locked_jars()
    assert len(jars) == len({jar.filename for jar in jars}) == 46
    assert {jar.version for jar in jars if jar.group == "org.apache.kafka"} == {"4.3.1"}
    assert sum(jar.size for jar in jars) == 45_029_742


@pytest.mark.parametrize("line", ["a:b 1 " + "0" * 64, "a:b:1 x " + "0" * 64, "a:b:1 1 00", "a:../b:1 1 " + "0" * 64])
def test_a_line_of_another_form_is_no_lock(line: str) -> None:
    with pytest.raises(ValueError, match="Not a line of the jar lock"):
        Jar.parse(line)


def test_all_are_fetched_in_the_order_of_the_lock(mirror: Mirror, tmp_path: Path) -> None:
    path = ensure_jars(tmp_path, JARS)
    assert [file.name for file in path] == [jar.filename for jar in JARS]
    assert [file.read_bytes() for file in path] == list(BODIES.values())
    assert not list(path[0].parent.glob(".fetch-*"))


def test_a_second_start_asks_nobody(mirror: Mirror, tmp_path: Path) -> None:
    ensure_jars(tmp_path, JARS)
    mirror.asked.clear()
    ensure_jars(tmp_path, JARS)
    assert not mirror.asked


def test_without_its_stamp_a_good_cache_is_hashed_not_fetched(mirror: Mirror, tmp_path: Path) -> None:
    folder = ensure_jars(tmp_path, JARS)[0].parent
    (folder / "stamp.json").write_text("{torn", encoding="utf-8")
    mirror.asked.clear()
    ensure_jars(tmp_path, JARS)
    assert not mirror.asked


def test_a_changed_jar_is_replaced_by_the_true_one(mirror: Mirror, tmp_path: Path) -> None:
    path = ensure_jars(tmp_path, JARS)
    path[3].write_bytes(b"x" * JARS[3].size)
    mirror.asked.clear()
    assert ensure_jars(tmp_path, JARS)[3].read_bytes() == BODIES["part3"]
    assert set(mirror.asked) == {"part3-1.0.jar", "part3-1.0.jar.sha1"}


def test_a_jar_with_another_sum_is_refused_and_not_kept(mirror: Mirror, tmp_path: Path) -> None:
    mirror.bodies["part4-1.0.jar"] = b"y" * JARS[4].size
    with pytest.raises(KafkaUnavailable, match=r"org\.example:part4:1\.0 differs") as refused:
        ensure_jars(tmp_path, JARS)
    assert refused.value.code == "kafka.sum_mismatch"
    assert not list(tmp_path.rglob("part4*"))


def test_what_was_complete_before_a_cut_is_not_fetched_again(mirror: Mirror, tmp_path: Path) -> None:
    lost = mirror.bodies.pop("part9-1.0.jar")
    with pytest.raises(KafkaUnavailable) as refused:
        ensure_jars(tmp_path, JARS)
    assert refused.value.code == "kafka.jars_unreachable"
    mirror.bodies["part9-1.0.jar"] = lost
    kept = {file.name for file in tmp_path.rglob("*.jar")}
    mirror.asked.clear()
    ensure_jars(tmp_path, JARS)
    assert kept
    assert not kept & set(mirror.asked)


def test_a_busy_or_cutting_mirror_is_asked_again(mirror: Mirror, tmp_path: Path) -> None:
    mirror.refuse["part1-1.0.jar"] = 1
    mirror.cut["part2-1.0.jar"] = 2
    path = ensure_jars(tmp_path, JARS)
    assert path[2].read_bytes() == BODIES["part2"]
    assert (mirror.asked["part1-1.0.jar"], mirror.asked["part2-1.0.jar"]) == (2, 3)


def test_a_killed_fetcher_leaves_nothing_that_stays(mirror: Mirror, tmp_path: Path) -> None:
    left = ensure_jars(tmp_path, JARS[:1])[0].parent / ".fetch-killed"
    left.mkdir()
    (left / "half.jar").write_bytes(b"half")
    ensure_jars(tmp_path, JARS)
    assert not left.exists()


def test_no_network_is_a_sentence_that_names_the_jar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_JAR_MIRROR", "http://127.0.0.1:1")
    with pytest.raises(KafkaUnavailable, match=r"jar org\.example:part0:1\.0 is not in the cache") as refused:
        ensure_jars(tmp_path, JARS[:1])
    assert refused.value.code == "kafka.jars_unreachable"


def test_the_bar_on_stderr_counts_jars_and_bytes(
    mirror: Mirror, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ensure_jars(tmp_path, JARS)
    said = capsys.readouterr()
    assert "10/10 jars" in said.err
    assert said.out == ""


def test_a_missing_fetcher_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jgo.maven", None)
    with pytest.raises(KafkaUnavailable, match=r"pip install 'parley-engine\[local-kafka\]'") as refused:
        ensure_jars(tmp_path, JARS)
    assert refused.value.code == "kafka.extra_missing"


def test_the_cache_is_the_users_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("PARLEY_CACHE", raising=False)
    assert default_cache() == tmp_path / "xdg" / "parley"
    monkeypatch.setenv("PARLEY_CACHE", str(tmp_path / "named"))
    assert default_cache() == tmp_path / "named"
    assert not list(tmp_path.iterdir())
