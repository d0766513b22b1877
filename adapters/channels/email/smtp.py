"""Sending a letter by SMTP, step by step: up to the last line of the letter nothing was sent, after it nobody knows.

`smtplib` over a connection to the address that was checked; TLS before any password.
"""

from __future__ import annotations

import re
import smtplib
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from adapters.channels.email.credentials import Credentials
from adapters.channels.email.servers import TIMEOUT, Server, dial, tls, unavailable
from domain.errors import NotAllowed

AUTH_REFUSED = frozenset((530, 534, 535, 538, 550, 553))
DOT = re.compile(rb"^\.", re.MULTILINE)
Step = Literal["greeting", "auth", "sender", "recipient", "size", "data"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """The server's last word. `step` = what it answered; `status` 0: it said nothing more."""

    step: Step
    status: int
    text: str = ""


@contextmanager
def session(server: Server, credentials: Credentials, domain: str) -> Iterator[smtplib.SMTP]:
    """Logged in. Raises `NotAllowed` where we are refused, `Unavailable` where the server is not there."""
    client: smtplib.SMTP | None = None
    try:
        client = _Client(server, domain)
        _log_in(client, server, credentials)
    except (smtplib.SMTPException, OSError, ValueError) as error:
        _close(client)
        raise unavailable() from error
    except NotAllowed:
        _close(client)
        raise
    try:
        yield client
    finally:
        _close(client)


def hand_over(client: smtplib.SMTP, sender: str, recipients: Sequence[str], letter: bytes) -> Spoken:
    """One letter. The status is that of the step which failed, or of the whole."""
    before = _envelope(client, sender, recipients, letter)
    if before is not None:
        return before
    try:
        status, text = client.docmd("DATA")
    except (smtplib.SMTPException, OSError):
        return Spoken("sender", 0)
    return _body(client, letter) if status == 354 else Spoken("data", status, _words(text))


def _body(client: smtplib.SMTP, letter: bytes) -> Spoken:
    """A line that begins with a dot gets another one; a line of one dot is the end."""
    stuffed = DOT.sub(b"..", letter)
    try:
        client.send(stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n"))
        status, text = client.getreply()
    except (smtplib.SMTPException, OSError):
        return Spoken("data", 0)
    return Spoken("data", status, _words(text))


def _envelope(client: smtplib.SMTP, sender: str, recipients: Sequence[str], letter: bytes) -> Spoken | None:
    """None: the letter itself is awaited."""
    try:
        wide = not all(address.isascii() for address in (sender, *recipients))
        options = [f"size={len(letter)}"] if client.does_esmtp and client.has_extn("size") else []
        options += ["SMTPUTF8", "BODY=8BITMIME"] if wide and client.has_extn("smtputf8") else []
        status, text = client.mail(sender, options)
        if status != 250:
            return Spoken("size" if status in (523, 552) else "sender", status, _words(text))
        for one in recipients:
            status, text = client.rcpt(one)
            if status not in (250, 251):
                return Spoken("recipient", status, _words(text))
    except (smtplib.SMTPException, OSError):
        return Spoken("sender", 0)
    except UnicodeError:
        return Spoken("recipient", 553)
    return None


class _Client(smtplib.SMTP):
    def __init__(self, server: Server, domain: str) -> None:
        self._to = server
        super().__init__(server.host, server.port, local_hostname=domain, timeout=TIMEOUT)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        return dial(self._to, timeout)


def _log_in(client: smtplib.SMTP, server: Server, credentials: Credentials) -> None:
    client.ehlo_or_helo_if_needed()
    if server.tls == "starttls":
        status, _ = client.starttls(context=tls())
        if status != 220:
            raise smtplib.SMTPNotSupportedError("no TLS")
        client.ehlo()
    try:
        if credentials.token:
            _xoauth2(client, credentials)
        else:
            client.login(credentials.login, credentials.password, initial_response_ok=True)
    except smtplib.SMTPAuthenticationError as refusal:
        if refusal.smtp_code not in AUTH_REFUSED:
            raise
        raise NotAllowed("credentials_rejected", "The mail server does not accept these data.") from refusal
    except UnicodeError:
        raise NotAllowed("credentials_rejected", "The mail server does not accept these data.") from None


def _xoauth2(client: smtplib.SMTP, credentials: Credentials) -> None:
    """A refusal comes as a challenge that must be answered by an empty line; the final status follows (Google)."""
    client.user, client.password = credentials.login, ""
    client.auth("XOAUTH2", lambda challenge=None: credentials.xoauth2 if challenge is None else "")


def _close(client: smtplib.SMTP | None) -> None:
    if client is not None:
        with suppress(smtplib.SMTPException, OSError):
            client.quit()
        client.close()


def _words(text: object) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
