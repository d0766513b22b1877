"""The double itself: MessageBird's Conversations API on the loopback interface, and the hands of WhatsApp's customers.

Everything that happens in a channel is told to the webhooks that are registered for it, signed with the signing key:
`message.created` for each message, ours too, then `message.updated` for each new status.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from time import time
from typing import Any

from adapters.doubles.couriers import Attempt, Parcel
from adapters.doubles.rest import Call, Refusal, RestDouble, Route
from adapters.doubles.server import Asked, Reply
from adapters.doubles.whatsapp_messagebird.account import Account, Channel, Customer, Said, Template, now_text
from adapters.doubles.whatsapp_messagebird.faults import errors
from adapters.doubles.whatsapp_messagebird.sending import failure, to_whom, worded
from adapters.doubles.whatsapp_messagebird.signing import HEADER, signature

KEY, SIGNING_KEY, NAMESPACE = "live_double_of_a_key", "double-of-a-signing-key", "5ba2d0b7_namespace"
CHANNEL, PHONE = "619747f69cf940a98fb443140ce9aed2", "31600000000"
SOON = 1.0
"""Seconds after which a status follows."""
MOST_TRIES = 6


class MessageBirdDouble(RestDouble[Said]):
    """One channel; more may be added. `receipts` False: statuses come only when told to. `tells_numbers` False: as far
    as is known the real one has no call that leads from a channel to its number.

    with MessageBirdDouble() as bird:
        bird.customer_says("31612345678", "Is there bread?")
        bird.sent[-1].text
    """

    def __init__(
        self,
        *,
        name: str = "Bakery",
        receipts: bool = True,
        tells_numbers: bool = True,
        speed: float = 1.0,
        timeout: float = 10.0,
        port: int = 0,
    ) -> None:
        super().__init__(speed=speed, timeout=timeout, port=port)
        self.account = Account()
        self.key = KEY
        self.receipts, self.tells_numbers = receipts, tells_numbers
        self.channel(CHANNEL, PHONE, name)

    @staticmethod
    def again(attempt: Attempt) -> float | None:
        """How often MessageBird tries is not published."""
        return None if attempt.taken or attempt.tries >= MOST_TRIES else float(1 << (attempt.tries - 1))

    def routes(self) -> tuple[Route, ...]:
        return (
            Route("GET", r"/v1/conversations", "conversations", self._conversations),
            Route("POST", r"/v1/conversations/start", "start", self._start),
            Route("GET", r"/v1/conversations/([^/]+)/messages", "messages", self._messages),
            Route("POST", r"/v1/send", "send", self._send),
            Route("GET", r"/v1/channels/([^/]+)", "channels", self._channel),
            Route("GET", r"/v1/webhooks", "webhooks", self._webhooks),
            Route("POST", r"/v1/webhooks", "webhooks", self._listen),
            Route("PATCH", r"/v1/webhooks/([^/]+)", "webhooks", self._change),
            Route("DELETE", r"/v1/webhooks/([^/]+)", "webhooks", self._leave),
            Route("GET", r"/v[23]/platforms/whatsapp/templates", "templates", self._templates),
        )

    def let_in(self, asked: Asked) -> None:
        if asked.headers.get("authorization") != f"AccessKey {self.key}":
            raise Refusal(401, errors(2, "Request not allowed (incorrect access_key)", "access_key"))

    def unknown(self) -> Reply:
        return Reply(404, errors(98, "API not found"))

    @property
    def sent(self) -> list[Said]:
        """What channels have sent, in order."""
        return list(self.account.sent)

    # -- what the business does ---------------------------------------------------------------------------------------

    def channel(self, id: str, phone: str, name: str) -> Channel:
        return self.account.channels.setdefault(id, Channel(id, phone, name))

    def template(self, name: str, text: str, *, language: str = "ru", status: str = "APPROVED") -> Template:
        made = Template(name, language, text, status)
        self.account.templates.append(made)
        return made

    def revokes(self) -> None:
        """The key counts no more."""
        self.key = f"live_another_{next(self.numbers)}"

    def somebody_writes(self, phone: str, text: str, *, channel: str = CHANNEL) -> None:
        """In MessageBird's own pages, past us: an echo."""
        self._written(self.account.channels[channel], self.account.customer(phone), "sent", "text", text)

    # -- what customers do; each returns the message, as it is brought to the hook ------------------------------------

    def customer(self, phone: str, first_name: str = "Anna", last_name: str = "Orlova") -> Customer:
        return self.account.customer(phone, first_name, last_name)

    def customer_says(self, phone: str, text: str, **how: Any) -> dict[str, Any]:
        return self.customer_sends(phone, "text", text, **how)

    def customer_sends(
        self, phone: str, type: str, content: Any, *, channel: str = CHANNEL, **how: Any
    ) -> dict[str, Any]:
        """A message of any type with its content. `copies` and `after` as of a courier."""
        who = self.account.customer(phone)
        who.quiet_for = 0.0
        return self._written(self.account.channels[channel], who, "received", type, content, **how)

    def customer_deletes(self, message: Mapping[str, Any]) -> None:
        self._updated(message, "deleted")

    def customer_reads(self, said: Said) -> None:
        self.tells(said, "read")

    def customer_is_quiet(self, phone: str, seconds: float | None) -> None:
        """So long ago was his last message."""
        self.account.customer(phone).quiet_for = seconds

    def tells(self, said: Said, status: str, *, error: int | None = None, **how: Any) -> None:
        """A status of a message of ours, by hand. `copies` and `after` as of a courier."""
        found = next(one for one in self.account.messages[said.conversation] if one["id"] == said.id)
        self._updated(found, status, error, **how)

    # -- how it answers -----------------------------------------------------------------------------------------------

    def _conversations(self, call: Call) -> dict[str, Any]:
        return _page(call, self.account.conversations())

    def _messages(self, call: Call) -> dict[str, Any]:
        """The newest first."""
        found = self.account.messages.get(call.ids[0])
        if found is None:
            raise Refusal(404, errors(20, "conversation not found"))
        return _page(call, list(reversed(found)))

    def _channel(self, call: Call) -> dict[str, Any]:
        found = self.account.channels.get(call.ids[0]) if self.tells_numbers else None
        if found is None:
            raise Refusal(404, errors(20, "channel not found"))
        return found.shown()

    def _send(self, call: Call) -> Reply:
        message = self._said(call.asked.json(), "from")
        return Reply(202, {"id": message["id"], "status": "accepted"})

    def _start(self, call: Call) -> Reply:
        wanted = call.asked.json()
        self._said(wanted, "channelId")
        return Reply(201, self.account.conversation(*to_whom(self.account, wanted, "channelId")))

    def _said(self, wanted: Mapping[str, Any], channel: str) -> dict[str, Any]:
        with self.lock:
            ours, who = to_whom(self.account, wanted, channel)
            text, template = worded(self.account, NAMESPACE, wanted)
            kind = str(wanted["type"])
            message = self._written(ours, who, "sent", kind, wanted["content"][kind])
            known = message["conversationId"]
            said = Said(ours.id, who.phone, known, message["id"], kind, text, template, wanted["content"])
            self.account.sent.append(said)
        if self.receipts:
            self._receipts(said, failure(who, kind))
        return message

    def _receipts(self, said: Said, why: int | None) -> None:
        if why is not None:
            self.tells(said, "rejected", error=why, after=SOON)
            return
        for number, status in enumerate(("sent", "delivered"), 1):
            self.tells(said, status, after=number * SOON)

    def _webhooks(self, call: Call) -> dict[str, Any]:
        return _page(call, list(self.account.webhooks.values()))

    def _listen(self, call: Call) -> Reply:
        wanted = call.asked.json()
        if wanted.get("channelId") not in self.account.channels:
            raise Refusal(422, errors(10, "channel not found", "channelId"))
        if not str(wanted.get("url", "")).startswith("http") or not wanted.get("events"):
            raise Refusal(422, errors(10, "url and events are required", "url"))
        facts = {name: wanted[name] for name in ("channelId", "url", "events")}
        made = {"id": f"webhook-{next(self.numbers)}", **facts, "status": "enabled", "createdDatetime": now_text()}
        self.account.webhooks[made["id"]] = made
        return Reply(201, made)

    def _change(self, call: Call) -> dict[str, Any]:
        wanted = call.asked.json()
        found = self._webhook(call)
        found |= {name: wanted[name] for name in ("url", "events", "status") if name in wanted}
        return found

    def _leave(self, call: Call) -> Reply:
        del self.account.webhooks[self._webhook(call)["id"]]
        return Reply(204)

    def _webhook(self, call: Call) -> dict[str, Any]:
        found = self.account.webhooks.get(call.ids[0])
        if found is None:
            raise Refusal(404, errors(20, "webhook not found"))
        return found

    def _templates(self, call: Call) -> dict[str, Any]:
        wanted = call.asked.query().get("name")
        return _page(call, [one.listed() for one in self.account.templates if wanted in (None, one.name)])

    # -- what it tells to hooks ---------------------------------------------------------------------------------------

    def _written(
        self, ours: Channel, who: Customer, direction: str, kind: str, content: Any, **how: Any
    ) -> dict[str, Any]:
        conversation, at = self.account.conversation(ours, who), now_text()
        inbound = direction == "received"
        message = {
            "id": f"{next(self.numbers):032x}",
            "conversationId": conversation["id"],
            "channelId": ours.id,
            "platform": "whatsapp",
            "to": ours.phone if inbound else who.phone,
            "from": who.phone if inbound else ours.phone,
            "direction": direction,
            "status": "received" if inbound else "pending",
            "type": kind,
            "content": {kind: content},
            "createdDatetime": at,
            "updatedDatetime": at,
        }
        self.account.messages[conversation["id"]].append(message)
        self._tell("message.created", message, **how)
        return message

    def _updated(self, message: Mapping[str, Any], status: str, error: int | None = None, **how: Any) -> None:
        told = dict(message) | {"status": status, "updatedDatetime": now_text()}
        if error is not None:
            told["error"] = {"code": error, "description": "Message was not delivered"}
        self._tell("message.updated", told, **how)

    def _tell(self, event: str, message: Mapping[str, Any], *, copies: int = 1, after: float = 0.0) -> None:
        channel, _, phone = message["conversationId"].partition("~")
        ours, who = self.account.channels[channel], self.account.customers[phone]
        envelope = {
            "type": event,
            "contact": who.contact(),
            "conversation": self.account.conversation(ours, who),
            "message": message,
        }
        raw = json.dumps(envelope, ensure_ascii=False).encode()
        for webhook in list(self.account.webhooks.values()):
            if (webhook["channelId"], webhook["status"]) == (channel, "enabled") and event in webhook["events"]:
                self._courier.bring(
                    _parcel(webhook["url"], raw, f"{event}:{message['id']}"), copies=copies, after=after
                )


def _parcel(url: str, raw: bytes, name: str) -> Parcel:
    """Signed anew at each try: a signature is good for a minute, and once."""
    return Parcel(name, url, raw, lambda before: {HEADER: signature(SIGNING_KEY, url, raw, time())})


def _page(call: Call, found: list[Any]) -> dict[str, Any]:
    query = call.asked.query()
    first, most = int(query.get("offset", "0")), int(query.get("limit", "20"))
    items = found[first : first + most]
    return {"offset": first, "limit": most, "count": len(items), "totalCount": len(found), "items": items}
