"""Does the store agree with itself: log, heads, books, dialogs, views? Findings are sentences."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.views.rebuild import rebuild
from projections.base import projections
from tests.acceptance.kill.evidence import Evidence


def holes(evidence: Evidence) -> Iterator[str]:
    """Invariant 4: count = highest, for every stream and every lane."""
    for tenant, stream, n, last in evidence.rows(
        "SELECT tenant, stream, count(*), max(version) FROM parley.event GROUP BY tenant, stream"
        " HAVING count(*) <> max(version) OR min(version) <> 1"
    ):
        yield f"hole: stream {stream} of {tenant} has {n} events and ends with version {last}"
    for lane, n, last in evidence.rows(
        "SELECT lane, count(*), max(position) FROM parley.event GROUP BY lane"
        " HAVING count(*) <> max(position) OR min(position) <> 1"
    ):
        yield f"hole: lane {lane} has {n} events and ends at position {last}"


def wrong_heads(evidence: Evidence) -> Iterator[str]:
    """The state of a group's rotation is kept like a head, but counts decisions and has no stream."""
    for stream, version, last in evidence.rows(
        "SELECT head.stream, head.version, max(event.version) FROM parley.head"
        " LEFT JOIN parley.event USING (tenant, stream) WHERE head.stream NOT LIKE 'rotation-%%'"
        " GROUP BY head.tenant, head.stream, head.version HAVING head.version IS DISTINCT FROM max(event.version)"
    ):
        yield f"head: {stream} is kept at version {version}, the log has {last}"


def wrong_books(evidence: Evidence) -> Iterator[str]:
    """E11: what is counted as routed is what is stored, and no answer 2xx is unaccounted for."""
    counted: dict[str, int] = dict(
        evidence.rows("SELECT outcome, sum(n)::bigint FROM parley.intake_count GROUP BY outcome")
    )
    stored = evidence.rows("SELECT count(*) FROM parley.event WHERE kind = 'dialog.message_received'")[0][0]
    if counted.get("routed", 0) != stored:
        yield f"books: {counted.get('routed', 0)} counted as routed, {stored} stored"
    total = sum(counted.values())
    if evidence.answered is not None and total < evidence.answered:
        yield f"books: {evidence.answered} answered 2xx, {total} accounted for"
    if evidence.attempts is not None and total > evidence.attempts:
        yield f"books: {evidence.attempts} requests came, {total} accounted for"


def two_open(evidence: Evidence) -> Iterator[str]:
    """Invariant 5."""
    for channel, customer, n in evidence.rows(
        "SELECT channel, customer, count(*) FROM view.inbox WHERE phase <> 'closed'"
        " GROUP BY tenant, channel, customer HAVING count(*) > 1"
    ):
        yield f"dialogs: customer {customer} has {n} open ones in channel {channel}"


def left_waiting(evidence: Evidence) -> Iterator[str]:
    """Invariant 8: nobody waits in a group while a member who is ready has room for him."""
    free = evidence.rows(
        "SELECT member.grp, board.agent FROM parley.member JOIN view.agent_board AS board USING (tenant, agent)"
        " WHERE board.active AND board.presence = 'ready' AND board.load < board.capacity"
    )
    for group, dialog in evidence.rows("SELECT grp, dialog FROM parley.queue"):
        agents = sorted(agent for grp, agent in free if grp == group)
        offered = evidence.rows("SELECT 1 FROM parley.offer WHERE dialog = %s LIMIT 1", dialog)
        if agents and not offered:
            yield f"waiting: dialog {dialog} in group {group}, though {', '.join(agents)} have room"


def wrong_views(evidence: Evidence) -> Iterator[str]:
    """Invariant 15. Rebuilding leaves the view rebuilt."""
    for name in projections():
        if rebuild(evidence.owner, name).same is not True:
            yield f"view: {name}, rebuilt from nothing, is not the live one"
    for consumer, stream, error in evidence.rows("SELECT consumer, stream, error FROM parley.parked LIMIT 5"):
        yield f"parked: {consumer} could not apply {stream}: {error}"
