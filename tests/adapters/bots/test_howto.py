"""The page on how to write a bot is true: its program runs as printed and answers a real dialog."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep

from tests.adapters.bots.page import ROOT, page
from tests.store import TENANT

HOWTO = Path(__file__).parents[3] / "docs" / "howto" / "bots.md"


def program() -> str:
    found = re.search(r"```python\n(.*?)```", HOWTO.read_text("utf-8"), re.S)
    assert found is not None
    return found.group(1)


def test_it_has_about_twenty_lines() -> None:
    assert len([line for line in program().splitlines() if line.strip()]) <= 21


def test_it_answers_and_hands_off() -> None:
    with page() as office, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        environment = os.environ | {"BOT_SECRET": office.secret, "BOT_PORT": str(port)}
        bot = subprocess.Popen([sys.executable, "-c", program()], env=environment, stderr=subprocess.DEVNULL)
        try:
            _wait_for(port)
            office.registry.put(TENANT, "greeter", f"http://127.0.0.1:{port}/answer", actor=ROOT)
            dialog = office.says("Is there bread?")
            office.calls.run_once()
            assert office.answers(dialog) == ["You said: Is there bread?"]
            office.later(2)
            office.says("I want a refund")
            office.calls.run_once()
            assert office.hand_offs(dialog) == ["requested"]
            office.registry.put(TENANT, "greeter", f"http://127.0.0.1:{port}/", actor=ROOT, rotate=True)
            office.registry.put(TENANT, "greeter", f"http://127.0.0.1:{port}/", actor=ROOT, settle=True)
            stranger = office.says("Hello?", customer="maria")
            office.rounds(4)
            assert office.answers(stranger) == [] and office.hand_offs(stranger) == ["error"]
        finally:
            bot.terminate()
            bot.wait(5)


def _wait_for(port: int) -> None:
    end = monotonic() + 5
    while monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            sleep(0.02)
    raise AssertionError("the bot does not listen")
