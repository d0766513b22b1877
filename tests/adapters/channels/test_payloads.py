"""The collection of providers' bodies and answers that lies beside the repository, where it lies there.

An `expect` object is compared field by field with what we read: names that are older than our vocabulary are
translated, keys that it does not know are notes. `DIFFERENT` lists where a file is not as the protocol says, and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from adapters.channels import SHORT_NAMES, channel, kinds

COLLECTION = Path(__file__).resolve().parents[4] / "shared" / "payloads"
FOLDERS = {short: kind for short, kind in SHORT_NAMES.items() if kind in kinds()} | {
    kind: kind for kind in kinds() if kind not in SHORT_NAMES.values()
}
KINDS = {
    "delivered": "delivery_receipt",
    "read": "read_receipt",
    "sent": "sent_receipt",
    "failed": "failure_receipt",
    "deleted": "delete",
    "edited": "edit",
    "reaction_removed": "reaction",
    "batch": "message",
    "batch_dedup": "message",
    "legacy": "message",
} | dict.fromkeys(
    """subscription_change conversation_started subscribed identity_changed identity_key_changed chat_migrated call
    system""".split(),  # noqa: SIM905 - names, as the page lists them
    "service",
)
EITHER = {"optin": ("service", "ignore"), "referral": ("service", "ignore"), "template_status": ("service", "ignore")}
NAMES = {"page_id": "account_id", "channel_id": "account_id", "channel_number_id": "account_id"} | {
    "channel_number": "account_id"
}
OTHER_TESTS = frozenset({"api_request", "outbound", "reply_body", "signature_vectors", "handshake"})
FIELDS = frozenset(
    """external_message_id external_chat_id sender_id sender_name sender_username sender_phone sender_avatar account_id
    timestamp text reply_to_external_message_id edits_external_message_id deletes_external_message_id target_message_id
    button_payload emoji error_code reason recipient watermark_ms dedup_key subject in_reply_to references body_type
    reply_text failed_recipient original_message_id""".split()  # noqa: SIM905
)
OF_ATTACHMENTS = frozenset(
    """type url external_file_id media_id mime file_name size width height duration latitude longitude title name
    address phone emoji""".split()  # noqa: SIM905
)
OF_ANSWERS = frozenset(("outcome", "reason", "retry_after", "external_message_id", "account_name", "new_chat_id"))
DIFFERENT: dict[tuple[str, str], tuple[str, str]] = {
    ("vk/captured_photo_with_forward", "url"): ("x", "two sizes of the picture are equally large: either is right"),
}
"""(file, field) → why the two may differ there."""


def cases(of_answers: bool) -> list[Any]:
    found = []
    for folder in sorted(FOLDERS):
        for path in sorted((COLLECTION / folder).glob("*.expected.json")):
            kind = json.loads(path.read_text("utf-8"))["kind"]
            if kind not in OTHER_TESTS and (kind == "api_response") == of_answers:
                found.append(pytest.param(path, id=f"{folder}/{path.name.removesuffix('.expected.json')}"))
    if not found:
        missing = pytest.mark.skip(
            reason="the collection of recorded bodies is not there: payloads beside the repository"
        )
        return [pytest.param(None, marks=missing)]
    return found


def body_of(path: Path) -> bytes:
    stem = path.name.removesuffix(".expected.json")
    return next(one for one in path.parent.glob(f"{stem}.*") if one != path).read_bytes()


@pytest.mark.parametrize("path", cases(of_answers=False))
def test_a_recorded_body_is_read_as_expected(path: Path) -> None:
    case = json.loads(path.read_text("utf-8"))
    things = [one.to_json() for one in channel(path.parent.name).parse(body_of(path), case.get("headers", {}))]
    expected = [one for one in case["expect"] if set(one) - {"reply_body"}] or [{}] * len(things)
    assert len(things) == len(expected)
    for thing, want in zip(things, expected, strict=True):
        kind = want.get("kind", case["kind"])
        assert thing["kind"] in {
            meant for one in kind.split("_or_") for meant in EITHER.get(one, (KINDS.get(one, one),))
        }
        assert _like(path, want, thing, FIELDS) == {}
        _same_attachments(path, want.get("attachments"), thing.get("attachments"))


@pytest.mark.parametrize("path", cases(of_answers=True))
def test_a_recorded_answer_means_what_is_expected(path: Path) -> None:
    (want,) = json.loads(path.read_text("utf-8"))["expect"]
    facts = channel(path.parent.name).classify(want.get("http_status", 200), body_of(path)).to_json("ru")
    either = str(want.get("outcome", facts["outcome"])).split("_or_")
    assert facts["outcome"] in either
    assert _like(path, want, facts, OF_ANSWERS - {"outcome"}) == {}
    if "ui_text" in want:
        assert facts["error"]["sentence"] == want["ui_text"]


def _meant(kind: str) -> set[str]:
    """The kinds of ours that are right for one of theirs."""
    return {meant for one in kind.split("_or_") for meant in EITHER.get(one, (KINDS.get(one, one),))}


def _same_attachments(path: Path, want: object, have: object) -> None:
    if not isinstance(want, list):
        return
    ours = have if isinstance(have, list) else []
    assert len(ours) == len(want)
    for one, other in zip(want, ours, strict=True):
        assert _like(path, one, other, OF_ATTACHMENTS) == {}


def _like(path: Path, want: Mapping[str, Any], have: Mapping[str, Any], names: frozenset[str]) -> dict[str, Any]:
    """What differs: field → (expected, ours). Absent and null are the same."""
    file = f"{path.parent.name}/{path.name.removesuffix('.expected.json')}"
    asked = {NAMES.get(name, name): value for name, value in want.items()}
    if "timestamp_ms" in want:
        asked["timestamp"] = want["timestamp_ms"] / 1000
    if isinstance(asked.get("timestamp"), str):
        asked["timestamp"] = datetime.fromisoformat(asked["timestamp"]).timestamp()
    return {
        name: (value, have.get(name))
        for name, value in asked.items()
        if name in names and value != have.get(name) and (file, name) not in DIFFERENT
    }
