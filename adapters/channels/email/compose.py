"""A message of ours as a letter: its id bears a proof that it is ours, and it stands in the customer's thread."""

from __future__ import annotations

import re
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from html import escape

from adapters.channels.contract import Answered, Outbound
from adapters.channels.text import readable

LONGEST_SUBJECT = 200
FIRST_SUBJECT = 78
MOST_REFERENCES = 20
LONGEST_ID = 250
ID = re.compile(r"<[!-;=?-~]+>")
ANSWER = re.compile(r"^\s*(?:re|aw|sv|отв|на)\s*(?:\[\d+\])?:", re.IGNORECASE)
ADDRESS = re.compile(r"[^\s<>(),;:\\\"\x00-\x1f@]+@[^\s<>(),;:\\\"\x00-\x1f@]+")


def is_address(text: str) -> bool:
    """One plain address, nothing that could be read as two or as another line."""
    return ADDRESS.fullmatch(text) is not None and len(text) <= 320


def message_id(message: Outbound, account: str) -> str:
    """The same at every try, so that a letter whose fate is unknown can be looked for."""
    own = f"{message.key}.{message.proof}" if message.proof else message.key
    return f"<{own}@{_ascii_domain(account)}>"


def letter_of(message: Outbound, account: str, recipient: str, at: datetime) -> bytes:
    letter = EmailMessage(policy=_policy(account, recipient))
    letter["From"] = account
    letter["To"] = recipient
    letter["Subject"] = subject_of(message)
    letter["Date"] = format_datetime(at)
    if not message.by_person:
        letter["Auto-Submitted"] = "auto-replied"
    text = readable(message.text)
    letter.set_content(text or "\n")
    letter.add_alternative(_html(text), subtype="html")
    for file in message.files:
        main, _, sub = file.mime.partition("/")
        with file.open() as opened:
            letter.add_attachment(opened.read(), maintype=main, subtype=sub or "octet-stream", filename=file.name)
    return _threads(message, account) + letter.as_bytes()


def subject_of(message: Outbound) -> str:
    """The customer's, as an answer to it; of a first letter its first line."""
    theirs = " ".join(readable(message.answers.subject).split())
    if theirs:
        return (theirs if ANSWER.match(theirs) else f"Re: {theirs}")[:LONGEST_SUBJECT]
    if message.answers.external_message_id:
        return "Re:"
    first = next((line.strip() for line in readable(message.text).splitlines() if line.strip()), "")
    return first if len(first) <= FIRST_SUBJECT else first[: FIRST_SUBJECT - 1].rstrip() + "…"


def _threads(message: Outbound, account: str) -> bytes:
    """Written by hand, an id a line: the library would put long ids into encoded words, which nobody understands."""
    lines = [f"Message-ID: {message_id(message, account)}"]
    answered = _ids(message.answers)
    if answered:
        lines += [f"In-Reply-To: {answered[-1]}", "References: " + "\r\n ".join(answered)]
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _ids(answers: Answered) -> list[str]:
    """The thread so far: its beginning, and what came last."""
    told = [*answers.references, answers.external_message_id]
    known = [one for one in dict.fromkeys(told) if ID.fullmatch(one) and len(one) <= LONGEST_ID]
    return known if len(known) <= MOST_REFERENCES else [known[0], *known[1 - MOST_REFERENCES :]]


def _html(text: str) -> str:
    lines = "<br>\n".join(escape(line) for line in text.replace("\r\n", "\n").split("\n"))
    return f'<!doctype html><html><body><div style="white-space:pre-wrap">{lines}</div></body></html>\n'


def _policy(*addresses: str) -> EmailPolicy[EmailMessage]:
    return SMTP if all(address.isascii() for address in addresses) else SMTPUTF8


def _ascii_domain(account: str) -> str:
    domain = account.rpartition("@")[2] or "localhost"
    try:
        return domain if domain.isascii() else domain.encode("idna").decode("ascii")
    except UnicodeError:
        return "localhost"
