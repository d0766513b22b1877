"""What Graph answers beside login and sending: a page, its subscription, the application's one address, a customer."""

from __future__ import annotations

from typing import Any

from adapters.doubles.facebook.login import Login
from adapters.doubles.facebook.pages import Book, Page, Said
from adapters.doubles.graph import Call, GraphDouble, Refusal, Webhook
from adapters.doubles.server import Reply


class Answers:
    """`webhook` = where the events of all pages go, None = nowhere yet."""

    def __init__(self, graph: GraphDouble[Said], book: Book, login: Login) -> None:
        self._graph = graph
        self.book = book
        self._login = login
        self.webhook: Webhook | None = None

    def page(self, call: Call) -> Page:
        """The page of the token, if the path names no other."""
        page = self.book.page_of(call.token)
        if page is None:
            raise Refusal(190, "Invalid OAuth access token", status=401, subcode=460)
        if call.ids and call.ids[0] != page.id:
            raise Refusal(200, "Provide valid app and page", status=403)
        return page

    def subscriptions(self, call: Call) -> dict[str, Any]:
        self._must_be_app(call)
        known = {"object": "page", "callback_url": self.webhook.url, "active": True} if self.webhook else None
        return {"data": [known] if known else []}

    def subscribe_app(self, call: Call) -> dict[str, Any]:
        """One address for all pages of the application."""
        self._must_be_app(call)
        wanted = {**call.fields, **call.asked.json()}
        if wanted.get("object") != "page":
            raise Refusal(100, "object must be page")
        url = str(wanted.get("callback_url", ""))
        self._graph.challenge(url, str(wanted.get("verify_token", "")))
        self.webhook = Webhook(url, frozenset(str(wanted.get("fields", "")).split(",")))
        return {"success": True}

    def _must_be_app(self, call: Call) -> None:
        if call.token != self._graph.app.token or call.ids[0] != self._graph.app.id:
            raise Refusal(15, "This method must be called with an app access token.", status=400)

    def subscribe(self, call: Call) -> dict[str, Any]:
        fields = {**call.fields, **call.asked.json()}.get("subscribed_fields", "")
        self.page(call).subscribed = frozenset(fields if isinstance(fields, list) else str(fields).split(","))
        return {"success": True}

    def unsubscribe(self, call: Call) -> dict[str, Any]:
        self.page(call).subscribed = None
        return {"success": True}

    def conversations(self, call: Call) -> dict[str, Any]:
        if not self.page(call).receives:
            raise Refusal(10904, "The page has messages disabled", status=403)
        return {"data": []}

    def object(self, call: Call) -> Any:
        page = self.book.pages.get(call.ids[0])
        if page is not None:
            told = self._login.of_person(call, page)
            return told if told is not None else {"id": self.page(call).id, "name": page.name}
        who = self.book.customers.get(call.ids[0])
        if self.book.page_of(call.token) is None or who is None:
            raise Refusal(100, f"Object with ID '{call.ids[0]}' does not exist", subcode=33)
        first, _, last = who.name.partition(" ")
        return {"id": who.psid, "name": who.name, "first_name": first, "last_name": last}

    def file(self, call: Call) -> Reply:
        name, content = self.book.files.get(call.ids[0], ("", b""))
        return Reply(200 if name else 404, content, {"content-type": "application/octet-stream"})
