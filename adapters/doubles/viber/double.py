"""The double itself: Viber's calls on the loopback interface, and the hands of the people at its other end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from adapters.doubles.couriers import Attempt
from adapters.doubles.hooking import HookingDouble
from adapters.doubles.server import Asked, Reply
from adapters.doubles.viber.api import CALLS
from adapters.doubles.viber.bot import Bot, Said
from adapters.doubles.viber.callbacks import Callbacks
from adapters.doubles.viber.faults import status

TOKEN = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
"""A made-up token of the usual form, for the bot that every double has."""
HEADER = "x-viber-auth-token"


class ViberDouble(HookingDouble[Said, Attempt]):
    """One bot, any number of people. `speed` shortens Viber's pauses.

    with ViberDouble() as viber:
        viber.customer_says("anna=", "Is there bread?")
        viber.sent[-1].text
    """

    sends = "send_message"

    def __init__(self, *, token: str = TOKEN, name: str = "Bakery", speed: float = 1.0, port: int = 0) -> None:
        self.bot = Bot(token, f"pa:{crc32(token.encode())}", name, "bakery")
        self.callbacks = Callbacks(self.bot, speed=speed)
        super().__init__(self.callbacks.courier, port=port)

    @property
    def token(self) -> str:
        return self.bot.token

    @property
    def sent(self) -> list[Said]:
        """What the bot has sent, in order."""
        return list(self.bot.sent)

    # -- what customers do --------------------------------------------------------------------------------------------

    def customer_says(self, who: str, text: str, **how: Any) -> int:
        """The token of his message."""
        return self.customer_sends(who, {"type": "text", "text": text}, **how)

    def customer_sends(self, who: str, message: Mapping[str, Any], *, name: str = "Anna", **how: Any) -> int:
        """Any message of Viber's: `{"type": "picture", "media": …}`. Writing subscribes him."""
        person = self.bot.person(who, name)
        person.subscribed, person.since_reply = True, 0
        token = next(self.bot.tokens)
        facts = {"sender": person.shown(), "message": dict(message), "silent": False}
        self.callbacks.tell("message", {"message_token": token, **facts}, **how)
        return token

    def customer_subscribes(self, who: str, *, name: str = "Anna", on: bool = True) -> None:
        person = self.bot.person(who, name)
        person.subscribed, person.opened = on, person.opened and on
        self.callbacks.tell(
            "subscribed" if on else "unsubscribed", {"user": person.shown()} if on else {"user_id": who}
        )

    def customer_opens(self, who: str, *, name: str = "Anna", context: str = "") -> None:
        """He opens the conversation: one may write to him now, but he has not subscribed."""
        person = self.bot.person(who, name)
        person.opened = True
        facts = {"type": "open", "context": context, "user": person.shown(), "subscribed": person.subscribed}
        self.callbacks.tell("conversation_started", facts)

    def customer_reads(self, said: Said) -> None:
        """On each of his devices."""
        for _ in range(self.bot.people[said.chat].devices):
            self.callbacks.tell("seen", {"message_token": said.message_token, "user_id": said.chat})

    def cannot_deliver(self, said: Said, desc: str = "failure description") -> None:
        self.callbacks.tell("failed", {"message_token": said.message_token, "user_id": said.chat, "desc": desc})

    def answer(self, asked: Asked) -> Reply:
        method = asked.route.removeprefix("/pa/")
        if method not in CALLS or asked.method != "POST":
            return Reply(404, {"error": "not_found"})
        self.calls.append(method)

        def carried_out() -> Reply:
            right = asked.headers.get(HEADER) == self.bot.token
            return CALLS[method](self.bot, self.callbacks, asked) if right else status(2)

        return self._faults.met(method, carried_out)
