"""The shop's mailbox, on a mail service with real IMAP and SMTP."""

from __future__ import annotations

from adapters.demo.clerk import Clerk
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.plan import Arrival
from adapters.doubles.email import MailDouble
from adapters.doubles.email.double import ADDRESS, PASSWORD

SUBJECTS = {"ru": "Вопрос о заказе", "en": "About an order"}


class MailCounter(Counter):
    def __init__(self, sign: Sign) -> None:
        self.sign = sign
        self._mail = MailDouble()

    @property
    def url(self) -> str:
        return self._mail.url

    def start(self) -> None:
        self._mail.start()

    def stop(self) -> None:
        self._mail.stop()

    def connect(self, clerk: Clerk) -> None:
        clerk.types(self.sign.channel, address=ADDRESS, password=PASSWORD)

    def says(self, arrival: Arrival, text: str) -> str:
        address = f"customer-{arrival.chat}@example.org"
        self._mail.customer_writes(f'"{arrival.name}" <{address}>', text, subject=SUBJECTS[self.sign.language])
        return address
