"""Files of customers: `getFile` turns the id of one into a path that works for an hour, for files up to 20 MB."""

from __future__ import annotations

from urllib.parse import quote

from adapters.channels.files import FileRequest, FileTooLarge, FileWanted
from adapters.channels.http_client import Access, Answer
from adapters.channels.telegram.outbound import address, ask
from adapters.channels.text import object_of
from domain.errors import NotAllowed, NotFound, Unavailable

TOO_BIG = "file is too big"


def file_request(access: Access, wanted: FileWanted) -> FileRequest | None:
    if wanted.ref is None:
        return None
    answer = ask(access, "getFile", {"file_id": wanted.ref})
    if not isinstance(answer, Answer) or answer.status == 429 or answer.status >= 500:
        raise Unavailable("provider_unavailable", "Telegram does not say now where the file is.")
    facts = object_of(answer.body)
    if answer.status in (401, 404):
        raise NotAllowed("not_believed", "Telegram does not know this bot any more.")
    if TOO_BIG in str(facts.get("description", "")).lower():
        raise FileTooLarge
    result = facts.get("result")
    path = result.get("file_path") if isinstance(result, dict) else None
    if answer.status != 200 or not isinstance(path, str) or not path:
        raise NotFound("file_gone", "Telegram does not have the file any more.")
    return FileRequest(url=address(access, quote(path), files=True))
