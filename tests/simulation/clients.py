"""Those outside: providers that deliver what customers write, and agents' programs that send commands.

A client asks again under the same key until it has heard an answer, whatever the connection does; what it has heard
stands in its book. The door's own code turns what came into commands, and answers into fates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, cast

from adapters.channels.inbound import Inbound
from adapters.intake import DOOR, EMPTY, Intake, IntakeOutcome, _outcome
from adapters.intake_commands import Asked, asked
from adapters.store.requests import Outcome, Request
from domain.desk.intake import ReceiveMessage
from domain.kinds import ChannelKind
from domain.recorded import Actor
from tests.memory.store import MemoryExecutor, Result
from tests.office import TENANT

Api = Callable[[], MemoryExecutor]
"""The executor of whichever process answers now."""


class Readable:
    """What the vault would hash, in words."""

    def blind(self, tenant: str, *parts: str) -> str:
        return "|".join(parts)


@dataclass
class Book:
    """`heard`: by key, the first answer and every other one; `came`: deliveries that reached the door at all."""

    heard: dict[str, list[Result]] = field(default_factory=dict)
    fates: list[IntakeOutcome] = field(default_factory=list)
    messages: dict[str, Request] = field(default_factory=dict)
    came: int = 0

    def note(self, key: str, result: Result) -> None:
        self.heard.setdefault(key, []).append(result)


def delivery(channel: str, kind: ChannelKind, customer: str, number: int) -> Asked:
    thing = Inbound(
        kind="message",
        external_message_id=str(number),
        external_chat_id=customer,
        sender_id=customer,
        sender_name=customer.title(),
        text=f"Message {number}",
    )
    return asked(Readable(), EMPTY, TENANT, channel, kind, thing, b"")


def correction(known: ReceiveMessage, number: int, *, taken_back: bool) -> Asked:
    """An edit of a message, or its deletion."""
    thing = Inbound(
        kind="delete" if taken_back else "edit",
        external_chat_id=known.sender_id,
        sender_id=known.sender_id,
        edits_external_message_id=None if taken_back else known.provider_id,
        deletes_external_message_id=known.provider_id if taken_back else None,
        text=None if taken_back else f"Corrected {number}",
        dedup_key=f"correction {number}",
    )
    return asked(Readable(), EMPTY, TENANT, known.channel, cast(ChannelKind, known.provider), thing, b"")


def delivering(api: Api, book: Book, channel: str, question: Asked) -> Iterator[str]:
    """A provider with one message, until the door has said 2xx."""
    request = Request(tenant=TENANT, command=question.command, actor=DOOR, key=question.key)
    assert request.key is not None
    book.messages[request.key] = request
    yield f"{request.key} is on its way"
    book.came += 1
    (result,) = api().execute_all([request])
    yield f"{request.key} was taken in, and nobody has been told"
    outcome = _outcome(question, result)
    for counted in _counting(channel, question, outcome):
        api().execute_all([counted])
        yield f"{request.key} was counted"
    book.note(request.key, result)
    book.fates.append(outcome)


def _counting(channel: str, question: Asked, outcome: IntakeOutcome) -> list[Request]:
    """What the door has counted beside the message itself."""
    noted = _Noted()
    Intake(noted, Readable())._count(TENANT, channel, [question], [outcome])
    return noted.requests


class _Noted:
    """An executor that only writes down what it is asked."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    def submit(self, request: Request) -> Future[Outcome]:
        self.requests.append(request)
        return Future()


def commanding(api: Api, book: Book, key: str, command: Any, actor: Actor) -> Iterator[str]:
    request = Request(tenant=TENANT, command=command, actor=actor, key=key, fingerprint=repr(command))
    yield f"{key} is on its way"
    (result,) = api().execute_all([request])
    yield f"{key} was carried out, and nobody has been told"
    book.note(key, result)
