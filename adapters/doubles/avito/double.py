"""The double itself: Avito's interface and consent page on the loopback interface, and the hands of its customers."""

from __future__ import annotations

from time import monotonic, time
from typing import Any

from adapters.doubles.avito.accounts import SELLER, Account, Avito, Chat, Refusal, Said
from adapters.doubles.avito.api import routed
from adapters.doubles.avito.faults import error
from adapters.doubles.avito.oauth import OAuth
from adapters.doubles.avito.webhooks import Webhooks
from adapters.doubles.couriers import Attempt
from adapters.doubles.hooking import HookingDouble
from adapters.doubles.server import Asked, Reply

CLIENT_ID, CLIENT_SECRET = "avito-app-1", "double-of-an-app-secret"
A_MINUTE = 1000


class AvitoDouble(HookingDouble[Said, Attempt]):
    """One account; more may be added. `redirect` = what our application has registered with Avito as its address.

    with AvitoDouble() as avito:
        avito.customer_says(77, "Is it still for sale?")
        avito.sent[-1].text
    """

    sends = "messages"

    def __init__(
        self,
        *,
        name: str = "Bakery",
        redirect: str | None = None,
        speed: float = 1.0,
        a_minute: int = A_MINUTE,
        port: int = 0,
    ) -> None:
        self.avito = Avito()
        self.webhooks = Webhooks(self.avito, speed=speed)
        self.oauth = OAuth(self.avito, CLIENT_ID, CLIENT_SECRET, redirect, browser=SELLER)
        super().__init__(self.webhooks.courier, port=port)
        self._a_minute = a_minute
        self._this_minute = (0.0, 0)
        self.account(SELLER, name)

    @property
    def sent(self) -> list[Said]:
        """What accounts have sent by the interface, in order."""
        return list(self.avito.sent)

    @property
    def attempts(self) -> list[Attempt]:
        """Every try to bring a message to a hook, in order; probes are left out."""
        return [one for one in self.webhooks.courier.attempts if one.name != "probe"]

    # -- what sellers do ----------------------------------------------------------------------------------------------

    def account(self, number: int, name: str, *, paid: bool = True) -> Account:
        return self.avito.accounts.setdefault(number, Account(number, name, paid))

    def seller_writes(self, customer: int, text: str, *, account: int = SELLER, **how: Any) -> dict[str, Any]:
        """In Avito's own pages, past us."""
        return self._written(self._chat(customer, account), account, "text", {"text": text}, **how)

    # -- what customers do; each returns the message ------------------------------------------------------------------

    def customer_says(self, customer: int, text: str, **how: Any) -> dict[str, Any]:
        return self.customer_sends(customer, "text", {"text": text}, **how)

    def customer_sends(
        self,
        customer: int,
        kind: str,
        content: dict[str, Any],
        *,
        account: int = SELLER,
        name: str = "Anna",
        **how: Any,
    ) -> dict[str, Any]:
        """`quietly`: no notification comes, as when Avito loses one; `copies` and `after` as of a courier."""
        chat = self._chat(customer, account, name)
        chat.unread = True
        return self._written(chat, customer, kind, content, **how)

    def customer_speaks(self, customer: int, sound: bytes, **how: Any) -> dict[str, Any]:
        """A voice message; its file is found by its id alone."""
        known = f"voice-{next(self.avito.numbers)}"
        self.avito.files[known] = sound
        return self.customer_sends(customer, "voice", {"voice": {"voice_id": known}}, **how)

    def customer_deletes(self, customer: int, message: dict[str, Any], *, account: int = SELLER) -> None:
        message |= {"type": "deleted", "content": {}}
        self.webhooks.tell(self._chat(customer, account), message, author=customer)

    def _chat(self, customer: int, account: int, name: str = "Anna") -> Chat:
        chat = Chat(f"u2i-{account}~{customer}", account, customer, name)
        return self.avito.accounts[account].chats.setdefault(chat.id, chat)

    def _written(
        self, chat: Chat, author: int, kind: str, content: dict[str, Any], *, quietly: bool = False, **how: Any
    ) -> dict[str, Any]:
        facts = {"id": self.avito.message_id(), "created": int(time()), "type": kind, "content": content}
        direction = "out" if author == chat.account else "in"
        message = {**facts, "author_id": author, "direction": direction, "is_read": False}
        chat.messages.append(message)
        if not quietly:
            self.webhooks.tell(chat, facts, author=author, **how)
        return message

    def answer(self, asked: Asked) -> Reply:
        match asked.route.rstrip("/"):
            case "/oauth":
                return self.oauth.page(asked)
            case "/token":
                self.calls.append("token")
                return self._faults.met("token", lambda: self.oauth.token(asked))
        found = self.avito.files.get(asked.route.removeprefix("/files/"))
        if found is not None:
            return Reply(200, found, {"content-type": "application/octet-stream"})
        return self._method(asked)

    def _method(self, asked: Asked) -> Reply:
        found = routed(asked.method, asked.route)
        if found is None:
            return error(404, "Not found")
        name, scope, answers, at = found
        self.calls.append(name)
        left = self._left()
        if left < 0:
            return Reply(429, {"error": {"code": 429, "message": "Too Many Requests"}}, self._counted(0))

        def carried_out() -> Reply:
            try:
                account = self.avito.holder(asked.headers, scope)
                if at.get("account", str(account.id)) != str(account.id):
                    raise Refusal(403, "Forbidden")
                if not account.paid and name != "self":
                    raise Refusal(402, "Payment required")
                body = answers(self.avito, self.webhooks, account, asked, {**at, "double": self.url})
            except Refusal as refusal:
                return error(refusal.status, refusal.message)
            return Reply(200, body, self._counted(left))

        return self._faults.met(name, carried_out)

    def _left(self) -> int:
        """Calls that this minute still has; it begins with its first call."""
        began, used = self._this_minute
        began, used = (began, used + 1) if monotonic() - began < 60 else (monotonic(), 1)
        self._this_minute = began, used
        return self._a_minute - used

    def _counted(self, left: int) -> dict[str, str]:
        return {"X-RateLimit-Limit": str(self._a_minute), "X-RateLimit-Remaining": str(max(left, 0))}
