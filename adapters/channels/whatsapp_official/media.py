"""Files of WhatsApp: what came is looked up by its id and fetched with our token within five minutes; what goes out is
uploaded first, and named in the message by the id that it got.

Pictures, films and sounds go as such only in the forms that WhatsApp plays; in any other they go as documents. A sound
has no room for words, so with words it is a document too.
"""

from __future__ import annotations

from typing import Any

from adapters.channels.contract import Outbound
from adapters.channels.files import FileRequest, FileWanted, OutFile, plain_request
from adapters.channels.graph import asked, error_code, facts_of, graph, segment, unavailable
from adapters.channels.graph_errors import CREDENTIALS, refused
from adapters.channels.http_client import Access, Answer
from adapters.channels.keys import TOKEN
from adapters.channels.outcomes import SendResult, again, answer_lost
from adapters.channels.whatsapp_official.errors import MEANINGS
from adapters.vault.secrets import Secret
from domain.errors import NotAllowed, NotFound

PLAYED = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg"}),
}
GONE = 100


def file_request(access: Access, wanted: FileWanted) -> FileRequest | None:
    """Raises `Unavailable`, `NotFound`, `NotAllowed`."""
    if wanted.ref is None or wanted.ref == wanted.url:
        return plain_request(wanted)
    answer = asked(access, "GET", segment(wanted.ref))
    url = facts_of(answer).get("url")
    if isinstance(url, str) and url:
        return FileRequest(url=url, headers={"Authorization": Secret(f"Bearer {access.secret(TOKEN)}")})
    code = error_code(answer)
    if code == GONE or answer.status == 404:
        raise NotFound("file_gone", "WhatsApp has this file no more.")
    if code in CREDENTIALS:
        raise NotAllowed("bad_credentials", "Meta does not accept the token of this channel.")
    raise unavailable()


def uploaded(access: Access, file: OutFile, message: Outbound) -> dict[str, Any] | SendResult:
    """The part of the message that names the file, or what the upload has met. Nothing is sent by it."""
    kind = _kind(file, with_words=bool(message.text.strip()))
    with file.open() as stream:
        answer = graph(
            access,
            "POST",
            f"{segment(access.account)}/media",
            form={"messaging_product": "whatsapp", "type": file.mime},
            files={"file": (file.name, stream, file.mime)},
        )
    if not isinstance(answer, Answer):
        return again()
    id = facts_of(answer).get("id")
    if not isinstance(id, str):
        result = refused(answer.status, answer.body, MEANINGS)
        return again() if result == answer_lost() else result
    named = {"filename": file.name} if kind == "document" else {}
    words = {"caption": message.text} if message.text.strip() else {}
    return {"type": kind, kind: {"id": id, **named, **words}}


def _kind(file: OutFile, *, with_words: bool) -> str:
    plain = file.mime.partition(";")[0].strip().lower()
    played = plain in PLAYED.get(file.type, ())
    return "document" if not played or (file.type == "audio" and with_words) else file.type
