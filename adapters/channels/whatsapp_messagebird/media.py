"""Files that customers have sent lie at MessageBird, perhaps behind the key of the account (unconfirmed)."""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.channels.files import FileRequest, FileWanted, plain_request
from adapters.channels.http_client import Access
from adapters.channels.whatsapp_messagebird.calls import DEFAULT_URL, headers
from adapters.vault.secrets import Secret

THEIR_HOSTS = ".messagebird.com"


def file_request(access: Access, wanted: FileWanted) -> FileRequest | None:
    """The key goes to MessageBird alone: an address elsewhere is asked without it."""
    if not wanted.url:
        return None
    target, ours = urlsplit(wanted.url), urlsplit(access.base_url or DEFAULT_URL)
    theirs = (target.hostname or "").endswith(THEIR_HOSTS) and target.scheme == "https"
    if not theirs and (target.scheme, target.netloc) != (ours.scheme, ours.netloc):
        return plain_request(wanted)
    return FileRequest(url=wanted.url, headers={"Authorization": Secret(headers(access)["Authorization"])})
