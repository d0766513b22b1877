"""Facebook's login and what an application may ask about it: codes, tokens, granted rights, a person's pages."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from adapters.doubles.facebook.pages import Book, Page, Person
from adapters.doubles.graph import App, Call, Refusal
from adapters.doubles.server import Reply

PAGEFUL = 2
"""How many pages of a person one answer holds; Meta's own number is larger, and the rest comes in further answers."""


class Login:
    """`browser` = who is logged in there, None: he refuses what he is asked for."""

    def __init__(self, app: App, book: Book, browser: str) -> None:
        self.app = app
        self.book = book
        self.browser: str | None = browser

    def dialog(self, call: Call) -> Reply:
        """The person says yes at once, or no."""
        wanted = call.fields
        if wanted.get("client_id") != self.app.id:
            raise Refusal(101, "Invalid application ID", status=400)
        told = {"state": wanted.get("state", "")}
        if self.browser is None:
            told |= {"error": "access_denied", "error_reason": "user_denied"}
        else:
            code = secrets.token_hex(8)
            self.book.codes[code] = (self.browser, wanted.get("redirect_uri", ""))
            told |= {"code": code}
        return Reply(302, None, {"location": f"{wanted.get('redirect_uri', '')}?{urlencode(told)}"})

    def access_token(self, call: Call) -> dict[str, Any]:
        wanted = call.fields
        if (wanted.get("client_id"), wanted.get("client_secret")) != (self.app.id, self.app.secret):
            raise Refusal(1, "Error validating client secret.", status=400)
        if wanted.get("grant_type") == "fb_exchange_token":
            return self._token(self._person(wanted.get("fb_exchange_token", "")).id, 5_184_000)
        person, redirect = self.book.codes.pop(wanted.get("code", ""), ("", ""))
        if not person:
            raise Refusal(100, "This authorization code has been used.", subcode=36009)
        if redirect != wanted.get("redirect_uri"):
            raise Refusal(100, "Error validating verification code: redirect_uri differs", subcode=36008)
        return self._token(person, 3600)

    def debug_token(self, call: Call) -> dict[str, Any]:
        if call.token != self.app.token:
            raise Refusal(100, "You must provide an app access token")
        person = self._person(call.fields.get("input_token", ""))
        pages = list(person.tasks if person.chosen is None else person.chosen)
        granular = [{"scope": scope, "target_ids": pages} for scope in person.granted]
        facts = {"app_id": self.app.id, "is_valid": True, "user_id": person.id, "type": "USER"}
        return {"data": facts | {"scopes": list(person.granted), "granular_scopes": granular}}

    def me(self, call: Call) -> dict[str, Any]:
        page = self.book.page_of(call.token)
        if page is not None:
            return {"id": page.id, "name": page.name}
        person = self._person(call.token)
        return {"id": person.id, "name": person.name}

    def accounts(self, call: Call) -> dict[str, Any]:
        person = self._person(call.token)
        ids = [one for one in self._ticked(person) if one not in person.alone]
        after = call.fields.get("after", "")
        begin = ids.index(after) + 1 if after in ids else 0
        shown = ids[begin : begin + PAGEFUL]
        paging = {"cursors": {"after": shown[-1]}, "next": "https://graph"} if begin + PAGEFUL < len(ids) else {}
        return {"data": [self.told(self.book.pages[one], person) for one in shown], "paging": paging}

    def told(self, page: Page, person: Person) -> dict[str, Any]:
        facts = {"id": page.id, "name": page.name, "tasks": list(person.tasks.get(page.id, ()))}
        return facts | {"access_token": page.token}

    def of_person(self, call: Call, page: Page) -> Mapping[str, Any] | None:
        """The page as a person sees it who may; None: the token is nobody's."""
        found = self.book.users.get(call.token)
        person = self.book.people.get(found or "")
        if person is None or page.id not in self._ticked(person):
            return None
        return self.told(page, person)

    def _ticked(self, person: Person) -> list[str]:
        if "pages_show_list" not in person.granted:
            return []
        return [one for one in person.tasks if person.chosen is None or one in person.chosen]

    def _token(self, person: str, lasts: int) -> dict[str, Any]:
        token = f"EAAuser{secrets.token_hex(8)}"
        self.book.users[token] = person
        return {"access_token": token, "token_type": "bearer", "expires_in": lasts}

    def _person(self, token: str) -> Person:
        found = self.book.users.get(token)
        if found is None:
            raise Refusal(190, "Invalid OAuth access token", status=401, subcode=463)
        return self.book.people[found]
