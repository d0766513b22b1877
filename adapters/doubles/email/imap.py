"""The part of IMAP (RFC 3501, IDLE of RFC 2177) that reading a mailbox needs, with its real words."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, date, datetime
from email import message_from_bytes

from adapters.doubles.email.lines import HungUp, LineServer, Talk
from adapters.doubles.email.mailboxes import Folder, Kept, Mailbox, Mailboxes

WORDS = re.compile(rb'"((?:[^"\\]|\\.)*)"|\(([^)]*)\)|(\S+)')
LITERAL = re.compile(rb"\{(\d+)\+?\}$")
CAPABILITIES = "IMAP4rev1 IDLE UIDPLUS SPECIAL-USE AUTH=PLAIN AUTH=XOAUTH2"
IDLE_STEP = 0.2


class ImapServer(LineServer):
    mailboxes: Mailboxes
    commands: list[str]


class ImapTalk(Talk):
    server: ImapServer
    box: Mailbox | None = None
    folder: Folder | None = None

    def converse(self) -> None:
        self.say(f"* OK [CAPABILITY {CAPABILITIES}] ready")
        while True:
            self._answer(self._command())

    def _command(self) -> list[bytes]:
        """The words of one command; a literal is one of them."""
        line = self.line()
        words = _words(line)
        while found := LITERAL.search(line):
            self.say("+ go on")
            literal = self.rfile.read(int(found[1]))
            line = self.line()
            words = [*words[:-1], literal, *_words(line)]
        return words

    def _answer(self, words: list[bytes]) -> None:
        tag, name, rest = words[0].decode(), words[1].decode().upper() if len(words) > 1 else "", words[2:]
        self.server.commands.append(name)
        fault = self.met(name)
        if fault.reply:
            self.say(f"{tag} {fault.reply}")
            return
        command = getattr(self, f"do_{name.lower()}", None)
        self.say(f"{tag} {command(rest) if command is not None else 'BAD unknown command'}")
        if fault.hang_up or name == "LOGOUT":
            raise HungUp

    # -- who is it ---------------------------------------------------------------------------------------------------

    def do_capability(self, rest: list[bytes]) -> str:
        self.say(f"* CAPABILITY {CAPABILITIES}")
        return "OK done"

    def do_noop(self, rest: list[bytes]) -> str:
        return "OK done"

    def do_logout(self, rest: list[bytes]) -> str:
        self.say("* BYE see you")
        return "OK done"

    def do_login(self, rest: list[bytes]) -> str:
        self.box = self.server.mailboxes.opened(rest[0].decode(), password=rest[1].decode())
        return "OK logged in" if self.box else "NO [AUTHENTICATIONFAILED] Invalid credentials"

    def do_authenticate(self, rest: list[bytes]) -> str:
        kind = rest[0].decode().upper()
        self.say("+ ")
        said = base64.b64decode(self.line())
        if kind == "PLAIN":
            _, login, password = said.decode().split("\0")
            self.box = self.server.mailboxes.opened(login, password=password)
        else:
            self.box = self._by_token(said.decode())
        return "OK logged in" if self.box else "NO [AUTHENTICATIONFAILED] Invalid credentials"

    def _by_token(self, said: str) -> Mailbox | None:
        """A wrong token is answered by a challenge; only after the client's empty line comes the final NO."""
        login, token = read_xoauth2(said)
        box = self.server.mailboxes.opened(login, token=token)
        if box is None:
            challenge = json.dumps({"status": "401", "schemes": "bearer", "scope": "mail"}).encode()
            self.say(b"+ " + base64.b64encode(challenge))
            self.line()
        return box

    # -- what is there -----------------------------------------------------------------------------------------------

    def do_list(self, rest: list[bytes]) -> str:
        for folder in self.box.folders.values() if self.box else ():
            flags = " ".join(("\\HasNoChildren", *folder.flags))
            self.say(f'* LIST ({flags}) "/" "{folder.name}"')
        return "OK done"

    def do_select(self, rest: list[bytes]) -> str:
        self.folder = self.box.folders.get(rest[0].decode()) if self.box else None
        if self.folder is None:
            return "NO [NONEXISTENT] no such folder"
        self.say(
            f"* {len(self.folder.letters)} EXISTS",
            "* 0 RECENT",
            f"* OK [UIDVALIDITY {self.folder.validity}] valid",
            f"* OK [UIDNEXT {self.folder.next_uid}] next",
        )
        return "OK [READ-ONLY] done"

    do_examine = do_select

    def do_idle(self, rest: list[bytes]) -> str:
        """News are told until the client says DONE."""
        self.say("+ idling")
        assert self.box is not None and self.folder is not None
        known = len(self.folder.letters)
        self.connection.settimeout(IDLE_STEP)
        try:
            while not self._done():
                if len(self.folder.letters) != known:
                    known = len(self.folder.letters)
                    self.say(f"* {known} EXISTS")
        finally:
            self.connection.settimeout(self.timeout)
        return "OK idle is over"

    def _done(self) -> bool:
        assert self.box is not None
        try:
            peeked = self.connection.recv(64, 2)
        except TimeoutError:
            return False
        if not peeked:
            raise HungUp
        return self.line().upper() == b"DONE"

    def do_append(self, rest: list[bytes]) -> str:
        folder = self.box.folders.get(rest[0].decode()) if self.box else None
        if folder is None:
            return "NO [TRYCREATE] no such folder"
        folder.keep(rest[-1], seen=True)
        return "OK [APPENDUID] done"

    def do_uid(self, rest: list[bytes]) -> str:
        if self.folder is None:
            return "BAD select a folder first"
        if rest[0].upper() == b"SEARCH":
            found = [str(one.uid) for one in self.folder.letters if matches(one, rest[1:], self.folder)]
            self.say(" ".join(["* SEARCH", *found]))
            return "OK done"
        for number, one in enumerate(self.folder.letters, 1):
            if one.uid in _numbers(rest[1], self.folder):
                self.say(b"* %d FETCH (%s)" % (number, _facts(one, rest[2].upper())))
        return "OK done"


def read_xoauth2(said: str) -> tuple[str, str]:
    """`user=…^Aauth=Bearer …^A^A` → login and token."""
    facts = dict(part.partition("=")[::2] for part in said.split("\1") if part)
    return facts.get("user", ""), facts.get("auth", "").removeprefix("Bearer ")


def matches(letter: Kept, criteria: list[bytes], folder: Folder) -> bool:
    """ALL, UID a:b, SINCE date, HEADER name value; all of them."""
    words = [word for word in criteria if word]
    while words:
        match words.pop(0).upper():
            case b"UID":
                if letter.uid not in _numbers(words.pop(0), folder):
                    return False
            case b"SINCE":
                if datetime.fromtimestamp(letter.date, UTC).date() < _day(words.pop(0)):
                    return False
            case b"HEADER":
                name, value = words.pop(0).decode(), words.pop(0).decode()
                if value not in str(message_from_bytes(letter.raw).get(name, "")):
                    return False
    return True


def _day(word: bytes) -> date:
    return datetime.strptime(word.decode(), "%d-%b-%Y").replace(tzinfo=UTC).date()


def _numbers(word: bytes, folder: Folder) -> range:
    """`7`, `7:9` or `7:*`, where * is the last letter: `9:*` with seven letters is the seventh (RFC 3501)."""
    first, _, last = word.decode().partition(":")
    top = folder.letters[-1].uid if folder.letters else 0
    ends = [top if one == "*" else int(one) for one in (first, last or first)]
    return range(min(ends), max(ends) + 1)


def _facts(letter: Kept, wanted: bytes) -> bytes:
    facts = [b"UID %d" % letter.uid]
    if b"RFC822.SIZE" in wanted:
        facts.append(b"RFC822.SIZE %d" % len(letter.raw))
    if b"INTERNALDATE" in wanted:
        at = datetime.fromtimestamp(letter.date, UTC)
        facts.append(at.strftime('INTERNALDATE "%d-%b-%Y %H:%M:%S +0000"').encode())
    if b"BODY.PEEK[HEADER]" in wanted:
        head = letter.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        facts.append(b"BODY[HEADER] {%d}\r\n%s" % (len(head), head))
    elif b"BODY.PEEK[]" in wanted:
        facts.append(b"BODY[] {%d}\r\n%s" % (len(letter.raw), letter.raw))
    return b" ".join(facts)


def _words(line: bytes) -> list[bytes]:
    return [
        found[1].replace(b'\\"', b'"').replace(b"\\\\", b"\\") if found[1] is not None else found[2] or found[3]
        for found in (match for match in WORDS.finditer(line))
        if found[0]
    ]
