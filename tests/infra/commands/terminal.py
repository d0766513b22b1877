"""A terminal for tests: commands in this process for speed, or as real processes where processes are the matter."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from adapters.channels import Inbound
from adapters.intake import receive
from domain.desk import administration as admin
from domain.desk import channels, connecting
from infra.cli import main
from tests.store import MASTER, TENANT, Store

ROOT = Path(__file__).parents[3]
PATIENCE = 60.0


@dataclass(frozen=True)
class Said:
    """How a command ended and what it said."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


class Terminal:
    """`terminal("agents", "list")` runs a command against the store that the environment names."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> Said:
        self._capsys.readouterr()
        code = main(arguments)
        told = self._capsys.readouterr()
        return Said(code, told.out, told.err)


def point_at(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands of this test work on this store."""
    for name, value in environment(store).items():
        monkeypatch.setenv(name, value)


def environment(store: Store) -> dict[str, str]:
    return {
        "PARLEY_DATABASE_URL": store.dsn,
        "PARLEY_OWNER_DATABASE_URL": store.owner_dsn,
        "PARLEY_MASTER_KEY": MASTER,
        "PARLEY_TENANT": TENANT,
    }


def open_shop(store: Store) -> None:
    """Anna alone in the group `support`, and a connected channel `shop` that leads there."""
    store.do(admin.SetAgent(agent="anna", name="Anna"))
    store.do(admin.SetGroup(group="support", name="Support", changes={"members": ["anna"]}))
    store.do(channels.CreateChannel(channel="shop", kind="telegram", name="Shop"))
    store.do(connecting.VerifyChannel(channel="shop", bot_name="Shop", external_id="42"))
    receiver, period = {"kind": "group", "id": "support"}, {"value": 1, "unit": "days"}
    store.do(
        channels.SaveChannel(channel="shop", changes={"receiver": receiver, "auto_close": period}, account_key="k")
    )


def says(store: Store, text: str, *, chat: int = 1001, number: int = 1) -> str:
    """A customer's message through the intake door; the id of its dialog."""
    thing = Inbound(
        kind="message",
        external_message_id=str(number),
        external_chat_id=str(chat),
        sender_id=str(chat),
        sender_name="Вера Орлова",
        text=text,
    )
    outcome = receive(store.executor, store.vault, TENANT, "shop", "telegram", [thing])[0]
    assert outcome.dialog is not None
    return outcome.dialog


@contextmanager
def process(*arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A real `parley`; whatever the test does, it has ended afterwards."""
    child = subprocess.Popen(
        [sys.executable, "-m", "infra.cli", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", "LC_ALL": "C.UTF-8", **variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGTERM)
            try:
                child.wait(30)
            except subprocess.TimeoutExpired:
                child.kill()
        child.communicate()


def parley(*arguments: str, **variables: str) -> Said:
    """A real `parley`, to its end."""
    with process(*arguments, **variables) as child:
        out, err = child.communicate(timeout=PATIENCE)
        return Said(child.returncode, out, err)


def answers_at(data: Path, child: subprocess.Popen[str]) -> str:
    """The address of the `up` or `demo` in this folder, once it has told it."""
    end = monotonic() + PATIENCE
    while monotonic() < end:
        if child.poll() is not None:
            raise AssertionError(f"it ended: {child.communicate()[1]}")
        try:
            told = json.loads((data / "parley.json").read_text())
        except (FileNotFoundError, ValueError):
            told = {}
        if told.get("pid") == child.pid and "url" in told:
            return str(told["url"])
        sleep(0.02)
    raise AssertionError("it does not say where it answers")
