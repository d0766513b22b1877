"""Real processes that call bots, and one that is killed in the middle of a call (I02)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.adapters.bots.page import Page, page
from tests.infra.commands.terminal import environment, process
from tests.loop import eventually


@pytest.fixture
def office() -> Iterator[Page]:
    with page() as made:
        yield made


def variables(office: Page) -> dict[str, str]:
    return environment(office.store) | {"PARLEY_PRIVATE_BOTS": "true"}


@pytest.mark.requirement("I02")
def test_a_call_that_was_killed_is_made_again_by_the_next_process(office: Page) -> None:
    office.bot.thinks(30)
    dialog = office.says("Is there bread?")
    with process("process", "bots", **variables(office)) as first:
        assert len(office.bot.wait_for_calls(1, timeout=30)) == 1
        first.kill()
        first.wait()
    with process("process", "bots", **variables(office)):
        assert eventually(lambda: bool(office.answers(dialog)), within=40)
    assert office.answers(dialog) == ["You said: Is there bread?"] and office.hand_offs(dialog) == []
    before, after = office.bot.calls
    assert before.headers["webhook-id"] == after.headers["webhook-id"]
    assert (before.body["attempt"], after.body["attempt"]) == (1, 2)


@pytest.mark.requirement("I01", "I02")
def test_nobody_stays_with_a_bot_that_only_promises(office: Page) -> None:
    """The bot hears every call and says nothing: the engine's own timer ends its turn."""
    office.setting(bot__timeout=5)
    office.bot.answering = lambda told: None
    dialog = office.says()
    with process("process", "bots", "auto_close", "distribution", **variables(office)):
        assert eventually(lambda: office.hand_offs(dialog) == ["timeout"], within=20)
    assert office.dialog(dialog).phase == "queued" and len(office.bot.calls) == 1
