"""CI's own tools: the README is executed, skips are refused, and both can fail."""

import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.house.scripts import ROOT, script

README = script(".ci/readme")
REPORT = script(".ci/report")
TESTS = "```sh runnable tests\n./run test\n```\n"
SERVES = "```sh runnable serves\n./run demo\n```\n"
SERVER = f"""\
{sys.executable} -u -c '
import http.server
server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
print(f"Open http://127.0.0.1:{{server.server_port}}/.")
server.serve_forever()
' || test $? = 130
"""


class TestReadme:
    def test_blocks_come_in_the_pages_order(self) -> None:
        page = f"# Parley\n\n{SERVES}\n```sh\nnot run\n```\n\n```sh runnable\n./run parley version\n```\n{TESTS}"
        assert README.runnable(page) == [
            ("serves", "./run demo\n"),
            ("", "./run parley version\n"),
            ("tests", "./run test\n"),
        ]

    @pytest.mark.parametrize(
        ("page", "sentence"),
        [
            (SERVES, "must hold one block '```sh runnable tests'"),
            (SERVES + TESTS.replace("run test", "run test --fast"), "must hold one block '```sh runnable tests'"),
            (TESTS, "must hold a block '```sh runnable serves'"),
            (SERVES + TESTS + "```sh runnable maybe\n```\n", "words nobody knows: maybe"),
        ],
    )
    def test_a_page_without_its_promises_is_refused(self, page: str, sentence: str) -> None:
        with pytest.raises(SystemExit, match=sentence):
            README.runnable(page)

    def test_a_server_is_started_looked_at_and_stopped(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with README.started(SERVER, tmp_path) as running:
            README.first_page(running)
            address = README.ADDRESS.search(running.log.read_text())[0]
            assert README.answers(address)
        assert not README.answers(address)
        assert f"{address} answered after" in capsys.readouterr().out

    def test_a_server_that_ends_in_error_is_told(self, tmp_path: Path) -> None:
        with (
            pytest.raises(SystemExit, match="It ended with exit code 3"),
            README.started("echo no; exit 3", tmp_path) as log,
        ):
            README.first_words(log)

    def test_nobody_waits_for_the_address_of_a_server_that_has_died(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        began = time.monotonic()
        for code, told in ((0, "It named no address: it has ended with exit code 0"), (4, "It ended with exit code 4")):
            dies = README.started(f"echo the port is taken; exit {code}", tmp_path)
            with pytest.raises(SystemExit, match=told), dies as running:
                README.first_page(running)
        assert time.monotonic() - began < README.STEP_SECONDS / 6
        assert capsys.readouterr().out.count("the port is taken") == 2

    def test_what_does_not_stop_is_ended_and_told(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(README, "STOP_SECONDS", 0.5)
        deaf = "trap '' INT; echo up; sleep 60; sleep 60"
        with pytest.raises(SystemExit, match="still running"), README.started(deaf, tmp_path) as log:
            README.first_words(log)

    def test_a_failing_block_stops_it(self, tmp_path: Path) -> None:
        with pytest.raises(subprocess.CalledProcessError):
            README.to_its_end("false\ntrue\n", tmp_path)


class TestReport:
    @pytest.mark.parametrize(
        ("outcome", "code"),
        [
            ("", 0),
            ('<skipped type="pytest.skip" message="no Kafka here"/>', 1),
            ('<skipped type="pytest.skip" message="PostgreSQL 15 is not at hand"/>', 0),
            ('<skipped type="pytest.xfail" message="known"/>', 0),
        ],
    )
    def test_a_skip_fails_unless_it_is_allowed(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, outcome: str, code: int
    ) -> None:
        monkeypatch.setenv("CI_MAY_SKIP", "PostgreSQL 15; ../shared")
        file = tmp_path / "tests.xml"
        file.write_text(f'<suite><testcase classname="tests.test_a" name="b" time="1">{outcome}</testcase></suite>')
        assert REPORT.main(str(file)) == code

    def test_time_is_told_by_part(self) -> None:
        times = {"tests.domain.test_dialog": 1, "tests.adapters.channels.test_viber": 2, "tests.test_kafka.TestA": 4}
        cases = [
            ElementTree.Element("testcase", {"classname": name, "time": str(time)}) for name, time in times.items()
        ]
        assert REPORT.seconds_by_part(cases) == {"unit": 1, "channels": 2, "kafka": 4}


@pytest.mark.parametrize("file", [".ci/run", ".ci/lock", ".ci/oracles"])
def test_the_shell_scripts_can_be_read_by_bash(file: str) -> None:
    assert subprocess.run(["bash", "-n", ROOT / file], check=False).returncode == 0
