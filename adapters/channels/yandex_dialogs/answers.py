"""What Alice says in answer to a turn: what agents have written since the last one, or that it has been handed over.

She waits 4.5 s and takes 1,024 characters. `end_session` stays false: the customer may go on.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal

from adapters.channels.inbound import Inbound
from adapters.channels.text import Unreadable, read_json

LONGEST_TEXT = 1024
JOINT = "\n\n"
Words = Literal["ping", "session_start", "handed_over", "kept", "nothing"]
SENTENCES: dict[Words, tuple[str, str]] = {
    "ping": ("pong", "pong"),
    "session_start": ("Hello! What can we do for you?", "Здравствуйте! Чем мы можем помочь?"),
    "handed_over": (
        "I have passed this on to an agent. Ask \u201cis there an answer?\u201d a little later.",
        "Передал оператору. Чуть позже скажите «есть ответ?».",
    ),
    "kept": ("Nobody can answer now; your message is kept.", "Сейчас ответить некому, но сообщение сохранено."),
    "nothing": ("I did not catch that. Please say it again.", "Не расслышал. Повторите, пожалуйста."),
}
"""English and Russian."""


def body(raw: bytes, things: Sequence[Inbound], waiting: Sequence[str], *, taken: bool) -> str:
    """`waiting` = texts of ours that fit together; `taken`: the turn's words have reached a dialog."""
    text = JOINT.join(waiting) if waiting else SENTENCES[_words(things, taken)][_is_russian(raw)]
    return json.dumps({"response": {"text": text, "end_session": False}, "version": "1.0"}, ensure_ascii=False)


def _words(things: Sequence[Inbound], taken: bool) -> Words:
    match things[0].kind if things else "ignore":
        case "ping" | "session_start" as known:
            return known
        case "message" | "button" | "invalid":
            return "handed_over" if taken else "kept"
        case _:
            return "nothing"


def _is_russian(raw: bytes) -> bool:
    """By the device's locale. Alice speaks Russian, so whatever does not say otherwise is Russian too."""
    try:
        value: Any = read_json(raw)
    except Unreadable:
        return True
    meta = value.get("meta") if isinstance(value, dict) else None
    locale = meta.get("locale") if isinstance(meta, dict) else None
    return not isinstance(locale, str) or not locale or locale.lower().startswith("ru")
