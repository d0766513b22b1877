"""The double itself: Viber's calls on the loopback interface, and the hands of the people at its other end."""

from __future__ import annotations

from collections.abc import Mapping
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self
from zlib import crc32

from adapters.doubles.couriers import Attempt
from adapters.doubles.faults import Fault, Faults
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.doubles.viber.api import CALLS
from adapters.doubles.viber.bot import Bot, Said
from adapters.doubles.viber.callbacks import Callbacks
from adapters.doubles.viber.faults import status

TOKEN = "445da6az1s345z78-dazcczb2542zv51a-e0vc5fva17480im9"
"""A made-up token of the usual form, for the bot that every double has."""
HEADER = "x-viber-auth-token"


class ViberDouble:
    """One bot, any number of people. `speed` shortens Viber's pauses.

    with ViberDouble() as viber:
        viber.customer_says("anna=", "Is there bread?")
        viber.sent[-1].text
    """

    def __init__(self, *, token: str = TOKEN, name: str = "Bakery", speed: float = 1.0, port: int = 0) -> None:
        self.bot = Bot(token, f"pa:{crc32(token.encode())}", name, "bakery")
        self.callbacks = Callbacks(self.bot, speed=speed)
        self.calls: list[str] = []
        self._faults = Faults()
        self._server = LoopbackServer(self._answer, port=port)

    @property
    def url(self) -> str:
        """The `base_url` of a channel that is to talk to this double."""
        return self._server.url

    @property
    def token(self) -> str:
        return self.bot.token

    @property
    def sent(self) -> list[Said]:
        """What the bot has sent, in order."""
        return list(self.bot.sent)

    @property
    def attempts(self) -> list[Attempt]:
        """Every try to bring a callback, in order; `name` is its event."""
        return list(self.callbacks.courier.attempts)

    def start(self) -> None:
        self._server.start()

    def stop(self) -> None:
        self.callbacks.courier.stop()
        self._server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

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

    # -- what goes wrong ----------------------------------------------------------------------------------------------

    def fails(self, fault: Fault, *, method: str = "send_message", times: int = 1) -> None:
        """The next calls of this method meet the fault (`adapters.doubles.viber.faults`)."""
        self._faults.add(fault, method, times)

    # -- waiting ------------------------------------------------------------------------------------------------------

    def settle(self, timeout: float = 5.0) -> bool:
        """Wait until every callback was taken, or given up."""
        return self.callbacks.courier.settle(timeout)

    def wait_for_sent(self, number: int, timeout: float = 5.0) -> list[Said]:
        """What the bot has sent, as soon as it is so many messages, or when time is up."""
        end = monotonic() + timeout
        while len(self.bot.sent) < number and monotonic() < end:
            sleep(0.005)
        return self.sent

    def _answer(self, asked: Asked) -> Reply:
        method = asked.route.removeprefix("/pa/")
        if method not in CALLS or asked.method != "POST":
            return Reply(404, {"error": "not_found"})
        self.calls.append(method)

        def carried_out() -> Reply:
            right = asked.headers.get(HEADER) == self.bot.token
            return CALLS[method](self.bot, self.callbacks, asked) if right else status(2)

        return self._faults.met(method, carried_out)
