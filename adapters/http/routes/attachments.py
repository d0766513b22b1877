"""`/v1/attachments`: files of messages, read by those who may read dialogs, and brought in to be sent.

    GET  /v1/attachments/{id}      its bytes, or a part of them (Range); `?inline=1` for pictures on our own page
    POST /v1/attachments?dialog=…  the raw bytes of a file → its id, to be named in a message of that dialog
    GET  /files/{token}/{name}     the same bytes for a provider that fetches what we send, for an hour

Plain routes: bytes are no JSON, and a file must never stand in memory as a whole. Nothing that comes out of here is
rendered by a browser but pictures that can hold no script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast
from urllib.parse import quote

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from adapters.attachments import Shelf
from adapters.attachments.content import SHOWN
from adapters.attachments.links import PREFIX
from adapters.attachments.shelf import Upload
from adapters.attachments.shown import PATH
from adapters.attachments.table import Attachment
from adapters.http.asking import bearer_may, must_be_allowed
from adapters.http.errors import Refusal
from adapters.http.files import shelf_of
from adapters.http.parameters import only
from adapters.http.parts import Parts
from adapters.http.tokens import Grant
from adapters.store.heads import Kept, StoredHeads
from domain.desk.answering import must_be_open
from domain.dialog.state import Dialog

SANDBOX = "default-src 'none'; sandbox"
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


def install(app: Starlette) -> None:
    app.add_route(f"{PATH}/{{ident}}", download, methods=["GET", "HEAD"], include_in_schema=False)
    app.add_route(PATH, upload, methods=["POST"], include_in_schema=False)
    app.add_route(f"{PREFIX}{{token}}/{{name}}", linked, methods=["GET", "HEAD"], include_in_schema=False)


async def download(request: Request) -> Response:
    grant = await bearer_may(request, "dialogs.read")
    only(request, ("inline",))
    return await served(request, grant)


async def served(request: Request, grant: Grant) -> Response:
    """For whoever may read dialogs; what still waits in the quarantine is for those who may read that."""
    shelf = shelf_of(_parts(request))
    one = await run_in_threadpool(shelf.find, grant.tenant, request.path_params["ident"])
    if not one.dialog:
        await must_be_allowed(request, grant, "quarantine.read")
    inline = request.query_params.get("inline") == "1" and one.mime in SHOWN
    return await _answer(request, shelf, one, inline=inline)


async def linked(request: Request) -> Response:
    """No token of ours is asked for: the address itself is the right to read, for an hour."""
    shelf = shelf_of(_parts(request))
    one = await run_in_threadpool(shelf.behind, request.path_params["token"])
    if one is None:
        raise Refusal(404, "not_found", "There is nothing at this address.")
    return await _answer(request, shelf, one, inline=False)


async def upload(request: Request) -> Response:
    grant = await bearer_may(request, "dialogs.act")
    only(request, ("dialog", "name"))
    parts = _parts(request)
    shelf, dialog = shelf_of(parts), request.query_params.get("dialog", "")
    key_id = await run_in_threadpool(_subject_key, parts, grant, dialog)
    name = request.query_params.get("name")
    begun = await run_in_threadpool(shelf.begin_upload, grant.tenant, dialog, key_id, name)
    one = await _taken(request, begun)
    facts = {"id": one.id, "dialog": dialog, "type": one.type, "mime": one.mime, "size": one.size}
    return JSONResponse(facts | {"name": await run_in_threadpool(shelf.name, one)}, 201)


async def _taken(request: Request, begun: Upload) -> Attachment:
    """The body, piece by piece; whatever goes wrong, nothing of it stays."""
    kept = False
    try:
        async for piece in request.stream():
            if piece:
                await run_in_threadpool(begun.write, piece)
        one = await run_in_threadpool(begun.keep)
        kept = True
        return one
    except ClientDisconnect:
        raise Refusal(400, "cut_short", "The connection ended before the body did.") from None
    finally:
        if not kept:
            await run_in_threadpool(begun.drop)


async def _answer(request: Request, shelf: Shelf, one: Attachment, *, inline: bool) -> Response:
    await run_in_threadpool(shelf.must_be_kept, one)
    size, name = one.size or 0, await run_in_threadpool(shelf.name, one)
    headers = {
        "content-disposition": f"{'inline' if inline else 'attachment'}; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": SANDBOX,
        "x-content-type-options": "nosniff",
        "accept-ranges": "bytes",
        "etag": f'"{one.id}"',
    }
    if request.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers={"etag": headers["etag"]})
    start, end, status = _part(request, headers["etag"], size)
    if status == 416:
        raise Refusal(416, "range_not_there", f"The file has {size} bytes.")
    if status == 206:
        headers["content-range"] = f"bytes {start}-{end - 1}/{size}"
    headers["content-length"] = str(end - start)
    pieces: Iterator[bytes] = iter(())
    if request.method != "HEAD":
        pieces = await run_in_threadpool(shelf.read, one, start, end - start)
    return StreamingResponse(pieces, status, headers, media_type=one.mime)


def _part(request: Request, etag: str, size: int) -> tuple[int, int, int]:
    """From, to (exclusive) and the status. What is no single range is answered with the whole."""
    found = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if found is None or request.headers.get("if-range", etag) != etag or not (found[1] or found[2]):
        return 0, size, 200
    if not found[1]:
        start, end = max(size - int(found[2]), 0), size
    else:
        start, end = int(found[1]), min(int(found[2]) + 1, size) if found[2] else size
    return (start, end, 206) if start < end else (0, 0, 416)


def _subject_key(parts: Parts, grant: Grant, dialog: str) -> str:
    """Whose file it will be: the key of the dialog's customer. Raises `NotFound`, `Conflict` where it is closed."""
    with parts.database.pool.connection() as connection:
        state: Dialog = StoredHeads(connection, grant.tenant, Kept()).head(f"dialog-{dialog}").state
    return must_be_open(state).subject_key_id


def _parts(request: Request) -> Parts:
    return cast(Parts, request.app.state.parts)
