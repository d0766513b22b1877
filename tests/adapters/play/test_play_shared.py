"""Real recordings: the first 500 dialogs of each set, or all of them where time is given (`-m soak`)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.adapters.play.theatre import Theatre

SHARED = Path(__file__).parents[4] / "shared" / "data"
SETS = {
    "star": ["messages", "history"],
    "irc": ["messages"],
    "itsm": ["history", "dialogs"],
    "peerchat": ["messages"],
}
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared recordings are not at {SHARED}")


def files(name: str) -> list[Path]:
    return [SHARED / f"{name}.{kind}.jsonl.gz" for kind in SETS[name]]


def adds_up(figures: dict[str, Any]) -> None:
    assert figures["reconciliation"]["holds"]
    assert figures["reconciliation"]["received"] == figures["reconciliation"]["routed"]
    assert figures["agent_messages"]["holds"]


@pytest.mark.requirement("E11", "G01", "G02")
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SETS)
def test_the_first_500_dialogs(stage: Theatre, name: str) -> None:
    figures = stage.play(files(name), limit=500)
    adds_up(figures)
    again = stage.play(files(name), limit=500)
    assert again["log_head"] == figures["log_head"]
    assert again["reconciliation"]["duplicate"] == again["reconciliation"]["received"]
    if name == "itsm":
        assert figures["idle_closes"]["compared"] > 0
        assert figures["idle_closes"]["share"] >= 0.97


@pytest.mark.soak
@pytest.mark.requirement("G01", "G02")
@pytest.mark.timeout(3600)
def test_all_tickets_are_closed_as_the_recorded_desk_closed_them(stage: Theatre) -> None:
    """A forward fold of the file gives 10,402: what the rule of 120 hours can give at most."""
    figures = stage.play(files("itsm"))
    adds_up(figures)
    assert figures["idle_closes"]["compared"] == 10_649
    assert figures["idle_closes"]["matched"] == 10_402


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", ["star", "irc", "peerchat"])
def test_all_chats(stage: Theatre, name: str) -> None:
    adds_up(stage.play(files(name)))
