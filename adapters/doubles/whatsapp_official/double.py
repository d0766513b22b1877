"""The double itself: WhatsApp's Cloud API on the loopback interface, and the hands of its customers.

What a number has sent is told by statuses: `sent` and `delivered`, or `failed` with a number, each with the sender's
own key; `read` when the customer reads.
"""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic, sleep, time
from typing import Any

from adapters.doubles.graph import Call, GraphDouble, Refusal, Route
from adapters.doubles.server import Reply
from adapters.doubles.whatsapp_official.numbers import Book, Customer, Media, Number, Said, Template
from adapters.doubles.whatsapp_official.sending import taken

WABA, NUMBER_ID, PHONE = "419561257915477", "106540352242922", "+7 495 123-45-67"
TOKEN = "EAAsystem-user-of-the-bakery"
SOON = 1.0
"""Seconds after which a status follows."""


class WhatsAppDouble(GraphDouble):
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
        self.token = TOKEN
        self.receipts = receipts
        self.number(NUMBER_ID, PHONE, name)

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("POST", r"(\d+)/messages", "messages", self._messages),
            Route("POST", r"(\d+)/media", "media", self._upload),
            Route("GET", r"(\d+)/phone_numbers", "phone_numbers", self._numbers),
            Route("GET", r"(\d+)/message_templates", "message_templates", self._templates),
            Route("GET", r"(\d+)/subscribed_apps", "subscribed_apps", self._subscriptions),
            Route("POST", r"(\d+)/subscribed_apps", "subscribed_apps", self._subscribe),
            Route("DELETE", r"(\d+)/subscribed_apps", "subscribed_apps", self._unsubscribe),
            Route("GET", r"(\d+)", "object", self._object),
            Route("GET", r"files/(\d+)", "files", self._file),
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
        self.token = f"EAAnew-{next(self.app.numbers)}"

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
        return self.customer_sends(phone, type, {"id": self._keep("file", mime, content), "mime_type": mime}, **how)

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

    def wait_for_sent(self, number: int, timeout: float = 5.0) -> list[Said]:
        """What was sent, as soon as it is so many messages, or when time is up."""
        end = monotonic() + timeout
        while len(self.book.sent) < number and monotonic() < end:
            sleep(0.005)
        return self.sent

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
        said, who, failure = taken(self.app, self.book, self._number(call), call)
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

    def _upload(self, call: Call) -> dict[str, str]:
        self._number(call)
        parts = call.asked.parts()
        name, content = parts.get("file", ("", b""))
        if not content or parts.get("messaging_product", ("", b""))[1] != b"whatsapp":
            raise Refusal(100, "The parameters file and messaging_product are required.")
        mime = parts.get("type", ("", b"application/octet-stream"))[1].decode()
        return {"id": self._keep(name, mime, content)}

    def _object(self, call: Call) -> dict[str, Any]:
        """A number, or a file's address, which is good for a while and for the token's owner alone."""
        self._let_in(call)
        id = call.ids[0]
        media = self.book.media.get(id)
        if media is not None:
            facts = {"id": id, "mime_type": media.mime, "file_size": len(media.content)}
            return facts | {"url": f"{self.url}/files/{id}", "messaging_product": "whatsapp"}
        found = self._number(call)
        facts = {"id": found.id, "display_phone_number": found.phone, "verified_name": found.name}
        return facts | {"quality_rating": "GREEN"}

    def _file(self, call: Call) -> Reply:
        self._let_in(call)
        media = self.book.media.get(call.ids[0])
        return Reply(200, media.content, {"content-type": media.mime}) if media else Reply(404)

    def _numbers(self, call: Call) -> dict[str, Any]:
        waba = self._waba(call)
        found = [one for one in self.book.numbers.values() if one.waba == waba]
        return {"data": [{"id": one.id, "display_phone_number": one.phone, "verified_name": one.name} for one in found]}

    def _templates(self, call: Call) -> dict[str, Any]:
        self._waba(call)
        name = call.fields.get("name", "")
        return {"data": [one.listed() for one in self.book.templates if name in one.name]}

    def _subscriptions(self, call: Call) -> dict[str, Any]:
        waba = self._waba(call)
        url = self.book.overrides.get(waba)
        ours = {"whatsapp_business_api_data": {"id": self.app.id, "name": "Parley"}, "override_callback_uri": url}
        return {"data": [ours] if url else []}

    def _subscribe(self, call: Call) -> dict[str, bool]:
        waba = self._waba(call)
        wanted = {**call.fields, **call.asked.json()}
        url = str(wanted.get("override_callback_uri", ""))
        self.challenge(url, str(wanted.get("verify_token", "")))
        self.book.overrides[waba] = url
        return {"success": True}

    def _unsubscribe(self, call: Call) -> dict[str, bool]:
        self.book.overrides.pop(self._waba(call), None)
        return {"success": True}

    def _number(self, call: Call) -> Number:
        self._let_in(call)
        found = self.book.numbers.get(call.ids[0])
        if found is None:
            raise Refusal(100, f"Unsupported request. Object with ID '{call.ids[0]}' does not exist", subcode=33)
        return found

    def _waba(self, call: Call) -> str:
        self._let_in(call)
        if call.ids[0] not in {one.waba for one in self.book.numbers.values()}:
            raise Refusal(100, f"Unsupported request. Object with ID '{call.ids[0]}' does not exist", subcode=33)
        return call.ids[0]

    def _let_in(self, call: Call) -> None:
        if call.token != self.token:
            raise Refusal(190, "Invalid OAuth access token", status=401, subcode=463)

    def _keep(self, name: str, mime: str, content: bytes) -> str:
        id = f"{900_000_000_000_000 + next(self.app.numbers)}"
        self.book.media[id] = Media(name, mime, content)
        return id

    def _new_id(self) -> str:
        return f"wamid.in.{next(self.app.numbers):010d}"
