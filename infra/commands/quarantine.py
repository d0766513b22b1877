"""`parley channels quarantine` and `release`: what came while a channel did not work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import rich_click as click

from infra.commands.failures import FAILED
from infra.commands.options import output_option, with_session
from infra.commands.output import note, rows

if TYPE_CHECKING:
    from infra.commands.session import Session

COLUMNS = ("item", "recorded_at", "reason", "sender", "body")
OUTCOMES = ("item", "outcome", "dialog", "code")
AT_ONCE = 200


@click.command(name="quarantine")
@click.argument("channel")
@click.option("--limit", type=click.IntRange(1, 200), default=50)
@click.option("--after", type=int, default=0, help="The position behind which to go on.")
@output_option
@with_session
def list_quarantine(session: Session, channel: str, limit: int, after: int, output: str) -> None:
    """What waits to be released, the oldest first."""
    from adapters.attachments.shown import with_files
    from adapters.views.opening import opened
    from adapters.views.quarantine import items

    with session.engine.database.pool.connection() as connection:
        page = items(connection, session.tenant, channel, after=after, limit=limit)
    found = with_files(
        session.engine.shelf, session.tenant, opened(session.engine.vault, session.tenant, page.rows), "item"
    )
    rows(output, [_row(one) for one in found], COLUMNS)
    if page.next is not None:
        note(f"More: --after {page.next}")


@click.command()
@click.argument("channel")
@click.argument("items", nargs=-1, metavar="ITEM...")
@click.option("--all", "everything", is_flag=True, help="Everything that waits.")
@output_option
@with_session
@click.pass_context
def release(
    ctx: click.Context, session: Session, channel: str, items: tuple[str, ...], everything: bool, output: str
) -> None:
    """Let messages go into their customers' dialogs, in the order in which they came. Exit 1 if any had to stay."""
    if bool(items) == everything:
        raise click.UsageError("Name items, or say --all.")
    done: list[dict[str, Any]] = []
    seen: set[str] = set()
    while page := _page(session, channel, items, everything, seen):
        done += [_release(session, one) for one in page]
        seen.update(one.item for one in page)
        if not everything:
            break
    rows(output, done, OUTCOMES)
    if any(one["outcome"] == "refused" for one in done):
        ctx.exit(FAILED)


def _page(session: Session, channel: str, items: tuple[str, ...], everything: bool, seen: set[str]) -> list[Any]:
    """What has not been tried yet: those that were refused still wait, and the view may be a moment behind."""
    from adapters.quarantine import Quarantine

    engine = session.engine
    door = Quarantine(engine.database, engine.vault, engine.log, lane=engine.vault.lane_of(session.tenant))
    wanted = door.wanted(session.tenant, channel, None if everything else items, AT_ONCE + len(seen))
    return [one for one in wanted if one.item not in seen]


def _release(session: Session, one: Any) -> dict[str, Any]:
    from domain.errors import Rejected

    try:
        if isinstance(one.ask, Rejected):
            raise one.ask
        answer = session.ask(one.ask).answer
    except Rejected as refusal:
        note(f"parley: {one.item}: {refusal.sentence} ({refusal.code})")
        return {"item": one.item, "outcome": "refused", "dialog": None, "code": refusal.code}
    return {"item": one.item, "outcome": "released", "dialog": answer["dialog"], "code": None}


def _row(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("item", "position", "recorded_at", "provider_time", "reason", "sender", "body", "files", "erased")
    return {name: row[name] for name in kept}
