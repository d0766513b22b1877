"""The double itself: Infobip on the loopback interface, its portal, and the hands of WhatsApp's customers.

A number forwards what comes in to the address in its keyword, reports on what it has sent too. Pushes are repeated as
Infobip says: a minute, and a minute more for the square of the tries.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from adapters.doubles.couriers import Attempt, Parcel
from adapters.doubles.rest import Call, Refusal, RestDouble, Route
from adapters.doubles.server import Asked, Reply
from adapters.doubles.whatsapp_infobip.account import Account, Customer, Said, Sender, Template, now_text
from adapters.doubles.whatsapp_infobip.faults import newer, older
from adapters.doubles.whatsapp_infobip.sending import DELIVERED, PENDING, checked, fate, worded

KEY, NUMBER = "double-of-an-api-key", "41793026731"
SOON, MINUTE = 1.0, 60.0
"""Seconds: after the first a report follows."""
MOST_TRIES = 8


class InfobipDouble(RestDouble[Said]):
    """One number; more may be added. `receipts` False: reports come only when told to. `lists_numbers` False: as far as
    is known the real one lists no WhatsApp numbers of an account.

    with InfobipDouble() as infobip:
        infobip.forwards(NUMBER, the_address_that_parley_shows)
        infobip.customer_says("385919998888", "Is there bread?")
        infobip.sent[-1].text
    """

    def __init__(
        self,
        *,
        name: str = "Bakery",
        receipts: bool = True,
        lists_numbers: bool = True,
        speed: float = 1.0,
        timeout: float = 10.0,
        port: int = 0,
    ) -> None:
        super().__init__(speed=speed, timeout=timeout, port=port)
        self.account = Account()
        self.key = KEY
        self.receipts, self.lists_numbers = receipts, lists_numbers
        self.number(NUMBER, name)

    @staticmethod
    def again(attempt: Attempt) -> float | None:
        return None if attempt.taken or attempt.tries >= MOST_TRIES else MINUTE + MINUTE * attempt.tries**2

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", r"/whatsapp/1/senders", "senders", self._senders),
            Route("GET", r"/numbers/1/numbers", "numbers", self._bought),
            Route("GET", r"/whatsapp/1/senders/([^/]+)/business-info", "business-info", self._about),
            Route("GET", r"/whatsapp/2/senders/([^/]+)/templates", "templates", self._templates),
            Route("GET", r"/whatsapp/1/senders/([^/]+)/media/([^/]+)", "media", self._media),
            Route("POST", r"/whatsapp/1/message/template", "send", self._begin),
            Route("POST", r"/whatsapp/1/message/(text|image|document|video|audio)", "send", self._send),
        )

    def let_in(self, asked: Asked) -> None:
        if asked.headers.get("authorization") != f"App {self.key}":
            raise Refusal(401, older("UNAUTHORIZED", "Invalid login details"))

    def unknown(self) -> Reply:
        return Reply(404, newer("E404"))

    @property
    def sent(self) -> list[Said]:
        """What numbers have sent, in order."""
        return list(self.account.sent)

    # -- what the business does ---------------------------------------------------------------------------------------

    def number(self, number: str, name: str) -> Sender:
        return self.account.senders.setdefault(number, Sender(number, name))

    def forwards(self, number: str, url: str, *, password: str | None = None) -> None:
        """In the portal: the number's keyword forwards to this address."""
        self.account.senders[number].url, self.account.senders[number].password = url, password

    def template(self, name: str, text: str, *, language: str = "ru", status: str = "APPROVED") -> Template:
        made = Template(name, language, text, status)
        self.account.templates.append(made)
        return made

    def revokes(self) -> None:
        """The key counts no more."""
        self.key = f"another-key-{next(self.numbers)}"

    # -- what customers do; each returns the result, as it is brought to the hook -------------------------------------

    def customer(self, phone: str, name: str = "Frank") -> Customer:
        return self.account.customer(phone, name)

    def customer_says(self, phone: str, text: str, **how: Any) -> dict[str, Any]:
        return self.customer_sends(phone, {"type": "TEXT", "text": text}, **how)

    def customer_sends(
        self, phone: str, message: Mapping[str, Any], *, number: str = NUMBER, **how: Any
    ) -> dict[str, Any]:
        """A message with its type and fields. `copies` and `after` as of a courier."""
        result = self.received(phone, message, number=number)
        self.pushes(number, [result], **how)
        return result

    def customer_sends_file(self, phone: str, type: str, content: bytes, mime: str, **how: Any) -> dict[str, Any]:
        """`type`: IMAGE, VIDEO, AUDIO, VOICE, DOCUMENT, STICKER. The file lies behind the key."""
        number, known = how.get("number", NUMBER), f"media-{next(self.numbers)}"
        self.account.files[known] = mime, content
        url = f"{self.url}/whatsapp/1/senders/{number}/media/{known}"
        return self.customer_sends(phone, {"type": type, "url": url}, **how)

    def customer_reacts(self, phone: str, id: str, emoji: str, **how: Any) -> dict[str, Any]:
        action = "REACT" if emoji else "UNREACT"
        told = {"type": "REACTION", "emoji": emoji, "action": action, "context": {"id": id, "from": NUMBER}}
        return self.customer_sends(phone, told, **how)

    def customer_reads(self, said: Said) -> None:
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        seen = {"messageId": said.id, "from": said.number, "to": said.chat, "sentAt": at, "seenAt": at}
        self.pushes(said.number, [seen])

    def customer_is_quiet(self, phone: str, seconds: float | None) -> None:
        """So long ago was his last message."""
        self.account.customer(phone).quiet_for = seconds

    def received(self, phone: str, message: Mapping[str, Any], *, number: str = NUMBER) -> dict[str, Any]:
        """A result that is not brought yet: several may come in one push."""
        who = self.account.customer(phone)
        who.quiet_for = 0.0
        return {
            "from": phone,
            "to": number,
            "integrationType": "WHATSAPP",
            "receivedAt": now_text(),
            "messageId": f"wamid.{next(self.numbers):010d}",
            "message": dict(message),
            "contact": {"name": who.name},
            "price": {"pricePerMessage": 0, "currency": "EUR"},
        }

    def tells(self, said: Said, status: Mapping[str, Any] = DELIVERED, **how: Any) -> None:
        """A report on a message of ours, by hand. `copies` and `after` as of a courier."""
        at = datetime.now(UTC).isoformat(timespec="milliseconds")
        none = {"id": 0, "name": "NO_ERROR", "groupId": 0, "groupName": "OK", "permanent": False}
        facts = {"bulkId": "", "messageId": said.id, "to": said.chat, "sentAt": at, "doneAt": at, "messageCount": 1}
        self.pushes(said.number, [{**facts, "status": dict(status), "error": none}], **how)

    def pushes(self, number: str, results: Sequence[Mapping[str, Any]], *, copies: int = 1, after: float = 0.0) -> None:
        sender = self.account.senders[number]
        if sender.url is None:
            return
        body = {"results": list(results), "messageCount": len(results), "pendingMessageCount": 0}
        raw, headers = json.dumps(body, ensure_ascii=False).encode(), _basic(sender.password)
        name = ",".join(str(one.get("messageId")) for one in results)
        self._courier.bring(Parcel(name, sender.url, raw, lambda before: headers), copies=copies, after=after)

    # -- how it answers -----------------------------------------------------------------------------------------------

    def _senders(self, call: Call) -> dict[str, Any]:
        """This double's own: no such call is documented."""
        if not self.lists_numbers:
            raise Refusal(404, newer("E404"))
        listed = [{"sender": one.number, "displayName": one.name} for one in self.account.senders.values()]
        return {"senders": listed}

    def _bought(self, call: Call) -> dict[str, Any]:
        """Numbers bought from Infobip; a number that its owner has brought along is none of them."""
        return {"numbers": [], "numberCount": 0}

    def _about(self, call: Call) -> dict[str, Any]:
        return {"about": self._sender(call).name}

    def _templates(self, call: Call) -> dict[str, Any]:
        self._sender(call)
        return {"templates": [one.listed() for one in self.account.templates]}

    def _media(self, call: Call) -> Reply:
        mime, content = self.account.files.get(call.ids[1], ("", b""))
        return Reply(200, content, {"content-type": mime}) if content else Reply(404, newer("E404"))

    def _send(self, call: Call) -> dict[str, Any]:
        return self._said(call.asked.json(), call.ids[0])

    def _begin(self, call: Call) -> dict[str, Any]:
        wanted = call.asked.json().get("messages")
        if not isinstance(wanted, list) or not wanted:
            raise Refusal(400, newer("E400"))
        return {"messages": [self._said(one, "template") for one in wanted], "bulkId": f"bulk-{next(self.numbers)}"}

    def _said(self, wanted: Mapping[str, Any], kind: str) -> dict[str, Any]:
        """The same id twice is two messages to the customer."""
        number, who, known = checked(self.account, wanted)
        text, template = worded(self.account, kind, wanted)
        said = Said(number, who.phone, known, kind, text, template, dict(wanted["content"]))
        self.account.sent.append(said)
        if self.receipts:
            self.tells(said, fate(who, kind), after=SOON)
        return {"to": who.phone, "messageCount": 1, "messageId": known, "status": PENDING}

    def _sender(self, call: Call) -> Sender:
        found = self.account.senders.get(call.ids[0])
        if found is None:
            raise Refusal(404, newer("E404"))
        return found


def _basic(password: str | None) -> dict[str, str]:
    told = base64.b64encode(f"parley:{password}".encode()).decode()
    return {} if password is None else {"authorization": f"Basic {told}"}
