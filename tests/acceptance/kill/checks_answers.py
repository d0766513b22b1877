"""Was everything kept that was answered 2xx, once, in its order, word for word? Findings are sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from adapters.store.codec import Codec
from adapters.store.log import Log
from domain.recorded import Recorded
from tests.acceptance.kill.evidence import EVERYTHING, LANE, Evidence, id_of, message_of


def lost_messages(evidence: Evidence, received: Sequence[Recorded]) -> Iterator[str]:
    """Invariant 1. Found by the id that the provider's own ids lead to, and compared word for word."""
    stored = {message_of(one): one for one in received}
    codec = Codec(evidence.vault)
    for sent in evidence.sent:
        found = stored.get(id_of(evidence, sent))
        if found is None:
            yield f"lost: chat {sent.chat}, message {sent.number} (update {sent.update}) was answered 2xx"
            continue
        body = codec.opened(found.tenant, found.event).body  # type: ignore[attr-defined]
        if body != sent.text:
            yield f"changed: chat {sent.chat}, message {sent.number} was not stored as it was said"


def stored_twice(received: Sequence[Recorded]) -> Iterator[str]:
    """Invariant 2."""
    for message, n in Counter(message_of(one) for one in received).items():
        if n > 1:
            yield f"twice: message {message} is stored {n} times"


def out_of_order(evidence: Evidence, received: Sequence[Recorded]) -> Iterator[str]:
    """Invariant 4: a chat's messages were brought one after the other, so they stand in the log like that."""
    places = {message_of(one): one.position for one in received}
    for chat in sorted({sent.chat for sent in evidence.sent}):
        order = [places.get(id_of(evidence, sent), 0) for sent in evidence.sent if sent.chat == chat]
        found = [place for place in order if place]
        if found != sorted(found):
            yield f"order: chat {chat} is not stored in the order in which it was said"


def lost_commands(evidence: Evidence) -> Iterator[str]:
    """Invariant 3: what was answered to an agent is in the log, once."""
    sent = Counter(message_of(one) for one in Log(evidence.database).read(0, EVERYTHING, kinds=["dialog.message_sent"]))
    for done in evidence.done:
        touched = evidence.rows(
            "SELECT 1 FROM parley.event AS last JOIN parley.event AS own USING (tenant, command_key)"
            " WHERE last.lane = %s AND last.position = %s AND own.stream = %s LIMIT 1",
            LANE,
            done.position,
            f"dialog-{done.dialog}",
        )
        if not touched:
            yield f"lost: {done.what} of dialog {done.dialog} was answered 2xx at position {done.position}"
        if done.message and sent[done.message] != 1:
            yield f"reply {done.message} of dialog {done.dialog} is stored {sent[done.message]} times"


def sent_twice(evidence: Evidence) -> Iterator[str]:
    """A message of ours reaches the provider once, or it is said that nobody knows."""
    if evidence.said_by_bot is None:
        return
    got = Counter(evidence.said_by_bot)
    states: dict[str, str] = dict(evidence.rows("SELECT message, state FROM parley.delivery"))
    for done in evidence.done:
        if not done.text:
            continue
        n, state = got[done.text], states.get(done.message, "not there")
        if n > 1 or (state == "sent" and n != 1) or state == "failed":
            yield f"delivery: reply {done.message} is {state} and reached the provider {n} times"
