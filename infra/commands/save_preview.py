"""`parley channels set … --preview`: what a Save would do, told before it is done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from infra.commands.output import emit, note, one, rows, to_json
from infra.commands.values import typed

if TYPE_CHECKING:
    from adapters.views.save_preview import SavePreview
    from domain.desk.channels import SaveChannel
    from infra.commands.session import Session


def show_preview(session: Session, command: SaveChannel, output: str) -> None:
    """Raises `Rejected` as the Save would. A channel with very many open dialogs is read to its end, page by page."""
    from adapters.store.rehearsal import rehearsed
    from adapters.views.save_preview import previewed, together
    from infra.commands.connecting import done

    engine, lane = session.engine, session.engine.vault.lane_of(session.tenant)
    with rehearsed(engine.database, engine.vault, session.tenant, command, session.actor, lane=lane) as rehearsal:
        found = previewed(rehearsal, command, session.tenant)
        while found.dialogs.next is not None:
            found = together(found, previewed(rehearsal, command, session.tenant, found.dialogs.next))
    done(found.answer)
    if output == "json":
        emit(to_json(_facts(found), indent=2))
        return
    if not found.changes and found.before.phase == found.after.phase:
        note("Nothing would change.")
        return
    if found.changes:
        told = [{**row, "old": typed(row["old"]), "new": typed(row["new"])} for row in found.changes]
        rows("table", told, ("field", "old", "new", "effect"))
        emit("")
    facts = _facts(found)
    del facts["changes"]
    one("table", {**facts, **facts.pop("dialogs")})


def _facts(found: SavePreview) -> dict[str, Any]:
    dialogs = found.dialogs
    return {
        "settings_version": found.before.settings_version,
        "state_before": found.before.phase,
        "state_after": found.after.phase,
        "changes": found.changes,
        "supersedes": found.supersedes,
        "replaces": found.answer.get("replaces"),
        "floor_until": found.floor,
        "dialogs": {
            "looked_at": dialogs.looked_at,
            "concerned": dialogs.concerned,
            "due_now": dialogs.due_now,
            "due_at_floor": dialogs.due_at_floor,
            "rerouted": dialogs.rerouted,
        },
    }
