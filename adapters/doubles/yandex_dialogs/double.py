"""The double itself. Nobody calls Alice: she calls the skill's webhook, and waits 4.5 seconds for its answer."""

from __future__ import annotations

from copy import deepcopy
from types import TracebackType
from typing import Any, Self

import httpx2

from adapters.doubles.yandex_dialogs.turns import Heard, Person, Sessions, pressed, understood, utterance

SKILL = "3ad36498-f5bd-4079-a14b-788652932056"
PATIENCE = 4.5


class AliceDouble:
    """One skill, any number of users. `patience` in seconds.

    with AliceDouble(webhook) as alice:
        alice.says(Person("kitchen"), "Is there bread?").text
    """

    def __init__(self, webhook: str = "", *, skill: str = SKILL, patience: float = PATIENCE) -> None:
        self.webhook = webhook
        self.turns: list[dict[str, Any]] = []
        self._sessions = Sessions(skill)
        self._client = httpx2.Client(timeout=patience, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def stop(self) -> None:
        self._client.close()

    def opens(self, person: Person) -> Heard:
        """«Алиса, запусти навык»: a new session, and no words for us."""
        person.session = ""
        return self._turn(person, utterance("") | {"original_utterance": ""})

    def says(self, person: Person, text: str) -> Heard:
        return self._turn(person, utterance(text))

    def presses(self, person: Person, payload: Any) -> Heard:
        return self._turn(person, pressed(payload))

    def pings(self) -> Heard:
        """Yandex' check whether the skill is alive."""
        return self._turn(Person("health-check"), utterance("ping"))

    def brings(self, person: Person, request: dict[str, Any]) -> Heard:
        """Any request: for what the methods above have no word for."""
        return self._turn(person, request)

    def repeats(self) -> Heard:
        """The last turn once more, byte for byte."""
        return self.posts(deepcopy(self.turns[-1]))

    def posts(self, body: dict[str, Any]) -> Heard:
        try:
            answer = self._client.post(self.webhook, json=body)
        except httpx2.HTTPError as error:
            return Heard(None, None, type(error).__name__)
        try:
            return understood(answer.status_code, answer.json())
        except ValueError:
            return Heard(answer.status_code, None, "bad_answer")

    def _turn(self, person: Person, request: dict[str, Any]) -> Heard:
        body = self._sessions.turn(person, request)
        self.turns.append(body)
        return self.posts(body)
