"""One turn of a conversation with Alice → `Inbound`. There is no time in it: the time of receiving counts."""

from __future__ import annotations

import json
from typing import Any

from pydantic import ValidationError

from adapters.channels.inbound import Inbound, invalid
from adapters.channels.models import what_is_wrong
from adapters.channels.text import Unreadable, read_json
from adapters.channels.yandex_dialogs.models import Said, Turn

UTTERANCE, BUTTON = "SimpleUtterance", "ButtonPressed"
HEALTH_CHECK = "ping"
DANGEROUS = "dangerous_context"


def parse(raw: bytes) -> list[Inbound]:
    try:
        turn = Turn.model_validate(read_json(raw))
    except Unreadable as why:
        return [invalid(str(why))]
    except ValidationError as why:
        return [invalid(what_is_wrong(why, "The request is not as Alice makes it"))]
    if turn.session.person is None:
        return [invalid("The request is not as Alice makes it: session: nobody is named.")]
    return [_thing(turn)]


def _thing(turn: Turn) -> Inbound:
    said = turn.request
    match said.type:
        case "ButtonPressed":
            return Inbound(kind="button", text=_words(said), button_payload=_payload(said.payload), **_who(turn))
        case "SimpleUtterance" if _is_health_check(said):
            return Inbound(kind="ping", **_common(turn))
        case "SimpleUtterance" if turn.session.new and not said.command:
            return Inbound(kind="session_start", text=_words(said), attachments=(), **_who(turn))
        case "SimpleUtterance" if _words(said):
            warned = DANGEROUS if said.markup is not None and said.markup.dangerous_context else None
            return Inbound(kind="message", text=_words(said), attachments=(), reason=warned, **_who(turn))
        case "SimpleUtterance":
            return Inbound(kind="ignore", reason="nothing_said", **_who(turn))
        case other:
            return Inbound(kind="ignore", reason=f"request_type:{other[:64]}", **_common(turn))


def _words(said: Said) -> str:
    return said.original_utterance or said.command or ""


def _is_health_check(said: Said) -> bool:
    """Yandex asks so whether the skill is alive; it never becomes a dialog."""
    return (said.command or said.original_utterance or "").strip().lower() == HEALTH_CHECK


def _payload(payload: Any) -> str:
    """What the button was made with, as text: JSON where it is anything else."""
    if payload is None or isinstance(payload, str):
        return payload or ""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def _who(turn: Turn) -> dict[str, Any]:
    return {"sender_id": turn.session.person, **_common(turn)}


def _common(turn: Turn) -> dict[str, Any]:
    session = turn.session
    message = f"{session.session_id}:{session.message_id}"
    return {
        "external_message_id": message,
        "external_chat_id": session.session_id,
        "account_id": session.skill_id or None,
        "dedup_key": f"turn:{message}",
    }
