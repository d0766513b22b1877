"""A mail service on the loopback interface: real IMAP and SMTP, its login page, and people who write to us."""

from __future__ import annotations

from adapters.doubles.email.double import MailDouble
from adapters.doubles.email.faults import MailFault

__all__ = ["MailDouble", "MailFault"]
