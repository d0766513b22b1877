"""The double itself: WhatsApp's Cloud API on the loopback interface, and the hands of its customers.

What a number has sent is told by statuses: `sent` and `delivered`, or `failed` with a number, each with the sender's
own key; `read` when the customer reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import time
from typing import Any

from adapters.doubles.graph import Call, GraphDouble, Route
from adapters.doubles.whatsapp_official.answers import Answers
from adapters.doubles.whatsapp_official.numbers import Book, Customer, Number, Said, Template
from adapters.doubles.whatsapp_official.sending import taken

WABA, NUMBER_ID, PHONE = "419561257915477", "106540352242922", "+7 495 123-45-67"
TOKEN = "EAAsystem-user-of-the-bakery"
SOON = 1.0
"""Seconds after which a status follows."""


class WhatsAppDouble(GraphDouble[Said]):
    """One business account with one number; more may be added. `receipts` False: statuses come only when told to.

    with WhatsAppDouble() as whatsapp:
        whatsapp.customer_says("79161234567", "Is there bread?")
        whatsapp.sent[-1].text
    """

    def __init__(
        self,
        *,
        name: str = "Bakery",
        receipts: bool = True,
        speed: float = 1.0,
        timeout: float = 10.0,
        port: int = 0,
    ) -> None:
        super().__init__(speed=speed, timeout=timeout, port=port)
        self.book = Book()
        self.answers = Answers(self, self.book, TOKEN)
        self.receipts = receipts
        self.number(NUMBER_ID, PHONE, name)

    def routes(self) -> tuple[Route, ...]:
        answers = self.answers
        return (
            Route("POST", r"(\d+)/messages", "messages", self._messages),
            Route("POST", r"(\d+)/media", "media", answers.upload),
            Route("GET", r"(\d+)/phone_numbers", "phone_numbers", answers.numbers),
            Route("GET", r"(\d+)/message_templates", "message_templates", answers.templates),
            Route("GET", r"(\d+)/subscribed_apps", "subscribed_apps", answers.subscriptions),
            Route("POST", r"(\d+)/subscribed_apps", "subscribed_apps", answers.subscribe),
            Route("DELETE", r"(\d+)/subscribed_apps", "subscribed_apps", answers.unsubscribe),
            Route("GET", r"(\d+)", "object", answers.object),
            Route("GET", r"files/(\d+)", "files", answers.file),
        )

    @property
    def sent(self) -> list[Said]:
        """What numbers have sent, in order."""
        return list(self.book.sent)

    # -- what the business does ---------------------------------------------------------------------------------------

    def number(self, id: str, phone: str, name: str, *, waba: str = WABA) -> Number:
        return self.book.numbers.setdefault(id, Number(id, phone, name, waba))

    def template(self, name: str, text: str, *, language: str = "ru", status: str = "APPROVED") -> Template:
        made = Template(name, language, text, status)
        self.book.templates.append(made)
        return made

    def revokes(self) -> None:
        """The token counts no more."""
        self.answers.token = f"EAAnew-{next(self.app.numbers)}"

    def business_writes(self, phone: str, text: str, *, number: str = NUMBER_ID) -> None:
        """Somebody answers in WhatsApp's own application: an echo."""
        sender = "".join(one for one in self.book.numbers[number].phone if one.isdigit())
        echo = {"from": sender, "to": phone, "id": self._new_id(), "timestamp": str(int(time())), "type": "text"}
        self._tell(number, {"message_echoes": [{**echo, "text": {"body": text}}]}, field="smb_message_echoes")

    # -- what customers do; each returns the message, as it is brought to the hook ------------------------------------

    def customer(self, phone: str, name: str = "Anna Orlova") -> Customer:
        return self.book.customer(phone, name)

    def customer_says(self, phone: str, text: str, **how: Any) -> dict[str, Any]:
        return self.customer_sends(phone, "text", {"body": text}, **how)

    def customer_sends(
        self, phone: str, type: str, content: Any, *, name: str = "Anna Orlova", reply_to: str | None = None, **how: Any
    ) -> dict[str, Any]:
        """A message of any type with its content. `number`, `copies`, `after`."""
        who = self.book.customer(phone, name)
        who.quiet_for = 0.0
        message = {**who.sender(), "id": self._new_id(), "timestamp": str(int(time())), "type": type, type: content}
        if reply_to is not None:
            message["context"] = {"id": reply_to}
        return self.happens(phone, message, **how)

    def customer_sends_file(self, phone: str, type: str, content: bytes, mime: str, **how: Any) -> dict[str, Any]:
        """`type`: image, video, audio, document, sticker."""
        return self.customer_sends(
            phone, type, {"id": self.answers.keep("file", mime, content), "mime_type": mime}, **how
        )

    def customer_edits(self, phone: str, id: str, text: str, **how: Any) -> dict[str, Any]:
        now = {"type": "text", "text": {"body": text}}
        return self.customer_sends(phone, "edit", {"original_message_id": id, "message": now}, **how)

    def customer_takes_back(self, phone: str, id: str, **how: Any) -> dict[str, Any]:
        return self.customer_sends(phone, "revoke", {"original_message_id": id}, **how)

    def customer_reacts(self, phone: str, id: str, emoji: str, **how: Any) -> dict[str, Any]:
        return self.customer_sends(phone, "reaction", {"message_id": id, "emoji": emoji}, **how)

    def customer_reads(self, said: Said) -> None:
        self._status(said, "read")

    def customer_is_quiet(self, phone: str, seconds: float | None) -> None:
        """So long ago was his last message, by Meta's clock."""
        self.book.customer(phone).quiet_for = seconds

    def happens(self, phone: str, message: Mapping[str, Any], *, number: str = NUMBER_ID, **how: Any) -> dict[str, Any]:
        """Any message of a customer's."""
        card = self.book.customer(phone).card()
        self._tell(number, {"contacts": [card], "messages": [message]}, **how)
        return dict(message)

    def tells(self, said: Said, status: str, *, error: int | None = None) -> None:
        """A status of a message, by hand."""
        self._status(said, status, error=error)

    # -- how it answers -----------------------------------------------------------------------------------------------

    def _tell(self, number: str, value: Mapping[str, Any], *, field: str = "messages", **how: Any) -> None:
        found = self.book.numbers[number]
        url = self.book.overrides.get(found.waba)
        if url is None:
            return
        digits = "".join(one for one in found.phone if one.isdigit())
        metadata = {"display_phone_number": digits, "phone_number_id": number}
        change = {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata, **value}}
        self.brings(
            url, {"object": "whatsapp_business_account", "entry": [{"id": found.waba, "changes": [change]}]}, **how
        )

    def _status(self, said: Said, status: str, *, error: int | None = None, after: float = 0.0) -> None:
        told: dict[str, Any] = {
            "id": said.id,
            "status": status,
            "timestamp": str(int(time())),
            "recipient_id": said.chat,
        }
        if said.key is not None:
            told["biz_opaque_callback_data"] = said.key
        if error is not None:
            told["errors"] = [{"code": error, "title": "Message failed to send"}]
        self._tell(said.number, {"statuses": [told]}, after=after)

    def _messages(self, call: Call) -> dict[str, Any]:
        said, who, failure = taken(self.app, self.book, self.answers.number(call), call)
        if self.receipts and failure is not None:
            self._status(said, "failed", error=failure, after=SOON)
        elif self.receipts:
            for number, status in enumerate(("sent", "delivered"), 1):
                self._status(said, status, after=number * SOON)
        return {
            "messaging_product": "whatsapp",
            "contacts": [{"input": who.id, "wa_id": who.phone}],
            "messages": [{"id": said.id, "message_status": "accepted"}],
        }

    def _new_id(self) -> str:
        return f"wamid.in.{next(self.app.numbers):010d}"
