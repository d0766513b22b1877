"""What can go wrong at a mail service, on demand: each fault hits the next commands of one name, then is used up.

Names: SMTP's `greeting AUTH MAIL RCPT DATA` and `letter` (after its last line); IMAP's `LOGIN AUTHENTICATE SELECT UID
IDLE APPEND`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MailFault:
    """`reply` is given instead of carrying the command out; `hang_up` ends the connection without a word, after the
    command was carried out if `carried_out`. `delay` in seconds comes before anything else."""

    reply: str = ""
    hang_up: bool = False
    carried_out: bool = False
    delay: float = 0.0


def says(reply: str) -> MailFault:
    """For SMTP a code with its words (`451 4.7.1 Try again`), for IMAP what follows the tag (`NO [INUSE] later`)."""
    return MailFault(reply=reply)


def hangs_up(*, carried_out: bool = False) -> MailFault:
    return MailFault(hang_up=True, carried_out=carried_out)
