"""The collection of recorded updates and answers that lies beside the repository, where it lies there.

An `expect` object is compared field by field with what we read; names that are older than ours are translated.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.channels import channel

FOLDER = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "telegram"
KINDS = {
    "delivered": "delivery_receipt",
    "read": "read_receipt",
    "sent": "sent_receipt",
    "failed": "failure_receipt",
    "deleted": "delete",
    "edited": "edit",
    "reaction_removed": "reaction",
    "subscription_change": "service",
    "conversation_started": "service",
    "subscribed": "service",
    "chat_migrated": "service",
}
OURS = frozenset(
    """external_message_id external_chat_id sender_id sender_name sender_username sender_phone account_id timestamp text
    attachments reply_to_external_message_id edits_external_message_id target_message_id button_payload emoji
    dedup_key outcome retry_after account_name new_chat_id""".split()  # noqa: SIM905 - names, as the page lists them
)


def cases(of_answers: bool) -> list[Any]:
    found = sorted(FOLDER.glob("*.expected.json"))
    chosen = [path for path in found if (path.name.startswith("resp_")) == of_answers]
    if not chosen:
        missing = pytest.mark.skip(reason=f"the recorded payloads are not there: {FOLDER.name} beside the repository")
        return [pytest.param(None, marks=missing)]
    return [pytest.param(path, id=path.name.removesuffix(".expected.json")) for path in chosen]


def body_of(path: Path) -> bytes:
    return path.with_name(path.name.replace(".expected.json", ".json")).read_bytes()


@pytest.mark.parametrize("path", cases(of_answers=False))
def test_a_recorded_update_is_read_as_expected(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    things = [one.to_json() for one in channel("telegram").parse(body_of(path), {})]
    if not case["expect"]:
        assert [thing["kind"] for thing in things] == [case["kind"]]
        return
    assert len(things) == len(case["expect"])
    for thing, expected in zip(things, case["expect"], strict=True):
        kind = expected.get("kind", case["kind"])
        assert thing["kind"] == KINDS.get(kind, kind)
        assert {name: thing.get(name) for name in expected if name in OURS} == {
            name: value for name, value in expected.items() if name in OURS
        }


@pytest.mark.parametrize("path", cases(of_answers=True))
def test_a_recorded_answer_means_what_is_expected(path: Path) -> None:
    (expected,) = json.loads(path.read_text("utf-8"))["expect"]
    result = channel("telegram").classify(expected["http_status"], body_of(path))
    facts = result.to_json("ru")
    assert {name: facts.get(name) for name in expected if name in OURS} == {
        name: value for name, value in expected.items() if name in OURS
    }
    assert facts.get("reason") == expected.get("reason", facts.get("reason"))
    if "ui_text" in expected:
        assert facts["error"]["sentence"] == expected["ui_text"]
