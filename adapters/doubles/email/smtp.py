"""The part of SMTP (RFC 5321, AUTH, SIZE, 8BITMIME, SMTPUTF8) that a submission server speaks."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.doubles.email.imap import read_xoauth2
from adapters.doubles.email.lines import HungUp, LineServer, Talk
from adapters.doubles.email.mailboxes import Mailbox, Mailboxes

PATH = re.compile(r"(?:FROM|TO):\s*<([^>]*)>", re.IGNORECASE)
SIZE = re.compile(r"\bSIZE=(\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Taken:
    """A letter that the server has taken over."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes


class SmtpServer(LineServer):
    """`largest` in bytes. `unknown`: addresses that it refuses. `deliver` gets each letter that was taken."""

    mailboxes: Mailboxes
    commands: list[str]
    largest: int
    unknown: set[str]
    deliver: Callable[[Mailbox, Taken], None]


@dataclass
class Envelope:
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)


class SmtpTalk(Talk):
    server: SmtpServer
    box: Mailbox | None = None

    def converse(self) -> None:
        self.envelope = Envelope()
        self.say(self.met("greeting").reply or "220 double ESMTP ready")
        while True:
            words = self.line().decode("utf-8", "replace")
            name, _, rest = words.partition(" ")
            self._answer(name.upper(), rest)

    def _answer(self, name: str, rest: str) -> None:
        self.server.commands.append(name)
        fault = self.met(name)
        if fault.reply:
            self.say(fault.reply)
            return
        command = getattr(self, f"do_{name.lower()}", None)
        self.say(*(command(rest) if command is not None else ["500 5.5.2 unknown command"]))
        if fault.hang_up or name == "QUIT":
            raise HungUp

    def do_ehlo(self, rest: str) -> list[str]:
        size = f"250-SIZE {self.server.largest}"
        return ["250-double", size, "250-8BITMIME", "250-SMTPUTF8", "250-ENHANCEDSTATUSCODES", "250 AUTH PLAIN XOAUTH2"]

    def do_noop(self, rest: str) -> list[str]:
        return ["250 2.0.0 OK"]

    def do_quit(self, rest: str) -> list[str]:
        return ["221 2.0.0 bye"]

    def do_rset(self, rest: str) -> list[str]:
        self.envelope = Envelope()
        return ["250 2.0.0 OK"]

    def do_auth(self, rest: str) -> list[str]:
        kind, _, encoded = rest.partition(" ")
        if not encoded:
            self.say("334 ")
            encoded = self.line().decode()
        said = base64.b64decode(encoded).decode()
        if kind.upper() == "PLAIN":
            _, login, password = said.split("\0")
            self.box = self.server.mailboxes.opened(login, password=password)
        else:
            self.box = self._by_token(said)
        return ["235 2.7.0 accepted" if self.box else "535 5.7.8 Username and Password not accepted"]

    def _by_token(self, said: str) -> Mailbox | None:
        login, token = read_xoauth2(said)
        box = self.server.mailboxes.opened(login, token=token)
        if box is None:
            self.say(b"334 " + base64.b64encode(json.dumps({"status": "401", "schemes": "bearer"}).encode()))
            self.line()
        return box

    def do_mail(self, rest: str) -> list[str]:
        found, told = PATH.search(rest), SIZE.search(rest)
        if self.box is None:
            return ["530 5.7.0 Authentication required"]
        if found is None or found[1].lower() != self.box.address.lower():
            return ["553 5.7.1 Sender address rejected: not owned by the user"]
        if told is not None and int(told[1]) > self.server.largest:
            return ["552 5.3.4 Message size exceeds fixed limit"]
        self.envelope = Envelope(found[1])
        return ["250 2.1.0 OK"]

    def do_rcpt(self, rest: str) -> list[str]:
        found = PATH.search(rest)
        if self.envelope.sender is None or found is None:
            return ["503 5.5.1 MAIL first"]
        if found[1].lower() in self.server.unknown:
            return ["550 5.1.1 User unknown"]
        self.envelope.recipients.append(found[1])
        return ["250 2.1.5 OK"]

    def do_data(self, rest: str) -> list[str]:
        if not self.envelope.recipients:
            return ["503 5.5.1 RCPT first"]
        self.say("354 go ahead")
        raw = self._letter()
        fault = self.met("letter")
        if fault.reply:
            return [fault.reply]
        if len(raw) > self.server.largest:
            return ["552 5.3.4 Message too big"]
        assert self.box is not None and self.envelope.sender is not None
        taken = Taken(self.envelope.sender, tuple(self.envelope.recipients), raw)
        self.envelope = Envelope()
        self.server.deliver(self.box, taken)
        if fault.hang_up:
            raise HungUp
        return ["250 2.0.0 queued"]

    def _letter(self) -> bytes:
        """Up to the line of one dot; a second dot at a line's beginning goes."""
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line:
                raise HungUp
            lines.append(line[1:] if line.startswith(b".") else line)
        return b"".join(lines)
