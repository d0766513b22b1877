"""Sending a letter, and what a mail server's answer means.

After the last line of a letter a silent server may have it: then the letter is looked for under "Sent" by its id, where
some servers file what they took. It is never sent again blindly.
"""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from adapters.channels.contract import Outbound
from adapters.channels.email import imap, smtp
from adapters.channels.email.compose import is_address, letter_of, message_id
from adapters.channels.email.credentials import Credentials, credentials_of
from adapters.channels.email.servers import Servers, servers_of
from adapters.channels.email.smtp import Spoken
from adapters.channels.http_client import Access
from adapters.channels.outcomes import SendResult, again, answer_lost, bad_credentials, failed, sent
from domain.errors import Invalid, NotAllowed, Unavailable

log = logging.getLogger("parley.email")

LONGEST_TEXT = 65_536
LARGEST_LETTER = 25 * 1024 * 1024
SIGNS = 4 / 3 * 1.03
"""How much larger files become in a letter (base64, with its line ends)."""
TOO_LARGE = frozenset((523, 552))
STATUS = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})\b")


def send(access: Access, chat: str, message: Outbound) -> SendResult:
    """`chat` = the customer's address; the answer goes where he asked for it."""
    account = access.values.get("address") or access.account
    recipient = message.answers.reply_to if is_address(message.answers.reply_to) else chat
    refused = _refused(message, account, recipient)
    if refused is not None:
        return refused
    credentials = credentials_of(access, account)
    try:
        servers = servers_of(access, account)
        letter = letter_of(message, account, recipient, datetime.now(UTC))
        with smtp.session(servers.smtp, credentials, account.rpartition("@")[2]) as client:
            spoken = smtp.hand_over(client, account, [recipient], letter)
    except NotAllowed:
        return bad_credentials()
    except Unavailable:
        return again()
    except Invalid:
        return failed("refused")
    return _settled(spoken, servers, credentials, letter, message_id(message, account))


def classify(status: int, body: bytes) -> SendResult:
    """A reply code of SMTP (RFC 5321) and its text."""
    return meaning(Spoken("data", status, body.decode("utf-8", "replace")))


def meaning(spoken: Spoken) -> SendResult:
    status, enhanced = spoken.status, STATUS.match(spoken.text)
    subject = int(enhanced[2]) if enhanced else None
    match status:
        case 0:
            return answer_lost() if spoken.step == "data" else again()
        case 530 | 534 | 535 | 538:
            return bad_credentials()
        case _ if status in TOO_LARGE and subject in (None, 3):
            return failed("message_too_large")
        case 421:
            return again()
        case _ if 400 <= status < 500:
            return again("try_later")
        case _ if status >= 500:
            return failed("recipient_refused" if spoken.step == "recipient" or subject in (1, 2) else "refused")
        case _ if 200 <= status < 300:
            return sent()
        case _:
            return answer_lost()


def _refused(message: Outbound, account: str, recipient: str) -> SendResult | None:
    """What can be known before any call."""
    if not message.text.strip() and not message.files:
        return failed("message_empty")
    if len(message.text) > LONGEST_TEXT:
        return failed("message_too_long")
    if len(message.text.encode("utf-8", "replace")) + sum(one.size for one in message.files) * SIGNS > LARGEST_LETTER:
        return failed("message_too_large")
    if not is_address(recipient) or not is_address(account):
        return failed("recipient_refused")
    return None


def _settled(spoken: Spoken, servers: Servers, credentials: Credentials, letter: bytes, own: str) -> SendResult:
    result = meaning(spoken)
    if result.outcome == "unknown" and _under_sent(servers, credentials, own):
        return sent(own)
    if result.outcome != "sent":
        return result
    if servers.service is None or not servers.service.keeps_sent:
        _file_under_sent(servers, credentials, letter, own)
    return replace(result, external_message_id=own)


def _under_sent(servers: Servers, credentials: Credentials, own: str) -> bool:
    """Has the server filed it? If it cannot be asked, nobody knows."""
    with suppress(Unavailable, NotAllowed, Invalid), imap.mailbox(servers.imap, credentials) as box:
        folder = imap.sent_folder(box)
        if folder is not None:
            imap.select(box, folder)
            return bool(imap.by_message_id(box, own))
    return False


def _file_under_sent(servers: Servers, credentials: Credentials, letter: bytes, own: str) -> None:
    """The letter has gone out; that its copy could not be filed changes nothing about it."""
    try:
        with imap.mailbox(servers.imap, credentials) as box:
            folder = imap.sent_folder(box)
            if folder is not None:
                imap.select(box, folder)
                if not imap.by_message_id(box, own):
                    imap.append_sent(box, folder, letter, datetime.now(UTC))
    except (Unavailable, NotAllowed, Invalid) as refusal:
        log.warning("a letter was sent, its copy under Sent was not filed: %s", refusal.code)
