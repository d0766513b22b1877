"""The double itself: a mail service with one mailbox of ours, and customers who write to it and get our letters.

with MailDouble() as mail:
    mail.customer_writes("vera@example.org", "Is there rye?")
    mail.sent[-1]["In-Reply-To"]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from email.utils import format_datetime, make_msgid
from time import monotonic, sleep, time

from adapters.doubles.email.faults import MailFault
from adapters.doubles.email.imap import ImapServer, ImapTalk
from adapters.doubles.email.lines import Faults
from adapters.doubles.email.mailboxes import Kept, Mailbox, Mailboxes
from adapters.doubles.email.oauth import OAuth
from adapters.doubles.email.smtp import SmtpServer, SmtpTalk, Taken
from adapters.doubles.server import LOOPBACK, LoopbackServer
from adapters.doubles.shell import Shell

ADDRESS, PASSWORD = "hello@bakery.example", "double-of-an-app-password"
CLIENT_ID, CLIENT_SECRET = "double-of-a-mail-app", "double-of-a-mail-app-secret"
LARGEST = 25 * 1024 * 1024
DAEMON = "Mail Delivery Subsystem <mailer-daemon@double.example>"


class MailDouble(Shell):
    """`files_sent`: what we send is filed under "Sent" by the service itself, as Google does it."""

    def __init__(self, *, address: str = ADDRESS, files_sent: bool = False) -> None:
        self.mailboxes = Mailboxes()
        self.box: Mailbox = self.mailboxes.add(address, PASSWORD)
        self.files_sent = files_sent
        self.taken: list[Taken] = []
        self.bouncing: dict[str, str] = {}
        """Addresses whose letters are taken and come back, and the status that is told."""
        self.oauth = OAuth(self.mailboxes, CLIENT_ID, CLIENT_SECRET, browser=address)
        self.imap_faults, self.smtp_faults = Faults(), Faults()
        self._imap, self._smtp = ImapServer(ImapTalk, self.imap_faults), SmtpServer(SmtpTalk, self.smtp_faults)
        self._imap.mailboxes = self._smtp.mailboxes = self.mailboxes
        self._imap.commands, self._smtp.commands = [], []
        self._smtp.largest, self._smtp.unknown = LARGEST, set()
        self._smtp.deliver = self._deliver
        self._http = LoopbackServer(self.oauth.answer)

    @property
    def url(self) -> str:
        """The `base_url` of a channel that is to use this service."""
        ports = f"imap={self._imap.port}&smtp={self._smtp.port}&http={self._http.url.rpartition(':')[2]}"
        return f"mail://{LOOPBACK}?{ports}"

    @property
    def sent(self) -> list[EmailMessage]:
        """Our letters that the service has taken, read again."""
        return [message_from_bytes(one.raw, policy=default) for one in self.taken]

    @property
    def unknown(self) -> set[str]:
        """Addresses that the server refuses at once."""
        return self._smtp.unknown

    @property
    def commands(self) -> tuple[list[str], list[str]]:
        """What was said to IMAP and to SMTP, by the commands' names."""
        return self._imap.commands, self._smtp.commands

    def start(self) -> None:
        for server in (self._imap, self._smtp, self._http):
            server.start()

    def stop(self) -> None:
        for server in (self._http, self._smtp, self._imap):
            server.stop()

    # -- what happens in the world -------------------------------------------------------------------------------------

    def customer_writes(
        self, sender: str, text: str, *, subject: str = "", date: float | None = None, **head: str
    ) -> Kept:
        """A plain letter; further headers with `_` for `-`. `date` = when it is written and taken."""
        return self._write(sender, text, subject, date, head)

    def _write(self, sender: str, text: str, subject: str, date: float | None, head: Mapping[str, str]) -> Kept:
        letter = EmailMessage(policy=SMTP)
        letter["From"], letter["To"] = sender, self.box.address
        if subject:
            letter["Subject"] = subject
        letter["Date"] = format_datetime(datetime.fromtimestamp(date or time(), UTC))
        given = {name.replace("_", "-"): value for name, value in head.items()}
        for name, value in ({"Message-ID": make_msgid(domain="example.org")} | given).items():
            letter[name] = value
        letter.set_content(text)
        return self.brings(letter.as_bytes(), date)

    def customer_answers(self, sender: str, text: str, *, to: EmailMessage, **head: str) -> Kept:
        """An answer to a letter of ours, as mail programs make it."""
        thread = {"In_Reply_To": str(to["Message-ID"]), "References": f"{to['References'] or ''} {to['Message-ID']}"}
        quoted = "\n".join(f"> {line}" for line in _text(to).splitlines())
        body = f"{text}\n\nOn Mon, 4 Mar 2024 at 12:00, Bakery <{self.box.address}> wrote:\n{quoted}\n"
        return self._write(sender, body, f"Re: {to['Subject']}", None, thread | head)

    def brings(self, raw: bytes, date: float | None = None) -> Kept:
        """Any letter, as it is. `date` = when the server took it."""
        return self.box.arrives(raw, date)

    def bounces(self, letter: EmailMessage, status: str = "5.1.1", *, action: str = "failed") -> Kept:
        """The service could not deliver a letter of ours, and says so."""
        report = EmailMessage(policy=SMTP)
        report["From"], report["To"], report["Return-Path"] = DAEMON, self.box.address, "<>"
        report["Subject"], report["Auto-Submitted"] = "Undelivered Mail Returned to Sender", "auto-replied"
        report["Message-ID"] = make_msgid(domain="double.example")
        recipient = str(letter["To"])
        status_part = (
            f"Reporting-MTA: dns; double.example\r\n\r\nFinal-Recipient: rfc822;{recipient}\r\n"
            f"Action: {action}\r\nStatus: {status}\r\n"
        )
        edge = "report-of-the-double"
        head = "".join(f"{name}: {value}\r\n" for name, value in report.items())
        parts = (
            f"Content-Type: text/plain\r\n\r\nYour letter to {recipient} was not delivered.\r\n",
            f"Content-Type: message/delivery-status\r\n\r\n{status_part}",
            f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {letter['Message-ID']}\r\nTo: {recipient}\r\n",
        )
        body = "".join(f"--{edge}\r\n{part}\r\n" for part in parts) + f"--{edge}--\r\n"
        kind = (
            f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="{edge}"\r\n'
        )
        return self.brings((head + kind + "\r\n" + body).encode())

    # -- what goes wrong -----------------------------------------------------------------------------------------------

    def smtp_meets(self, name: str, fault: MailFault, *, times: int = 1) -> None:
        self.smtp_faults.add(name, fault, times)

    def imap_meets(self, name: str, fault: MailFault, *, times: int = 1) -> None:
        self.imap_faults.add(name, fault, times)

    def forgets_numbers(self) -> None:
        """As after a restored backup."""
        self.box.inbox.renumber()

    def hangs_up(self) -> None:
        """All connections break."""
        self._imap.hang_up()
        self._smtp.hang_up()

    # -- waiting -------------------------------------------------------------------------------------------------------

    def wait_for_sent(self, number: int, timeout: float = 10.0) -> list[EmailMessage]:
        self.wait(lambda: len(self.taken) >= number, timeout)
        return self.sent

    def wait(self, over: Callable[[], bool], timeout: float = 10.0) -> bool:
        end = monotonic() + timeout
        while not over() and monotonic() < end:
            sleep(0.01)
        return over()

    def _deliver(self, box: Mailbox, taken: Taken) -> None:
        self.taken.append(taken)
        if self.files_sent:
            box.sent.keep(taken.raw, seen=True)
        letter = message_from_bytes(taken.raw, policy=default)
        for one in taken.recipients:
            if one.lower() in self.bouncing:
                self.bounces(letter, self.bouncing[one.lower()])


def _text(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""
