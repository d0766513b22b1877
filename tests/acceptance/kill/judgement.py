"""What must be true at the end, whatever was killed. Each check returns what it found wrong, in sentences.

ledger ⊆ log      nothing that was answered 2xx is missing, nothing is there twice, words are as they were said
log               positions without holes, versions without holes, heads and books as the log says
dialogs           at most one open a customer; nobody waits while an agent has room
views             rebuilt from nothing they are the live ones, byte for byte
"""

from __future__ import annotations

from adapters.store.log import Log
from tests.acceptance.kill import checks_answers as answers
from tests.acceptance.kill import checks_store as store
from tests.acceptance.kill.evidence import EVERYTHING, Evidence


def judge(evidence: Evidence) -> list[str]:
    """All checks. Empty = nothing is wrong."""
    received = Log(evidence.database).read(0, EVERYTHING, kinds=["dialog.message_received"])
    return [
        *answers.lost_messages(evidence, received),
        *answers.stored_twice(received),
        *answers.out_of_order(evidence, received),
        *answers.lost_commands(evidence),
        *store.holes(evidence),
        *store.wrong_heads(evidence),
        *store.wrong_books(evidence),
        *store.two_open(evidence),
        *store.left_waiting(evidence),
        *answers.sent_twice(evidence),
        *store.wrong_views(evidence),
    ]
