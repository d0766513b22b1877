"""The event classes and the vocabulary of the behaviour page name the same things, no more and no fewer (settled 1)."""

import re
from pathlib import Path

import pytest

from domain.streams import AGGREGATES, EVENTS
from tests.house.scripts import ROOT

PAGE = ROOT.parent / "shared/spec/behaviour.md"
OURS = Path(__file__).with_name("vocabulary.txt")


def test_the_event_classes_are_those_of_our_list() -> None:
    assert sorted(EVENTS) == OURS.read_text("utf-8").split()


def test_every_event_is_named_after_its_stream() -> None:
    wrong = [
        event.kind_of()
        for prefix, aggregate in AGGREGATES.items()
        for event in aggregate.classes
        if not re.fullmatch(rf"{prefix}\.[a-z]+(_[a-z]+)*", event.kind_of())
    ]
    assert wrong == []


@pytest.mark.skipif(not PAGE.exists(), reason="the behaviour page is not beside this repository")
def test_the_event_classes_are_those_of_the_behaviour_page() -> None:
    assert sorted(EVENTS) == sorted(named_in(PAGE.read_text("utf-8")))


def test_a_missing_name_would_be_found() -> None:
    section = "## 9. Events\n| group | `created` · `moved_to{target,when}` |\n## 10. Settings\n| `x` | y |"
    assert named_in(section) == {"group.created", "group.moved_to"}


def named_in(page: str) -> set[str]:
    """`stream.event` for every row of the table of §9: | stream | `event{fields}` · `event` … |"""
    table = page.rsplit("\n## 9. ", maxsplit=1)[-1] if "\n## 9. " in page else page
    rows = re.findall(r"^\| ([a-z]+) \| (.*) \|$", table.split("\n## 10. ")[0], re.MULTILINE)
    return {f"{stream}.{name}" for stream, cells in rows for name in re.findall(r"`([a-z_]+)[^`]*`", cells)}
