"""Files that customers have sent lie at Infobip for seven days, behind the key of the account."""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.channels.files import FileRequest, FileWanted, plain_request
from adapters.channels.http_client import Access
from adapters.channels.whatsapp_infobip.calls import base_of, headers
from adapters.vault.secrets import Secret

OUR_HOSTS = ".infobip.com"


def file_request(access: Access, wanted: FileWanted) -> FileRequest | None:
    """The key goes to Infobip alone: an address elsewhere is asked without it."""
    if not wanted.url:
        return None
    target, ours = urlsplit(wanted.url), urlsplit(base_of(access))
    theirs = (target.hostname or "").endswith(OUR_HOSTS) and target.scheme == "https"
    if not theirs and (target.scheme, target.netloc) != (ours.scheme, ours.netloc):
        return plain_request(wanted)
    key = Secret(headers(access)["Authorization"])
    return FileRequest(url=wanted.url, headers={"Authorization": key})
