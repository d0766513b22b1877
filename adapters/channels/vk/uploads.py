"""Files of ours on their way into a message: VK gives an address, takes the bytes there, and then a name for them.

Pictures become photos, all else documents. VK takes no MP3 and no programs as documents; it says so itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.files import OutFile
from adapters.channels.http_client import Access, Answer, Failure, ask
from adapters.channels.text import object_of
from adapters.channels.vk.calls import Refused, asked
from domain.errors import Unavailable

PHOTOS = frozenset({"image/jpeg", "image/png"})
"""Other pictures, moving ones among them, go as documents, so that nothing is lost of them."""


def attached(access: Access, chat: str, file: OutFile) -> str:
    """The name by which a message refers to the file. Raises `Refused` or `Unavailable`; the message was not sent."""
    return _photo(access, chat, file) if file.mime in PHOTOS else _document(access, chat, file)


def _photo(access: Access, chat: str, file: OutFile) -> str:
    told = _uploaded(access, "photos.getMessagesUploadServer", {"peer_id": chat}, "photo", file)
    kept = {name: str(told.get(name, "")) for name in ("photo", "server", "hash")}
    saved = asked(access, "photos.saveMessagesPhoto", kept)
    return _named("photo", saved[0] if isinstance(saved, list) and saved else None)


def _document(access: Access, chat: str, file: OutFile) -> str:
    told = _uploaded(access, "docs.getMessagesUploadServer", {"type": "doc", "peer_id": chat}, "file", file)
    saved = asked(access, "docs.save", {"file": str(told.get("file", "")), "title": file.name})
    return _named("doc", saved.get("doc") if isinstance(saved, Mapping) else None)


def _uploaded(access: Access, method: str, fields: Mapping[str, str], part: str, file: OutFile) -> dict[str, Any]:
    where = asked(access, method, fields)
    url = where.get("upload_url") if isinstance(where, Mapping) else None
    with file.open() as content:
        answer = ask(access.client, "POST", str(url), files={part: (file.name, content, file.mime)})
    return _told(answer, part)


def _told(answer: Answer | Failure, part: str) -> dict[str, Any]:
    """What is to be saved. An answer without it: VK did not like the file."""
    if not isinstance(answer, Answer) or answer.status >= 500:
        raise Unavailable("provider_unavailable", "VK does not take the file now.")
    told = object_of(answer.body)
    if told.get(part) in (None, "", "[]"):
        raise Refused(NOT_TAKEN)
    return told


def _named(kind: str, saved: Any) -> str:
    if not isinstance(saved, Mapping) or "id" not in saved or "owner_id" not in saved:
        raise Refused(NOT_TAKEN)
    key = f"_{saved['access_key']}" if saved.get("access_key") else ""
    return f"{kind}{saved['owner_id']}_{saved['id']}{key}"


NOT_TAKEN = 100
"""VK's own number for a parameter that is not as it must be."""
