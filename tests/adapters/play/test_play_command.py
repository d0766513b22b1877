"""`parley play` at the terminal: figures on stdout, everything else on stderr, exit codes that say what happened."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner, Result

from infra.commands.play import command
from tests.adapters.play.theatre import DESK, DESK_OUTCOMES, SHOP, message, write
from tests.store import MASTER, app_dsn, migrated


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.setenv("PARLEY_DATABASE_URL", app_dsn(migrated()))
    monkeypatch.setenv("PARLEY_MASTER_KEY", MASTER)
    monkeypatch.setenv("PARLEY_DATA", str(tmp_path / "data"))
    return CliRunner()


def run(terminal: CliRunner, files: Sequence[Path], *options: str) -> Result:
    return terminal.invoke(command, [*map(str, files), *options])


def test_the_summary_says_what_became_of_everything(terminal: CliRunner) -> None:
    first = run(terminal, SHOP)
    assert first.exit_code == 0
    assert "received 6 = 6 routed + 0 duplicate + 0 quarantined + 0 ignored + 0 rejected" in first.stdout
    assert "recorded 4 = 4 said" in first.stdout
    assert "closed: 1 agent, 3 idle" in first.stdout
    again = run(terminal, SHOP)
    assert again.exit_code == 0
    assert "Played before: nothing has changed" in again.stdout
    assert "received = duplicate" in again.stdout
    assert _word_after(again.stdout, "log head") == _word_after(first.stdout, "log head")


def test_lists_show_what_was_played(terminal: CliRunner) -> None:
    figures = json.loads(run(terminal, SHOP, "-o", "json").stdout)
    with psycopg.connect(os.environ["PARLEY_DATABASE_URL"]) as connection:
        row = connection.execute("SELECT count(*) FROM view.inbox WHERE tenant = %s", (figures["tenant"],)).fetchone()
    assert row == (figures["dialogs"]["opened"],)


def _word_after(text: str, words: str) -> str:
    return text.partition(words)[2].split()[0]


def test_json_goes_to_stdout_and_to_the_report(terminal: CliRunner, tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = run(terminal, [*DESK, DESK_OUTCOMES], "-o", "json", "--report", str(report))
    assert done.exit_code == 0
    figures = json.loads(done.stdout)
    assert figures == json.loads(report.read_text())
    for name in ("reconciliation", "dialogs", "waits", "idle_closes", "messages_per_second"):
        assert name in figures
    assert figures["idle_closes"]["compared"] == 3


def test_a_bad_line_is_told_on_stderr_with_file_line_and_code(terminal: CliRunner, tmp_path: Path) -> None:
    path = write(tmp_path / "some.jsonl", [message("d", 1, "09:00:00", "customer", "c")])
    path.write_bytes(path.read_bytes() + b"{\n")
    done = run(terminal, [path])
    assert done.exit_code == 0
    assert f"{path}:2: The line is not JSON. (not_json)" in done.stderr
    assert "1 rejected" in done.stdout


def test_messages_of_dialogs_that_never_opened_have_a_label_of_their_own(terminal: CliRunner, tmp_path: Path) -> None:
    done = run(terminal, [write(tmp_path / "silent.jsonl", [message("d", 1, "09:00:00", "agent", "a")])])
    assert done.exit_code == 0
    assert "+ 0 never said (nobody was free) + 1 of dialogs that never opened" in done.stdout


def test_figures_that_do_not_add_up_are_a_failure(terminal: CliRunner, monkeypatch: pytest.MonkeyPatch) -> None:
    from adapters.play import performance

    real = performance.perform

    def losing(*given: object, **named: object) -> dict[str, object]:
        figures = real(*given, **named)  # type: ignore[arg-type]
        figures["reconciliation"]["holds"] = False
        return figures

    monkeypatch.setattr(performance, "perform", losing)
    done = run(terminal, SHOP)
    assert done.exit_code == 1
    assert "(reconciliation_failed)" in done.stderr


@pytest.mark.parametrize(
    "options",
    [["--limit", "0"], ["--algorithm", "fair"], ["--answer-wait", "4"], ["--capacity", "-1"], ["--speed", "0"]],
)
def test_options_out_of_range_are_refused_before_anything_is_played(terminal: CliRunner, options: list[str]) -> None:
    assert run(terminal, SHOP, *options).exit_code == 2


def test_a_period_is_hours_or_days(terminal: CliRunner) -> None:
    done = run(terminal, SHOP, "--auto-close", "soon")
    assert getattr(done.exception, "code", None) == "bad_period"
    assert run(terminal, SHOP, "--auto-close", "2d", "--limit", "1").exit_code == 0


def test_speed_is_times_real_time(terminal: CliRunner, tmp_path: Path) -> None:
    lines = [message("d", n, f"09:00:0{n}", "customer", "c") for n in (1, 3)]
    done = run(
        terminal, [write(tmp_path / "slow.jsonl", lines)], "--speed", "100000", "-o", "json", "--auto-close", "6h"
    )
    assert json.loads(done.stdout)["seconds"] >= 6 * 3600 / 100_000


def test_it_brings_its_own_database_where_none_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("PARLEY_DATABASE_URL", "PARLEY_MASTER_KEY"):
        monkeypatch.delenv(name, raising=False)
    terminal = CliRunner()
    runs = [run(terminal, SHOP, "--data", str(tmp_path / "data"), "-o", "json") for _ in range(2)]
    assert [one.exit_code for one in runs] == [0, 0]
    first, second = (json.loads(one.stdout) for one in runs)
    assert (first["run"], second["run"]) == ("played", "repeated")
    assert first["log_head"] == second["log_head"]
