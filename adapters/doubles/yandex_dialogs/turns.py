"""A user of Alice, the request that she makes of his words, and what she makes of a skill's answer."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import NAMESPACE_OID, uuid5

LONGEST_TEXT = 1024


@dataclass
class Person:
    """`user` = his id at Yandex, while he is logged in there; `device` stays the same."""

    device: str
    user: str | None = None
    locale: str = "ru-RU"
    session: str = ""
    next_message: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """What he hears: the skill's text, or None with Alice's reason why she has nothing to say."""

    status: int | None
    text: str | None
    why: str = ""


class Sessions:
    """Numbers as Alice gives them: a session has an id of its own, its turns count from 0."""

    def __init__(self, skill: str) -> None:
        self._skill = skill
        self._numbers = count(1)

    def begin(self, person: Person) -> None:
        person.session = str(uuid5(NAMESPACE_OID, f"{person.device}|{next(self._numbers)}"))
        person.next_message = 0

    def turn(self, person: Person, request: dict[str, Any]) -> dict[str, Any]:
        """The whole body of the next turn."""
        new = not person.session
        if new:
            self.begin(person)
        number, person.next_message = person.next_message, person.next_message + 1
        session: dict[str, Any] = {
            "message_id": number,
            "session_id": person.session,
            "skill_id": self._skill,
            "user_id": person.device,
            "application": {"application_id": person.device},
            "new": new,
        }
        if person.user is not None:
            session["user"] = {"user_id": person.user}
        meta = {"locale": person.locale, "timezone": "Europe/Moscow", "client_id": "double/1.0", "interfaces": {}}
        return {"meta": meta, "request": request, "session": session, "version": "1.0"}


def utterance(text: str) -> dict[str, Any]:
    words = {"tokens": text.lower().split(), "entities": []}
    return {"type": "SimpleUtterance", "command": text.lower(), "original_utterance": text, "nlu": words}


def pressed(payload: Any) -> dict[str, Any]:
    """A button brings no words."""
    return {"type": "ButtonPressed", "payload": payload, "nlu": {"tokens": [], "entities": []}}


def understood(status: int, answer: Any) -> Heard:
    """An answer as Alice takes it: anything else makes her say that the skill does not answer."""
    response = answer.get("response") if isinstance(answer, dict) else None
    text = response.get("text") if isinstance(response, dict) else None
    if status != 200 or answer.get("version") != "1.0" or not isinstance(text, str) or not text:
        return Heard(status, None, "bad_answer")
    if len(text) > LONGEST_TEXT:
        return Heard(status, None, "too_long")
    return Heard(status, text)
