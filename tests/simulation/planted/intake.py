"""Faults of the door and of the way from a command to its one outcome (invariants 1 to 5)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from adapters import intake_commands
from adapters.store.requests import Outcome, Request
from domain.desk import arrival
from domain.desk.intake import ReceiveMessage
from domain.desk.world import World
from tests.memory import store, topics
from tests.office import TENANT
from tests.simulation import clients
from tests.simulation.moves import people
from tests.simulation.planted.registry import Patch, defect


@defect(1, "what_was_answered_is_in_the_log")
def the_door_answers_before_it_has_committed(patch: Patch) -> None:
    def hasty(api: Any, book: clients.Book, channel: str, question: Any) -> Iterator[str]:
        request = Request(tenant=TENANT, command=question.command, key=question.key)
        if question.key not in book.heard:
            book.messages[question.key] = request
            book.note(question.key, Outcome())
            yield "answered 200"
            api().execute_all([request])

    patch.setattr(people, "delivering", hasty)


@defect(2, "what_was_answered_is_in_the_log")
def a_message_is_not_known_by_its_providers_id(patch: Patch) -> None:
    drawn = iter(range(1_000_000))
    patch.setattr(intake_commands._Door, "key", lambda door, thing: f"delivery {next(drawn)}")


@defect(3, "one_key_has_one_outcome")
def outcomes_of_commands_are_not_kept(patch: Patch) -> None:
    patch.setattr(store.Batch, "_remember", lambda *_: None)


@defect(4, "topics_are_the_log")
def records_are_keyed_by_their_own_ids(patch: Patch) -> None:
    patch.setattr(topics, "place_of", lambda event, n: topics._partition(event.event_id, n))


@defect(5, "a_customer_has_one_open_dialog_a_channel")
def a_dialog_is_looked_for_and_then_opened(patch: Patch) -> None:
    """The door looks for the customer's open dialog first, and asks for a new one where it has found none."""
    seen: list[Any] = []
    drawn = iter(range(1_000_000))
    right, delivering = World.conversation, clients.delivering

    def looking_first(api: Any, book: clients.Book, channel: str, question: Any) -> Iterator[str]:
        rows, asked = api().store.heads, question.command
        if not isinstance(asked, ReceiveMessage):
            yield from delivering(api, book, channel, question)
            return
        known = rows.known(f"{asked.provider}:{channel}", asked.sender_key)
        found = rows.conversation(channel, known.customer) if known else None
        yield "has looked for an open dialog"
        steps = delivering(api, book, channel, question)
        while True:
            seen[:] = [found]
            word = next(steps, None)
            seen.clear()
            if word is None:
                return
            yield word

    def as_seen(world: World, channel: str, customer: str) -> Any:
        return seen[0] if seen else right(world, channel, customer)

    patch.setattr(people, "delivering", looking_first)
    patch.setattr(World, "conversation", as_seen)
    patch.setattr(arrival, "dialog_id", lambda *_: f"dialog {next(drawn)}")
