"""Files through a channel: what is to be fetched from a provider, and what goes out beside a text.

The engine calls, follows redirects, counts bytes and keeps what came (`adapters.attachments`); a channel only says how
its provider gives a file away. A kind that says nothing is asked for the plain address that its message held.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO, Literal, Protocol, runtime_checkable

from adapters.channels.http_client import Access
from adapters.vault.secrets import Secret

FileType = Literal["image", "video", "audio", "file"]
FETCHED = frozenset({"image", "video", "audio", "voice", "file", "sticker"})
"""The types of attachments that stand for a file; a place, a card or a link has nothing to fetch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutFile:
    """A file of ours on its way out, its type and `mime` by its content, `name` safe to be shown.

    `open` begins a new stream of exactly `size` bytes at each call, seekable; whoever opens it closes it. `link` makes
    a public address that works for a short while, for providers that fetch files themselves; None: we have none.
    """

    type: FileType
    name: str
    mime: str
    size: int
    open: Callable[[], BinaryIO]
    link: Callable[[], str | None] = lambda: None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileWanted:
    """What a message said of a file: the provider's id for it, or an address, or both. `size` in bytes, if told."""

    type: str
    ref: str | None = None
    url: str | None = None
    mime: str | None = None
    file_name: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRequest:
    """A GET that answers with the bytes. `headers` go to the host of `url` alone, never along with a redirect."""

    url: str
    headers: Mapping[str, Secret] = field(default_factory=dict)


class FileTooLarge(Exception):
    """The provider does not give away files of this size, whatever we would take."""


@runtime_checkable
class FetchesFiles(Protocol):
    """A kind that gives files away for more than a plain address: an id to be looked up, a key to be shown."""

    def file_request(self, access: Access, wanted: FileWanted) -> FileRequest | None:
        """At most one call to the provider. None: there is no file behind it, only something to look at.

        Raises `Unavailable` where it may be asked again, `NotFound` where the provider has the file no more,
        `NotAllowed` where it does not believe us, and `FileTooLarge`.
        """


def plain_request(wanted: FileWanted) -> FileRequest | None:
    """For providers whose address is all that it takes."""
    return FileRequest(url=wanted.url) if wanted.url else None


def public_link(access: Access, file: OutFile) -> str | None:
    """Where the provider itself fetches the file; None: it could not reach us. Near a double any address will do."""
    link = file.link()
    return link if link is not None and (link.startswith("https://") or access.base_url) else None
