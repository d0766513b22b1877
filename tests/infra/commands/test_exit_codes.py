"""How commands leave: one code a reason, a sentence on stderr, and then nothing on stdout."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from time import sleep

import pytest

from domain.errors import Conflict, Invalid, NotAllowed, NotFound, Problem, Rejected, Unavailable
from infra.commands.failures import EXIT_CODES, failure_of
from tests.infra.commands.terminal import ROOT, Terminal, environment, process, says
from tests.store import Store

SHOP = ("channels", "set", "shop")


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("agents", "list"), 0, ""),
        (("help", "exit-codes"), 0, ""),
        (("channels", "parse", "telegram", "/dev/null"), 1, "malformed"),
        (("agents", "list", "--nonsense"), 2, "usage"),
        (("nonsense",), 2, "usage"),
        (("tail", "--type", "nothing.*"), 2, "usage"),
        (("tail", "--from", "yesterday"), 2, "usage"),
        (("replay",), 2, "usage"),
        (("play", "/dev/null", "--tenant", "default"), 2, "usage"),
        (("play", "/dev/null", "--report", "/nonexistent/report.json"), 2, "usage"),
        ((*SHOP, "auto_close=0h"), 2, "must_be_positive"),
        ((*SHOP, "auto_close"), 2, "usage"),
        (("agents", "set", "anna", "--capacity", "-1"), 2, "out_of_range"),
        (("schedules", "set", "late", "--zone", "Europe/Moscow", "--hours", "mon 9-18"), 2, "usage"),
        (("status", "--data", "/nonexistent"), 3, ""),
        (("agents", "show", "nobody"), 5, "agent_unknown"),
        (("groups", "show", "nobody"), 5, "group_unknown"),
        (("dialogs", "show", "nothing"), 5, "dialog_unknown"),
        (("replay", "nothing"), 5, "dialog_unknown"),
        (("channels", "create", "x", "--kind", "pigeon"), 5, "kind_unknown"),
        (("projections", "rebuild", "nothing"), 5, "projection_unknown"),
        (("tokens", "revoke", "nothing"), 5, "token_unknown"),
        (("agents", "list", "--tenant", "nobody"), 5, "tenant_unknown"),
        ((*SHOP, "weight=2", "--expect", "7"), 6, "version_conflict"),
        (("channels", "create", "shop", "--kind", "telegram", "--data", "/nonexistent"), 7, "not_running"),
    ],
)
def test_exit_codes(terminal: Terminal, arguments: tuple[str, ...], code: int, word: str) -> None:
    said = terminal(*arguments)
    assert said.code == code, said.err
    if word:
        first = said.err.splitlines()[0]
        assert first.startswith("parley: ")
        assert first.endswith(f"({word})")
    if code not in (0, 1, 3):
        assert said.out == ""


@pytest.mark.parametrize("year", [1900, 1969])
def test_a_recording_from_before_the_epoch_comes_to_its_end(terminal: Terminal, tmp_path: Path, year: int) -> None:
    file = tmp_path / f"old-{year}.jsonl"
    file.write_text(f'{{"dialog": "d", "at": "{year}-06-01T00:00:00Z", "from": "customer", "text": "Hello"}}\n')
    said = terminal("play", str(file), "-o", "json")
    assert said.code == 0, said.err
    assert said.json["dialogs"]["closed"] == {"idle": 1}


@pytest.mark.parametrize("command", [("agents", "list"), ("doctor",), ("migrate",), ("serve",)])
@pytest.mark.parametrize("name", ["PARLEY_DATABASE_URL", "PARLEY_OWNER_DATABASE_URL"])
@pytest.mark.parametrize("url", ["postgres//app:hush@db/parley", "postgresql://app:hush hush@db/parley"])
def test_a_mistyped_database_address_is_named_and_its_password_is_not(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], name: str, url: str
) -> None:
    monkeypatch.setenv(name, url)
    said = terminal(*command)
    assert (said.code, said.out) == (2, "")
    assert name in said.err
    assert "hush" not in said.err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Rejected("x", "X."), 1),
        (Invalid([Problem(field="f", code="c", sentence="S.")]), 2),
        (NotAllowed("x", "X."), 4),
        (NotFound("x", "X."), 5),
        (Conflict("x", "X."), 6),
        (Unavailable("x", "X."), 7),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("a fault of ours"), 1),
    ],
)
def test_every_error_has_its_exit_code(error: BaseException, code: int) -> None:
    assert failure_of(error).exit_code == code
    assert code in EXIT_CODES


def test_all_problems_of_a_save_are_told(terminal: Terminal) -> None:
    said = terminal(*SHOP, "auto_close=0h", "weight=1000", "receiver=group:nobody")
    assert said.code == 2
    assert len(said.err.strip().splitlines()) == 3
    assert "receiver_unknown" in said.err


def test_a_database_that_is_away_is_a_dependency(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARLEY_DATABASE_URL", "postgresql://parley_app@127.0.0.1:1/parley")
    said = terminal("agents", "list")
    assert (said.code, said.out) == (7, "")
    assert "(database_unreachable)" in said.err


def test_ctrl_c_says_where_to_go_on(shop: Store) -> None:
    says(shop, "Hello?")
    with process("tail", "-f", "--from", "start", "-o", "jsonl", **environment(shop)) as child:
        assert child.stdout is not None
        assert all(child.stdout.readline() for _ in range(shop.log.head()))
        says(shop, "Anybody there?", number=2)
        assert "Anybody there?" in child.stdout.readline()
        sleep(0.3)  # in the middle of a line it would name that line again: repeated, never lost
        child.send_signal(signal.SIGINT)
        _, err = child.communicate(timeout=20)
    assert child.returncode == 130
    assert f"resume with --from {shop.log.head() + 1}" in err


def test_a_broken_pipe_is_no_failure(shop: Store, tmp_path: Path) -> None:
    for number in range(60):
        says(shop, "a long story " * 150, number=100 + number)
    command = f"{sys.executable} -m infra.cli tail --from start -o jsonl; echo $? >{tmp_path}/code"
    done = subprocess.run(
        ["bash", "-c", f"({command}) | head -n 1"],
        cwd=ROOT,
        env={**environment(shop), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert (tmp_path / "code").read_text().strip() == "0"
    assert len(done.stdout.splitlines()) == 1
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("PARLEY_PROVIDER_URLS", "s3cret", "PARLEY_PROVIDER_URLS: it must be JSON, such as"),
        ("PARLEY_PORT", "s3cret", "PARLEY_PORT: it must be a whole number."),
        ("PARLEY_PRESENCE_LEASE", "5", "PARLEY_PRESENCE_LEASE: it must be at least 15."),
        ("PARLEY_PRIVATE_PROVIDERS", "s3cret", "PARLEY_PRIVATE_PROVIDERS: it must be true or false."),
    ],
)
def test_a_wrong_setting_is_named_and_not_told(
    here: Terminal, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    monkeypatch.setenv(name, value)
    answer = here("status")
    assert (answer.code, told in answer.err, "s3cret" in answer.err) == (2, True, False), answer.err
