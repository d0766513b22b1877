"""Mailboxes with their folders, as an IMAP server keeps them: every letter has a number that never comes back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from time import time


@dataclass(frozen=True, slots=True)
class Kept:
    """`date` in seconds since 1970: when the server took the letter."""

    uid: int
    raw: bytes
    date: float
    seen: bool = False


@dataclass
class Folder:
    """`validity` changes when the server has forgotten its numbers: then all of them mean something else."""

    name: str
    flags: tuple[str, ...] = ()
    validity: int = 1
    letters: list[Kept] = field(default_factory=list)
    next_uid: int = 1

    def keep(self, raw: bytes, date: float | None = None, *, seen: bool = False) -> Kept:
        letter = Kept(self.next_uid, raw, time() if date is None else date, seen)
        self.next_uid += 1
        self.letters.append(letter)
        return letter

    def renumber(self) -> None:
        """As after a restored backup: another validity, numbers from one on."""
        self.validity += 1
        self.letters = [Kept(uid, one.raw, one.date, one.seen) for uid, one in enumerate(self.letters, 1)]
        self.next_uid = len(self.letters) + 1


@dataclass
class Mailbox:
    """`tokens` open it by XOAUTH2. `changed` is told when a letter arrives."""

    address: str
    password: str
    tokens: set[str] = field(default_factory=set)
    folders: dict[str, Folder] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def __post_init__(self) -> None:
        started = int(time())  # a double that starts anew numbers anew, and says so
        inbox, sent = Folder("INBOX", validity=started), Folder("Sent", ("\\Sent",), validity=started)
        self.folders = {"INBOX": inbox, "Sent": sent}

    @property
    def inbox(self) -> Folder:
        return self.folders["INBOX"]

    @property
    def sent(self) -> Folder:
        return self.folders["Sent"]

    def arrives(self, raw: bytes, date: float | None = None) -> Kept:
        with self.changed:
            letter = self.inbox.keep(raw, date)
            self.changed.notify_all()
            return letter


class Mailboxes:
    """All of a service, by address in lower case."""

    def __init__(self) -> None:
        self._known: dict[str, Mailbox] = {}

    def add(self, address: str, password: str) -> Mailbox:
        box = Mailbox(address, password)
        self._known[address.lower()] = box
        return box

    def of(self, address: str) -> Mailbox | None:
        return self._known.get(address.strip("<>").lower())

    def opened(self, login: str, *, password: str = "", token: str = "") -> Mailbox | None:
        """None: the data are wrong."""
        box = self.of(login)
        if box is None:
            return None
        right = token in box.tokens if token else password == box.password
        return box if right else None
