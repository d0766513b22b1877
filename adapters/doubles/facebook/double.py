"""The double itself: Facebook's login and Messenger's Graph API on the loopback interface, and the hands of its people.

What a page has sent comes back as an echo and as a delivery, as far as the page is subscribed to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx2

from adapters.doubles.facebook.answers import Answers
from adapters.doubles.facebook.login import Login
from adapters.doubles.facebook.pages import ALL_TASKS, Book, Page, Person, Said
from adapters.doubles.facebook.sending import Sending
from adapters.doubles.graph import GraphDouble, Route, Webhook, millis

PAGE, PAGE_TOKEN = "108811000000001", "EAApage-of-the-bakery"
ADMIN = "1001"
SOON = 1.0
"""Seconds after which echo and delivery follow."""
FIELDS = {
    "message": "messages",
    "message_edit": "message_edits",
    "postback": "messaging_postbacks",
    "delivery": "message_deliveries",
    "read": "message_reads",
    "reaction": "message_reactions",
    "echo": "message_echoes",
}
"""An event's body → the field to which a page must be subscribed."""


class FacebookDouble(GraphDouble[Said]):
    """One page with an administrator who is logged in; more may be added.

    with FacebookDouble() as facebook:
        facebook.customer_says("7", "Is there bread?")
        facebook.sent[-1].text
    """

    def __init__(self, *, name: str = "Bakery", speed: float = 1.0, timeout: float = 10.0, port: int = 0) -> None:
        super().__init__(speed=speed, timeout=timeout, port=port)
        self.book = Book()
        self.login = Login(self.app, self.book, ADMIN)
        self.answers = Answers(self, self.book, self.login)
        self._sending = Sending(self.app, self.book, self._told_again)
        self.person(ADMIN, "Olga Administrator")
        self.page(PAGE, name, token=PAGE_TOKEN)

    def routes(self) -> tuple[Route, ...]:
        login, answers, page = self.login, self.answers, self.answers.page
        return (
            Route("GET", "dialog/oauth", "dialog", login.dialog),
            Route("GET", "oauth/access_token", "access_token", login.access_token),
            Route("GET", "debug_token", "debug_token", login.debug_token),
            Route("GET", "me", "me", login.me),
            Route("GET", "me/accounts", "accounts", login.accounts),
            Route("POST", "me/messages", "messages", lambda call: self._sending.messages(call, page(call))),
            Route("GET", r"(\d+)/subscriptions", "subscriptions", answers.subscriptions),
            Route("POST", r"(\d+)/subscriptions", "subscriptions", answers.subscribe_app),
            Route("POST", r"(\d+)/messages", "messages", lambda call: self._sending.messages(call, page(call))),
            Route("GET", r"(\d+)/conversations", "conversations", answers.conversations),
            Route("POST", r"(\d+)/subscribed_apps", "subscribed_apps", answers.subscribe),
            Route("DELETE", r"(\d+)/subscribed_apps", "subscribed_apps", answers.unsubscribe),
            Route("GET", r"(\d+)", "object", answers.object),
            Route("GET", r"files/(\w+)", "files", answers.file),
        )

    @property
    def webhook(self) -> Webhook | None:
        """Where the events of all pages go."""
        return self.answers.webhook

    @webhook.setter
    def webhook(self, webhook: Webhook | None) -> None:
        self.answers.webhook = webhook

    @property
    def sent(self) -> list[Said]:
        """What pages have sent, in order."""
        return list(self.book.sent)

    # -- what administrators do ---------------------------------------------------------------------------------------

    def person(self, id: str, name: str) -> Person:
        return self.book.people.setdefault(id, Person(id, name))

    def page(
        self, id: str, name: str, *, token: str = "", receives: bool = True, tasks: Mapping[str, tuple[str, ...]] = {}
    ) -> Page:
        """`tasks` = by person what he may do there; nobody named: the first administrator may do all."""
        found = self.book.pages.setdefault(id, Page(id, name, token or f"EAApage-{id}", receives))
        for person, may in (tasks or {ADMIN: ALL_TASKS}).items():
            self.book.people[person].tasks[id] = tuple(may)
        return found

    def revokes(self, page: str = PAGE) -> None:
        """The page's token counts no more."""
        self.book.pages[page].token = f"EAAnew-{next(self.app.numbers)}"

    def goes(self, url: str) -> dict[str, str]:
        """A browser follows the address of a login and says yes; the query with which it comes back."""
        answer = httpx2.get(url, follow_redirects=False, trust_env=False)
        return dict(httpx2.URL(answer.headers["location"]).params)

    # -- what customers do; each returns the event, as it is brought to the hook --------------------------------------

    def customer_says(self, psid: str, text: str, **how: Any) -> dict[str, Any]:
        return self.customer_sends(psid, {"text": text}, **how)

    def customer_sends(
        self, psid: str, content: Mapping[str, Any], *, name: str = "Anna Orlova", **how: Any
    ) -> dict[str, Any]:
        """A message with any content of Messenger's: `{"attachments": […]}`. `page`, `copies`, `after`."""
        self.book.customer(psid, name).quiet_for = 0.0
        mid = f"m_in_{next(self.app.numbers):08d}"
        return self.happens(psid, {"message": {"mid": mid, **content}}, **how)

    def customer_edits(self, event: Mapping[str, Any], text: str, **how: Any) -> dict[str, Any]:
        edited = {"mid": event["message"]["mid"], "text": text, "num_edit": 1}
        return self.happens(event["sender"]["id"], {"message_edit": edited}, **how)

    def customer_presses(self, psid: str, payload: str, title: str, **how: Any) -> dict[str, Any]:
        self.book.customer(psid).quiet_for = 0.0
        pressed = {"mid": f"m_in_{next(self.app.numbers):08d}", "title": title, "payload": payload}
        return self.happens(psid, {"postback": pressed}, **how)

    def customer_reacts(self, psid: str, mid: str, emoji: str, **how: Any) -> dict[str, Any]:
        action = {"action": "react", "emoji": emoji} if emoji else {"action": "unreact"}
        return self.happens(psid, {"reaction": {"mid": mid, **action}}, **how)

    def customer_reads(self, psid: str, **how: Any) -> dict[str, Any]:
        return self.happens(psid, {"read": {"watermark": millis()}}, **how)

    def customer_is_quiet(self, psid: str, seconds: float) -> None:
        """So long ago was his last message, by Meta's clock."""
        self.book.customer(psid).quiet_for = seconds

    def customer_blocks(self, psid: str, *, blocks: bool = True) -> None:
        self.book.customer(psid).blocks = blocks

    def admin_writes(self, psid: str, text: str, *, page: str = PAGE, app_id: int = 26390203743090) -> None:
        """A person answers in Meta's own inbox: an echo of another application's."""
        message = {"mid": f"m_out_{next(self.app.numbers):08d}", "text": text, "is_echo": True, "app_id": app_id}
        self._tell(page, {"sender": {"id": page}, "recipient": {"id": psid}, "message": message})

    def happens(self, psid: str, body: Mapping[str, Any], *, page: str = PAGE, **how: Any) -> dict[str, Any]:
        """Any event of a customer's."""
        self.book.customer(psid)
        return self._tell(page, {"sender": {"id": psid}, "recipient": {"id": page}, **body}, **how)

    # -- how it answers -----------------------------------------------------------------------------------------------

    def _tell(self, page: str, event: Mapping[str, Any], **how: Any) -> dict[str, Any]:
        told = {"timestamp": millis(), **event}
        name = "echo" if (event.get("message") or {}).get("is_echo") else next(name for name in FIELDS if name in event)
        wanted = self.book.pages[page].subscribed
        if self.webhook is not None and wanted is not None and FIELDS[name] in wanted:
            entry = {"id": page, "time": millis(), "messaging": [told]}
            self.brings(self.webhook.url, {"object": "page", "entry": [entry]}, **how)
        return dict(told)

    def _told_again(self, said: Said) -> None:
        echo: dict[str, Any] = {"mid": said.mid, "is_echo": True, "app_id": int(self.app.id), "text": said.text}
        if said.metadata is not None:
            echo["metadata"] = said.metadata
        self._tell(
            said.page, {"sender": {"id": said.page}, "recipient": {"id": said.chat}, "message": echo}, after=SOON
        )
        delivery = {"mids": [said.mid], "watermark": millis()}
        self._tell(
            said.page, {"sender": {"id": said.chat}, "recipient": {"id": said.page}, "delivery": delivery}, after=SOON
        )
