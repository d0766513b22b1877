"""Reading a mailbox: a logged-in IMAP connection on which letters are looked up by UID and fetched unseen."""

from __future__ import annotations

import imaplib
import re
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from imap_tools import BaseMailBox, ImapToolsError, MailboxLoginError

from adapters.channels.email.credentials import Credentials
from adapters.channels.email.servers import TIMEOUT, Server, dial, tls, unavailable
from domain.errors import NotAllowed

INBOX = "INBOX"
LARGEST_LETTER = 40 * 1024 * 1024
BROKEN = (imaplib.IMAP4.error, ImapToolsError, OSError, EOFError)
"""What a connection that breaks off, or talks nonsense, raises."""
TEMPORARY = (b"[UNAVAILABLE]", b"[INUSE]", b"[LIMIT]", b"[SERVERBUG]", b"TOO MANY", b"TRY AGAIN", b"TEMPORAR")
"""What a refusal says that is not about the password (RFC 5530)."""
UIDVALIDITY = re.compile(rb"\[UIDVALIDITY (\d+)\]")
SENT_NAMES = ("Sent", "Sent Items", "Sent Messages", "Отправленные", "INBOX.Sent")


class Raw(NamedTuple):
    """A letter as it stands in the mailbox; `date` = when the server took it, in seconds since 1970. `size` in bytes;
    not `whole`: it is larger than we take, and `raw` is its head."""

    uid: int
    raw: bytes
    date: float | None
    size: int = 0
    whole: bool = True


class Mailbox(BaseMailBox):
    """`imap_tools` over a connection to the address that was checked."""

    def __init__(self, server: Server) -> None:
        self._server = server
        super().__init__()

    def _get_mailbox_client(self) -> imaplib.IMAP4:
        client = _Client(self._server)
        if self._server.tls == "starttls":
            client.starttls(tls())
        return client


class _Client(imaplib.IMAP4):
    def __init__(self, server: Server) -> None:
        self._to = server
        super().__init__(server.host, server.port, TIMEOUT)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return dial(self._to, timeout)


@contextmanager
def mailbox(server: Server, credentials: Credentials) -> Iterator[Mailbox]:
    """Logged in. Raises `NotAllowed` where the server refuses us, `Unavailable` for all else, now and inside."""
    box: Mailbox | None = None
    try:
        box = Mailbox(server)
        log_in(box, credentials)
        yield box
    except (*BROKEN, ValueError) as error:
        raise unavailable() from error
    finally:
        if box is not None:
            _leave(box)


def log_in(box: Mailbox, credentials: Credentials) -> None:
    try:
        if credentials.token:
            _xoauth2(box, credentials)
        elif credentials.login.isascii() and credentials.password.isascii():
            box.login(credentials.login, credentials.password, initial_folder=None)
        else:
            box.login_utf8(credentials.login, credentials.password, initial_folder=None)
    except imaplib.IMAP4.abort:
        raise
    except (imaplib.IMAP4.error, MailboxLoginError) as refusal:
        if any(mark in str(refusal).upper().encode() for mark in TEMPORARY):
            raise unavailable() from refusal
        raise NotAllowed("credentials_rejected", "The mail server does not accept these data.") from refusal


def _xoauth2(box: Mailbox, credentials: Credentials) -> None:
    """A refusal comes as a challenge that must be answered by an empty line; the final NO follows (Google)."""
    said = iter((credentials.xoauth2.encode(),))
    box.client.authenticate("XOAUTH2", lambda challenge: next(said, b""))


def select(box: Mailbox, folder: str = INBOX) -> int:
    """Open a folder for reading; nothing in it is marked as seen. Returns its UIDVALIDITY."""
    box.folder.set(folder, readonly=True)
    told = box.client.response("UIDVALIDITY")[1]
    return int(told[0]) if told and told[0] else 0


def uids(box: Mailbox, *criteria: str) -> list[int]:
    """In ascending order."""
    status, found = box.client.uid("SEARCH", *criteria)
    if status != "OK":
        raise unavailable()
    return sorted({int(word) for line in found if line for word in line.split() if word.isdigit()})


def by_message_id(box: Mailbox, message_id: str) -> list[int]:
    quoted = message_id.replace("\\", "\\\\").replace('"', '\\"')
    return uids(box, "HEADER", "Message-ID", f'"{quoted}"')


def fetch(box: Mailbox, wanted: Sequence[int]) -> Iterator[Raw]:
    """One by one; a letter larger than `LARGEST_LETTER` comes as its head only."""
    for uid in wanted:
        size = _size(box, uid)
        whole = size <= LARGEST_LETTER
        what = "BODY.PEEK[]" if whole else "BODY.PEEK[HEADER]"
        status, found = box.client.uid("FETCH", str(uid), f"(UID INTERNALDATE {what})")
        if status != "OK":
            raise unavailable()
        parts = [part for part in found if isinstance(part, tuple)]
        if parts:
            told = b" ".join([parts[0][0], *(part for part in found if isinstance(part, bytes))])
            yield Raw(uid, parts[0][1], _date(told), size, whole)


def next_uid(box: Mailbox) -> int:
    """The UID that the next letter will have."""
    told = box.client.response("UIDNEXT")[1]
    if told and told[0]:
        return int(told[0])
    known = uids(box, "ALL")
    return known[-1] + 1 if known else 1


def append_sent(box: Mailbox, folder: str, letter: bytes, at: datetime) -> bool:
    """File a letter of ours. False: the server did not take it."""
    status, _ = box.append(letter, folder, dt=at, flag_set=["\\Seen"])
    return str(status) == "OK"


def sent_folder(box: Mailbox) -> str | None:
    """By its mark (RFC 6154), else by its usual names."""
    folders = list(box.folder.list())
    marked = [one.name for one in folders if "\\Sent" in one.flags]
    named = [one.name for one in folders if one.name in SENT_NAMES]
    return next(iter([*marked, *named]), None)


def _size(box: Mailbox, uid: int) -> int:
    _, found = box.client.uid("FETCH", str(uid), "(RFC822.SIZE)")
    told = re.search(rb"RFC822\.SIZE (\d+)", b" ".join(part for part in found if isinstance(part, bytes)))
    return int(told[1]) if told else 0


def _date(told: bytes) -> float | None:
    found = re.search(rb'INTERNALDATE "\s*([^"]+)"', told)
    try:
        return datetime.strptime(found[1].decode("ascii"), "%d-%b-%Y %H:%M:%S %z").timestamp() if found else None
    except (ValueError, UnicodeError):
        return None


def _leave(box: Mailbox) -> None:
    try:
        box.client.logout()
    except (imaplib.IMAP4.error, OSError, EOFError):
        box.client.shutdown()


__all__ = ["INBOX", "Mailbox", "Raw", "append_sent", "by_message_id", "fetch", "mailbox", "uids"]
