"""Letters at the door: which of ours is answered, what a letter says besides its words, what a machine has written.

The id of a letter of ours holds our name for the message and a keyed hash of it. Whoever sends it back has got that
letter; ids that somebody made up lead nowhere. An id of the customer's own proves nothing: he is known by his address.
"""

from __future__ import annotations

import hmac
from typing import Protocol

from adapters.channels.inbound import Inbound
from adapters.intake_outbox import Outbox

LONGEST_TEXT = 64 * 1024
MOST_IDS = 50
PROOF = 24
"""Signs of the proof, of four bits each: an id stays short enough for programs that fold long lines badly."""


class Hashes(Protocol):
    def blind(self, tenant: str, *parts: str) -> str: ...


def proof(hashes: Hashes, tenant: str, channel: str, message: str) -> str:
    """What stands beside our name for a message in the id of its letter."""
    return hashes.blind(tenant, "letter", channel, message)[:PROOF]


def proven(hashes: Hashes, tenant: str, channel: str, letter_id: str | None) -> str | None:
    """Our name for the message whose letter has this id; None: it is none of ours."""
    local = (letter_id or "").strip().removeprefix("<").rpartition("@")[0]
    message, _, given = local.rpartition(".")
    if not message or not given.isascii():
        return None
    return message if hmac.compare_digest(given, proof(hashes, tenant, channel, message)) else None


def answered_dialog(hashes: Hashes, outbox: Outbox, tenant: str, channel: str, thing: Inbound) -> str | None:
    """Of the letters that this one answers, the last that is ours."""
    told = [thing.in_reply_to or "", *reversed(thing.references or ())]
    for one in dict.fromkeys(told[:MOST_IDS]):
        message = proven(hashes, tenant, channel, one)
        sent = outbox.named(tenant, channel, message) if message else None
        if sent is not None:
            return sent.dialog
    return None


def letter_of(thing: Inbound) -> tuple[tuple[str, str], ...]:
    """Empty for what is no letter."""
    if thing.body_type is None and thing.subject is None and thing.references is None:
        return ()
    whole = thing.text or ""
    facts = {
        "subject": thing.subject or "",
        "references": " ".join(thing.references or ()),
        "reply_to": thing.answer_to or "",
        "text": whole[:LONGEST_TEXT] if whole != own_words(thing) else "",
    }
    return tuple((name, value) for name, value in facts.items() if value)


def own_words(thing: Inbound) -> str:
    """What he wrote himself; a letter that begins something is headed by its subject."""
    own = (thing.text if thing.reply_text is None else thing.reply_text) or ""
    if not thing.subject or thing.in_reply_to or thing.references:
        return own
    return f"{thing.subject}\n\n{own}".strip()


def note_of(thing: Inbound) -> str:
    """What a machine wrote, as a note for our people."""
    files = [one.file_name or one.type for one in thing.attachments or ()]
    head = " ".join(filter(None, (f"<{thing.sender_id}>", thing.subject)))
    return "\n\n".join(filter(None, (head, (thing.reply_text or thing.text or "")[:LONGEST_TEXT], ", ".join(files))))
