"""At the terminal one does with a dialog, and with bots, what one does by the API."""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.infra.commands.terminal import Terminal, says
from tests.store import Store


@pytest.fixture
def dialog(shop: Store, request: pytest.FixtureRequest) -> str:
    return says(shop, "Where is it?", chat=abs(hash(request.node.name)) % 10**9)


def done(terminal: Terminal, *words: str) -> str:
    answer = terminal("dialogs", *words, "-o", "json")
    assert answer.code == 0, answer.err
    return str(answer.json["outcome"])


def kinds(shop: Store, dialog: str) -> list[str]:
    return [one.event.kind.partition(".")[2] for one in shop.log.read(0, 5000, stream=f"dialog-{dialog}")]


def test_a_dialog_is_handed_over_held_marked_and_closed(terminal: Terminal, shop: Store, dialog: str) -> None:
    assert terminal("agents", "set", "boris", "--name", "Boris").code == 0
    assert done(terminal, "take", dialog, "anna", "--force") == "assigned"
    assert done(terminal, "transfer", dialog[:12], "agent:boris", "--force", "--comment", "yours") == "transferred"
    soon = (datetime.now().astimezone() + timedelta(hours=3)).isoformat(timespec="minutes")
    assert done(terminal, "hold", dialog, "--until", soon, "--reason", "bank") == "done"
    assert done(terminal, "unhold", dialog) == "done"
    assert done(terminal, "unhold", dialog) == "unchanged"
    assert done(terminal, "note", dialog, "Angry") == "done"
    assert done(terminal, "tag", dialog, "refund", "late") == "done"
    assert done(terminal, "tag", dialog, "late", "--remove") == "done"
    assert done(terminal, "topic", dialog, "Refund") == "done"
    assert done(terminal, "priority", dialog, "5") == "done"
    assert done(terminal, "close", dialog) == "closed"
    wanted = ["transferred", "held", "unheld", "note_added", "tag_added", "tag_removed", "topic_set", "priority_set"]
    assert set(wanted) <= set(kinds(shop, dialog))


REFUSED: list[tuple[tuple[str, ...], int, str]] = [
    (("hold", "{}", "--until", "2020-01-01T00:00Z"), 2, "out_of_range"),
    (("hold", "{}", "--until", "9999-12-31T23:59:59-01:00"), 2, "bad_moment"),
    (("hold", "{}", "--until", "v3"), 2, "is no time"),
    (("transfer", "{}", "support"), 2, "group:support"),
    (("tag", "{}", " "), 2, "text_required"),
    (("topic", "{}", " "), 2, "text_required"),
    (("priority", "{}", "10"), 2, "out_of_range"),
    (("tag", "ffffffff", "x"), 5, "dialog_unknown"),
    (("reply", "{}", "x" * 4097), 2, "too_long"),
]


@pytest.mark.parametrize(("words", "code", "told"), REFUSED)
def test_what_the_api_refuses_is_refused(
    terminal: Terminal, dialog: str, words: tuple[str, ...], code: int, told: str
) -> None:
    answer = terminal("dialogs", *(one.format(dialog) for one in words))
    assert (answer.code, told in answer.err) == (code, True), answer.err


def test_a_bot_is_made_listed_and_removed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    def given(text: str, *words: str) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        return terminal("bots", *words, "-o", "json")

    made = given("https://93.184.215.14/answer\n", "set", "greeter", "--name", "Greeter")
    assert made.code == 0 and made.json["outcome"] == "created" and made.json["token"].startswith("pk_")
    assert given("https://93.184.215.14/answer", "set", "greeter").json["outcome"] == "unchanged"
    assert given("https://127.0.0.1/", "set", "greeter").code == 2
    shown = terminal("bots", "list", "-o", "jsonl").lines
    assert shown == [{"bot": "greeter", "name": "Greeter", "host": "93.184.215.14", "rotating": False}]
    assert terminal("bots", "remove", "greeter").code == 0
    gone = terminal("bots", "remove", "greeter")
    assert (gone.code, "bot_unknown" in gone.err) == (5, True)


@pytest.mark.parametrize("kind", ["vk", "email", "avito", "whatsapp_infobip", "yandex_dialogs"])
def test_every_kind_is_made(terminal: Terminal, kind: str) -> None:
    made = terminal("channels", "create", f"a-{kind}", "--kind", kind, "-o", "json")
    assert made.code == 0 and made.json["outcome"] == "created", made.err


def test_a_receiver_says_what_it_is(terminal: Terminal) -> None:
    refused = terminal("channels", "set", "shop", "receiver=support")
    assert (refused.code, "receiver=group:support" in refused.err) == (2, True)
