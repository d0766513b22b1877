"""Dialogs by the beginning of their ids, as lists at the terminal show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from infra.commands.session import Session


def full_id(session: Session, beginning: str) -> str:
    """The dialog whose id begins so. Raises `NotFound`; `Conflict` where several do.

    Every id begins with nothing: a script's empty variable must not close the only dialog there is.
    """
    from domain.errors import Conflict, NotFound

    if not beginning:
        raise NotFound("dialog_unknown", "There is no dialog with an empty id.")
    found = session.query(
        "SELECT stream FROM parley.event WHERE tenant = %s AND starts_with(stream, %s) AND version = 1 LIMIT 2",
        (session.tenant, f"dialog-{beginning}"),
    )
    if not found:
        raise NotFound("dialog_unknown", f"There is no dialog {beginning}.")
    if len(found) > 1:
        raise Conflict("dialog_ambiguous", f"Several dialogs begin with {beginning}; give more of the id.")
    return str(found[0]["stream"]).removeprefix("dialog-")
