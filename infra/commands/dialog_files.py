"""`parley dialogs attachment`: a file of a message, saved. And files that go along with a reply."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import rich_click as click

from infra.commands.options import json_option, with_session
from infra.commands.output import one

if TYPE_CHECKING:
    from domain.dialog.events import Attachment
    from infra.commands.session import Session

PIECE = 256 * 1024


@click.command()
@click.argument("ident", metavar="ID")
@click.option(
    "--to",
    "file",
    required=True,
    type=click.Path(path_type=Path),
    help="Where to save it; must not exist, or a folder.",
)
@json_option
@with_session
def attachment(session: Session, ident: str, file: Path, output: str) -> None:
    """Save a file of a message; ID as the messages of its dialog show it."""
    from domain.errors import Conflict

    shelf = session.engine.shelf
    found = shelf.find(session.tenant, ident)
    pieces, name = shelf.read(found), shelf.name(found)
    target = file / name if file.is_dir() else file
    try:
        with target.open("xb") as out:
            out.writelines(pieces)
    except FileExistsError:
        raise Conflict("file_exists", f"{target} exists already; nothing is written over it.") from None
    one(output, {"id": ident, "file": str(target), "mime": found.mime, "size": found.size})


def uploaded(session: Session, dialog: str, files: Sequence[Path]) -> tuple[Attachment, ...]:
    """These files as attachments of a message to this dialog."""
    from infra.commands.heads import one_of

    if not files:
        return ()
    key = one_of(session, "dialog", dialog)["subject_key_id"]
    idents = [_upload(session, dialog, key, file) for file in files]
    return session.engine.shelf.told(session.tenant, dialog, idents)


def _upload(session: Session, dialog: str, key: str, file: Path) -> str:
    begun, kept = session.engine.shelf.begin_upload(session.tenant, dialog, key, file.name), False
    try:
        with file.open("rb") as content:
            while piece := content.read(PIECE):
                begun.write(piece)
        ident = begun.keep().id
        kept = True
        return ident
    finally:
        if not kept:
            begun.drop()
