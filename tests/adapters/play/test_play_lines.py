"""Lines that nobody should write and somebody will: each is rejected with a code, and nothing else can come of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.play.fields import BadLine
from adapters.play.lines import parse
from tests.adapters.play.theatre import Theatre, message, write

SAID = message("d-1", 1, "09:00:00", "customer", "c-1")
HAPPENED = {"dialog": "d-1", "at": "2026-03-02T09:00:00Z", "event": "queued", "queue": "q"}
BAD: dict[str, tuple[dict[str, Any], str]] = {
    "from is a list": (SAID | {"from": ["x"]}, "bad_from"),
    "from is an object": (SAID | {"from": {}}, "bad_from"),
    "event is an object": (HAPPENED | {"event": {"a": 1}}, "unknown_event"),
    "event is a list": (HAPPENED | {"event": []}, "unknown_event"),
    "channel is an object": (SAID | {"channel": {"a": []}}, "bad_channel"),
    "channel is a number": (SAID | {"channel": 7}, "bad_channel"),
    "external_id is an object": (SAID | {"external_id": {"a": 1}}, "bad_external_id"),
    "seq is a list": (SAID | {"seq": [1]}, "bad_seq"),
    "the agent's name is too long": (SAID | {"from": "agent", "author": "a" * 65}, "too_long"),
    "the channel's name is too long": (SAID | {"channel": "c" * 61}, "too_long"),
    "the queue's name is too long": (HAPPENED | {"queue": "q" * 61}, "too_long"),
    "the name of who did it is too long": (HAPPENED | {"by": "a" * 65}, "too_long"),
    "the assigned agent's name is too long": (HAPPENED | {"event": "assigned", "agent": "a" * 65}, "too_long"),
    "before the calendar": (SAID | {"at": "0001-01-01T00:00:00+14:00"}, "time_out_of_range"),
    "the calendar's end": (SAID | {"at": "9999-12-31T23:59:59Z"}, "time_out_of_range"),
    "behind the calendar": (SAID | {"at": "9999-12-31T23:59:59-14:00"}, "time_out_of_range"),
    "the year 1899": (SAID | {"at": "1899-12-31T23:59:59Z"}, "time_out_of_range"),
    "the year 2201": (SAID | {"at": "2201-01-01T00:00:00Z"}, "time_out_of_range"),
} | {
    f"{name} with {what}": (line | {name: f"a{char}b"}, f"bad_{name}")
    for what, char in (("NUL", "\0"), ("half a pair", "\ud83d"))
    for line, names in (
        (SAID, ("author", "channel", "dialog", "external_id", "seq")),
        (HAPPENED, ("queue", "by", "agent", "customer", "external_id")),
    )
    for name in names
}


@pytest.mark.parametrize("case", BAD)
def test_a_line_that_cannot_be_played_has_a_code(case: str) -> None:
    line, code = BAD[case]
    with pytest.raises(BadLine) as bad:
        parse(json.dumps(line).encode(), "set", "f:1")
    assert bad.value.code == code


def test_all_of_them_are_told_and_counted_and_the_rest_is_played(stage: Theatre, tmp_path: Path) -> None:
    lines = [SAID, *(line for line, _ in BAD.values()), SAID | {"seq": 2}]
    path = write(tmp_path / "bad.jsonl", lines)
    figures = stage.play([path])
    told = [(one["file"], one["line"], one["code"]) for one in figures["rejected_lines"]]
    assert told == [(str(path), number, code) for number, (_, code) in enumerate(BAD.values(), 2)]
    assert figures["reconciliation"]["rejected"] == len(BAD)
    assert (figures["reconciliation"]["routed"], figures["reconciliation"]["holds"]) == (2, True)


@pytest.mark.parametrize("at", ["1900-01-01T00:00:00Z", "2200-12-31T23:59:59Z", "2201-01-01T13:00:00+14:00"])
def test_the_first_and_the_last_year_are_played_to_their_end(stage: Theatre, tmp_path: Path, at: str) -> None:
    figures = stage.play([write(tmp_path / "edge.jsonl", [SAID | {"at": at}])])
    assert figures["reconciliation"]["routed"] == 1
    assert figures["dialogs"]["closed"] == {"idle": 1}


def test_names_may_be_as_long_as_ids_and_those_of_customers_longer(stage: Theatre, tmp_path: Path) -> None:
    lines = [
        SAID | {"author": "c" * 300, "channel": "c" * 39},
        HAPPENED | {"queue": "q" * 39, "by": "a" * 64, "channel": "c" * 39},
        message("d-1", 2, "09:00:01", "agent", "a" * 64, channel="c" * 39),
    ]
    figures = stage.play([write(tmp_path / f"{'long-name' * 9}.jsonl", lines)])
    assert (figures["reconciliation"]["routed"], figures["agent_messages"]["said"]) == (1, 1)
    assert len(figures["files"][0]["set"]) == 24


def test_what_was_said_may_hold_any_character(stage: Theatre, tmp_path: Path) -> None:
    """Only names become texts of the database; half a pair in a body is replaced, on both sides alike (E09)."""
    lines = [SAID | {"text": "a\0b\ud83d"}, message("d-1", 2, "09:00:01", "agent", "a-1", text="c\0d\ud83d")]
    figures = stage.play([write(tmp_path / "any.jsonl", lines)])
    spoken = ("dialog.message_received", "dialog.message_sent")
    bodies = [one.event.body for one in stage.log(figures) if one.event.kind in spoken]  # type: ignore[attr-defined]
    assert bodies == ["a\0b\ufffd", "c\0d\ufffd"]


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda one: st.lists(one, max_size=2) | st.dictionaries(st.text(max_size=3), one, max_size=2),
    max_leaves=4,
)
FIELDS = ("dialog", "at", "from", "event", "text", "channel", "author", "queue", "by", "external_id", "seq")


@given(
    st.sampled_from([SAID, HAPPENED]),
    st.dictionaries(st.sampled_from(FIELDS), ANYTHING | st.datetimes().map(str) | st.just("1-01-01T00:00+23:59")),
)
def test_whatever_stands_in_a_line_it_is_played_or_rejected(line: dict[str, Any], other: dict[str, Any]) -> None:
    try:
        good = parse(json.dumps(line | other).encode(), "set", "f:1")
    except BadLine as bad:
        assert bad.code
        return
    for name in (good.dialog, good.channel, good.by, good.queue, good.agent, good.customer, good.id):
        assert b"\0" not in (name or "").encode()
    assert 1900 <= good.at.year <= 2200
