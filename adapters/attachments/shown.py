"""Files as people see them: what a message names joined with what became of it, without what is nobody's to read.

A provider's ids and addresses of files stay inside: they may hold its keys, and the bytes are ours to give.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from adapters.attachments.content import clean_name
from adapters.attachments.ear import OURS
from adapters.attachments.shelf import Shelf
from adapters.attachments.stash import HIDDEN
from adapters.attachments.table import Attachment
from processors.fetching import FETCHED, attachment_id

PATH = "/v1/attachments"
SENT = "dialog.message_sent"
Row = dict[str, Any]


def with_files(shelf: Shelf | None, tenant: str, rows: Sequence[Row], message: str) -> list[Row]:
    """The same opened rows; `message` = the column with the message's id, `kind` the kind of its event. Blocks."""
    idents = [ident for row in rows for ident in _idents(row, message) if ident]
    known = shelf.many(tenant, idents) if shelf else {}
    return [_row(row, message, known) if row.get("files") else row for row in rows]


def _row(row: Row, message: str, known: Mapping[str, Attachment]) -> Row:
    pairs = zip(row["files"], _idents(row, message), strict=True)
    return {**row, "files": [shown(file, known.get(ident) if ident else None, ident) for file, ident in pairs]}


def shown(file: Mapping[str, Any], row: Attachment | None, ident: str | None) -> Row:
    """One file; without a row it is about to get one, or is no file at all."""
    mime = (row.mime if row else "") or file.get("mime") or ""
    facts = {name: value for name, value in (file.get("facts") or {}).items() if name not in HIDDEN}
    name = clean_name(file["file_name"], mime) if file.get("file_name") else None
    told: Row = {"type": file["type"], "mime": mime or None, "name": name, "size": file.get("size"), "facts": facts}
    told |= dict.fromkeys(("id", "url", "state", "code"))
    if ident is None:
        return told | ({"facts": facts | {"url": file["ref"]}} if _is_address(file) else {})
    facts.pop("url", None)
    state = {"state": row.state, "code": row.code or None, "size": row.size or file.get("size")} if row else {}
    return told | {"id": ident, "url": f"{PATH}/{ident}", "state": "waiting"} | state


def _idents(row: Row, message: str) -> list[str | None]:
    ours = row.get("kind") == SENT
    return [_ident(file, row[message], place, ours) for place, file in enumerate(row.get("files") or ())]


def _ident(file: Mapping[str, Any], message: str, place: int, ours: bool) -> str | None:
    """What a customer's provider says of a file can name none of ours."""
    ref = file.get("ref") or ""
    if ours and ref.startswith(OURS):
        return str(ref).removeprefix(OURS)
    return attachment_id(message, place) if file["type"] in FETCHED else None


def _is_address(file: Mapping[str, Any]) -> bool:
    return str(file.get("ref") or "").startswith(("https://", "http://"))
