"""What may be written, and whose dialogs one may work on."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

import adapters.channels as folder
from domain.desk.answering import CloseDialog, SendMessage, TellDialog
from domain.desk.wording import LARGEST_BODY, LONGEST_TEXT
from domain.dialog import commands as ask
from domain.dialog.events import Author
from tests.examples import ANNA, BORIS, IVAN, TO_ANNA, VERA, accepts, agents, saves, says, shop, tells
from tests.spec import Step, fact, given

ANNAS = [*shop(staff=(ANNA, BORIS)), *agents(VERA), says(IVAN), accepts(ANNA)]


def about(make: Any) -> Step:
    """A command about the one dialog there is."""
    return lambda office: make(sorted(name for name, _ in office.heads.dialogs())[0])


def writes(body: str, by: str | None = None) -> Step:
    author = Author(kind="agent", id=by or ANNA)
    return about(lambda dialog: SendMessage(dialog=dialog, client_key="k", author=author, body=body, by=by))


@pytest.mark.parametrize("blank", ["", " ", "\n\t \u00a0"])
@pytest.mark.parametrize("make", [lambda text: ask.Tag(tag=text), lambda text: ask.SetTopic(topic=text)])
def test_a_blank_label_is_none(make: Any, blank: str) -> None:
    given(*ANNAS).when(tells(make(blank))).then_refused("text_required")


def test_a_label_is_trimmed_and_so_it_is_the_same_one() -> None:
    story = given(*ANNAS).when(tells(ask.Tag(tag=" refund "))).then(fact("dialog.tag_added", tag="refund"))
    story.when(tells(ask.Tag(tag="refund\n"))).then_nothing()
    story.when(tells(ask.SetTopic(topic="t" * 201))).then_refused("too_long")


def test_a_channel_that_asks_for_a_tag_is_not_content_with_a_blank_one() -> None:
    story = given(*ANNAS, saves(required_tag=True)).when(tells(ask.Tag(tag=" "))).then_refused("text_required")
    story.when(about(lambda dialog: CloseDialog(dialog=dialog))).then_refused("tag_required")


def test_a_blank_message_is_none() -> None:
    given(*ANNAS).when(writes(" \n")).then_refused("text_required")


def test_a_message_is_as_long_as_its_kind_of_channel_takes() -> None:
    longest = LONGEST_TEXT["telegram"]
    given(*ANNAS).when(writes("я" * longest)).then("dialog.message_sent")
    given(*ANNAS).when(writes("я" * (longest + 1))).then_refused("too_long")


def test_the_limit_of_a_kind_is_that_of_its_adapter() -> None:
    """One number in two rooms: the rules may not look into the adapters."""
    compared = 0
    for found in iter_modules(folder.__path__):
        if found.name in LONGEST_TEXT:
            room = import_module(f"adapters.channels.{found.name}.outbound")
            longest = getattr(room, "LONGEST_TEXT", None)
            if longest is not None:
                assert LONGEST_TEXT[found.name] == min(longest, LARGEST_BODY), found.name  # type: ignore[index]
            compared += longest is not None
    assert compared >= 3


ACTS = [
    ask.Hold(), ask.Unhold(), ask.AddNote(note="n", body="?"), ask.Tag(tag="t"), ask.SetTopic(topic="t"),
    ask.SetPriority(priority=3),
]  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_a_stranger_does_nothing_to_anothers_dialog(act: Any) -> None:
    given(*ANNAS).when(about(lambda dialog: TellDialog(dialog=dialog, command=act, by=VERA))).then_refused(
        "not_your_dialog"
    )


def test_the_holder_and_his_group_may_and_a_stranger_may_not() -> None:
    def closes(by: str | None) -> Step:
        return about(lambda dialog: CloseDialog(dialog=dialog, by=by))

    given(*ANNAS).when(writes("Hello", by=VERA)).then_refused("not_your_dialog")
    given(*ANNAS).when(writes("Hello", by=ANNA)).then("dialog.message_sent")
    given(*ANNAS).when(writes("Hello", by=BORIS)).then("dialog.message_sent")
    given(*ANNAS).when(closes(VERA)).then_refused("not_your_dialog")
    given(*ANNAS).when(closes(None)).then_among_others("dialog.closed")


def test_a_dialog_of_one_agent_alone_is_his() -> None:
    given(*shop(receiver=TO_ANNA), says(IVAN)).when(writes("Hello", by=BORIS)).then_refused("not_your_dialog")
    given(*shop(receiver=TO_ANNA), says(IVAN)).when(writes("Hello", by=ANNA)).then("dialog.message_sent")
