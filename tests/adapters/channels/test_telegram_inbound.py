"""Telegram updates → things in our vocabulary: every kind of update, every kind of attachment, and what is neither."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels.telegram.inbound import parse
from tests.adapters.channels.updates import CHAT, FILE, USER, VERA, edited, membership, message, pressed, raw, reaction

WHO = {"sender_id": str(VERA), "sender_name": "Vera Orlova", "sender_username": "vera_o"}


def read(update: Any) -> dict[str, Any]:
    (thing,) = parse(raw(update))
    return thing.to_json()


def test_a_text_is_read_whole() -> None:
    assert read(message(text="Is there bread?")) == {
        "kind": "message",
        "external_message_id": "10",
        "external_chat_id": str(VERA),
        **WHO,
        "timestamp": 1_700_000_000,
        "text": "Is there bread?",
        "attachments": [],
        "dedup_key": "update_id:1",
    }


LARGE = FILE | {"file_id": "L", "width": 800, "height": 600}
SMALL = FILE | {"file_id": "S", "width": 80, "height": 60, "file_size": 9_000_000}
PLACE = {"latitude": 55.75, "longitude": 37.61}
CONTENTS: dict[str, tuple[dict[str, Any], list[dict[str, Any]]]] = {
    "photo, the largest once": (
        {"photo": [LARGE, SMALL]},
        [{"type": "image", "external_file_id": "L", "size": 1000, "width": 800, "height": 600}],
    ),
    "document": (
        {"document": FILE | {"file_name": "договор.pdf", "mime_type": "application/pdf"}},
        [
            {
                "type": "file",
                "external_file_id": "F1",
                "size": 1000,
                "file_name": "договор.pdf",
                "mime": "application/pdf",
            }
        ],
    ),
    "animation, which fills document too": (
        {"animation": FILE | {"duration": 3}, "document": FILE},
        [{"type": "video", "external_file_id": "F1", "size": 1000, "duration": 3}],
    ),
    "video": ({"video": FILE}, [{"type": "video", "external_file_id": "F1", "size": 1000}]),
    "round video": ({"video_note": FILE}, [{"type": "video", "external_file_id": "F1", "size": 1000}]),
    "audio": (
        {"audio": FILE | {"title": "Song", "performer": "Band"}},
        [{"type": "audio", "external_file_id": "F1", "size": 1000, "title": "Song", "name": "Band"}],
    ),
    "voice": (
        {"voice": {"file_id": "V", "duration": 5, "mime_type": "audio/ogg"}},
        [{"type": "voice", "external_file_id": "V", "duration": 5, "mime": "audio/ogg"}],
    ),
    "sticker": (
        {"sticker": FILE | {"file_id": "K", "emoji": "😡"}},
        [{"type": "sticker", "external_file_id": "K", "size": 1000, "emoji": "😡"}],
    ),
    "location": ({"location": PLACE}, [{"type": "location", **PLACE}]),
    "venue, which fills location too": (
        {"location": PLACE, "venue": {"location": PLACE, "title": "Bakery", "address": "1 Main St"}},
        [{"type": "location", **PLACE, "title": "Bakery", "address": "1 Main St"}],
    ),
    "somebody's contact": (
        {"contact": {"phone_number": "+79990001122", "first_name": "Petr", "user_id": 1}},
        [{"type": "contact", "phone": "+79990001122", "name": "Petr"}],
    ),
    "poll, for which we have no form": (
        {"poll": {"id": "1", "question": "?"}},
        [{"type": "unsupported", "raw": {"poll": {"id": "1", "question": "?"}}}],
    ),
    "what nobody has heard of yet": (
        {"hologram": {"depth": 3}},
        [{"type": "unsupported", "raw": {"hologram": {"depth": 3}}}],
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_content(name: str) -> None:
    content, expected = CONTENTS[name]
    thing = read(message(**content))
    assert (thing["kind"], thing["text"], thing["attachments"]) == ("message", "", expected)


def test_a_caption_is_the_text_of_a_picture() -> None:
    thing = read(message(photo=[LARGE], caption="This one?"))
    assert thing["text"] == "This one?" and len(thing["attachments"]) == 1


def test_new_ornaments_of_a_text_are_no_attachment() -> None:
    assert read(message(text="Hello", sparkles_2031={"colour": "gold"}))["attachments"] == []


def test_only_ones_own_contact_tells_ones_phone() -> None:
    own = read(message(contact={"phone_number": "+1", "user_id": VERA}))
    foreign = read(message(contact={"phone_number": "+1", "user_id": 1}))
    unknown = read(message(contact={"phone_number": "+1"}))
    assert own["sender_phone"] == "+1"
    assert "sender_phone" not in foreign and "sender_phone" not in unknown


def test_a_reply_names_what_it_answers() -> None:
    replied = {"message_id": 8, "date": 1, "chat": CHAT, "text": "Which?"}
    assert read(message(text="This", reply_to_message=replied))["reply_to_external_message_id"] == "8"


@pytest.mark.requirement("E10")
def test_an_edit_names_its_message_and_carries_the_new_text() -> None:
    thing = read(edited(text="Is there rye bread?"))
    assert thing["kind"] == "edit"
    assert thing["edits_external_message_id"] == thing["external_message_id"] == "10"
    assert (thing["text"], thing["timestamp"]) == ("Is there rye bread?", 1_700_000_060)


def test_a_pressed_button() -> None:
    thing = read(pressed(data="order:1"))
    assert (thing["kind"], thing["button_payload"]) == ("button", "order:1")
    assert (thing["external_message_id"], thing["target_message_id"]) == ("77", "9")
    assert thing["external_chat_id"] == str(VERA)


def test_a_button_whose_message_is_gone_still_belongs_to_its_customer() -> None:
    update = pressed(data="x")
    del update["callback_query"]["message"]
    assert read(update)["external_chat_id"] == str(VERA)


@pytest.mark.parametrize(("status", "reason"), [("kicked", "bot_kicked"), ("member", "bot_member")])
def test_blocking_and_unblocking_is_a_service_note(status: str, reason: str) -> None:
    thing = read(membership(status))
    assert (thing["kind"], thing["reason"], thing["external_chat_id"]) == ("service", reason, str(VERA))


@pytest.mark.parametrize(("emoji", "expected"), [(("👍",), "👍"), ((), "")])
def test_a_reaction_and_its_taking_back(emoji: tuple[str, ...], expected: str) -> None:
    thing = read(reaction(*emoji))
    assert (thing["kind"], thing["emoji"], thing["target_message_id"]) == ("reaction", expected, "10")


def test_a_note_of_telegrams_own_is_nobodys_word() -> None:
    thing = read(message(pinned_message={"message_id": 1}))
    assert (thing["kind"], thing["reason"]) == ("service", "pinned_message")


GROUP = {"id": -1001, "type": "supergroup", "title": "Neighbours"}
NOT_OURS: dict[str, tuple[dict[str, Any], str]] = {
    "a group": (message(text="hi", chat=GROUP), "chat:supergroup"),
    "an edit in a group": (edited(text="hi", chat=GROUP), "chat:supergroup"),
    "a button in a group": (pressed(message={"message_id": 1, "chat": GROUP}), "chat:supergroup"),
    "a channel's post": ({"update_id": 1, "channel_post": {"message_id": 1}}, "update_kind:channel_post"),
    "an inline query": ({"update_id": 1, "inline_query": {}}, "update_kind:inline_query"),
    "a kind of next year": ({"update_id": 1, "telepathy": {}}, "update_kind:telepathy"),
    "nothing at all": ({"update_id": 1}, "update_kind:none"),
}


@pytest.mark.parametrize("name", NOT_OURS)
def test_what_is_not_for_us_is_acknowledged_with_a_reason(name: str) -> None:
    update, reason = NOT_OURS[name]
    thing = read(update)
    assert (thing["kind"], thing["reason"]) == ("ignore", reason)


MALFORMED: dict[str, bytes] = {
    "empty": b"",
    "not JSON": b"{",
    "not UTF-8": b'{"update_id": 1, "x": "\xff"}',
    "not an object": b"[]",
    "no update_id": b'{"message": {}}',
    "update_id true": b'{"update_id": true}',
    "no chat": raw({"update_id": 1, "message": {"message_id": 1, "date": 1}}),
    "no date": raw({"update_id": 1, "message": {"message_id": 1, "chat": CHAT}}),
    "a date in no calendar": raw(message(text="hi", date=10**18)),
    "chat id as text": raw(message(text="hi", chat=CHAT | {"id": "x"})),
    "an infinite place": raw(message(location=PLACE)).replace(b"55.75", b"1e999"),
    "NaN": raw(message(location=PLACE)).replace(b"55.75", b"NaN"),
    "a well of brackets": b"[" * 100_000,
    "a deep object": b'{"update_id": 1, "message": ' + b'{"a":' * 200 + b"1" + b"}" * 201,
}


@pytest.mark.parametrize("name", MALFORMED)
def test_a_malformed_body_is_one_invalid_thing_with_a_sentence(name: str) -> None:
    (thing,) = parse(MALFORMED[name])
    assert thing.kind == "invalid"
    assert thing.reason is not None and thing.reason.endswith(".")


def test_the_sentence_does_not_repeat_what_the_customer_wrote() -> None:
    (thing,) = parse(raw(message(text={"secret": "my card is 4111"})))
    assert thing.kind == "invalid" and "4111" not in str(thing.reason)


TORTURE = ["\x00", "\u202eRTL\u202c", "😂👨‍👩‍👧", "\ufeff", "ё\u0308", "\u2028"]


@pytest.mark.requirement("E09")
@pytest.mark.parametrize("text", TORTURE)
def test_odd_characters_survive(text: str) -> None:
    assert read(message(text=f"a{text}b"))["text"] == f"a{text}b"


@pytest.mark.requirement("E09")
@pytest.mark.parametrize("lone", ["\\ud83d", "\\ude02", "\\ude02\\ud83d"])
def test_a_lone_surrogate_becomes_the_replacement_character(lone: str) -> None:
    body = raw(message(text="X")).replace(b'"X"', f'"a{lone}b"'.encode())
    (thing,) = parse(body)
    assert thing.text == "a" + "\ufffd" * (len(lone) // 6) + "b"
    assert str(thing.text).encode()


@pytest.mark.requirement("E09")
def test_a_pair_of_surrogates_is_one_character() -> None:
    (thing,) = parse(raw(message(text="X")).replace(b'"X"', b'"\\ud83d\\ude02"'))
    assert thing.text == "😂"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
FIELDS = ["message", "edited_message", "callback_query", "my_chat_member", "message_reaction", "other"]
PARTS = ["message_id", "date", "chat", "from", "text", "photo", "contact", "location", "new_chat_member", "id"]


@given(st.dictionaries(st.sampled_from(FIELDS), st.dictionaries(st.sampled_from(PARTS), json_values)))
def test_any_object_is_read_without_raising(update: dict[str, Any]) -> None:
    (thing,) = parse(json.dumps({"update_id": 1, **update}).encode())
    assert json.dumps(thing.to_json())


@given(st.dictionaries(st.sampled_from(sorted(message(text="")["message"])), json_values))
def test_a_message_with_any_parts_replaced_is_read_without_raising(changes: dict[str, Any]) -> None:
    (thing,) = parse(json.dumps(message(**{"text": "hi", **changes})).encode())
    assert thing.kind in {"message", "invalid", "ignore"}


@given(st.text())
def test_any_text_of_json_comes_back_encodable(text: str) -> None:
    (thing,) = parse(json.dumps(message(text=text or "x")).encode())
    assert str(thing.text).encode("utf-8").decode() == thing.text


def test_a_user_without_from_is_the_chat() -> None:
    update = message(text="hi")
    del update["message"]["from"]
    assert read(update)["sender_id"] == str(VERA)
    assert USER["id"] == CHAT["id"]
