"""The Send API of a page, with the refusals that the real one gives, and files that are sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from adapters.doubles.facebook.pages import Book, Customer, Page, Said
from adapters.doubles.graph import App, Call, Refusal

LONGEST_TEXT = 2000
DAY, WEEK = 86_400.0, 604_800.0


class Sending:
    def __init__(self, app: App, book: Book, after: Callable[[Said], None]) -> None:
        self.app = app
        self.book = book
        self._after = after

    def messages(self, call: Call, page: Page) -> dict[str, Any]:
        wanted, file = self._wanted(call)
        who = self.book.customers.get(str((wanted.get("recipient") or {}).get("id", "")))
        message = wanted.get("message") or {}
        if who is None:
            raise Refusal(100, "No matching user found", subcode=2018001)
        self._allowed(page, who, wanted, message)
        if file is not None:
            message = {**message, "attachment": {**message.get("attachment", {}), "kept": self._keep(*file)}}
        said = self._said(page, who, wanted, message)
        self._after(said)
        return {"recipient_id": who.psid, "message_id": said.mid}

    def _wanted(self, call: Call) -> tuple[dict[str, Any], tuple[str, bytes] | None]:
        """JSON, or a form in which every field is JSON and a file stands in `filedata`."""
        if not call.asked.headers.get("content-type", "").startswith("multipart/"):
            return call.asked.json(), None
        parts = call.asked.parts()
        fields = {name: content.decode() for name, (_, content) in parts.items() if name != "filedata"}
        plain = ("messaging_type", "tag")
        wanted = {name: text if name in plain else json.loads(text) for name, text in fields.items()}
        return wanted, parts.get("filedata")

    def _keep(self, name: str, content: bytes) -> str:
        kept = f"file{next(self.app.numbers)}"
        self.book.files[kept] = (name, content)
        return kept

    def _allowed(self, page: Page, who: Customer, wanted: Mapping[str, Any], message: Mapping[str, Any]) -> None:
        if not page.receives:
            raise Refusal(10904, "The page has messages disabled", status=403)
        if who.blocks:
            raise Refusal(551, "This person isn't available right now.", subcode=1545041)
        text = message.get("text", "")
        if not text and "attachment" not in message:
            raise Refusal(100, "Message cannot be empty, must provide valid attachment or text")
        if len(text) > LONGEST_TEXT:
            raise Refusal(100, f"Length of param message[text] must be less than or equal to {LONGEST_TEXT}")
        human = wanted.get("messaging_type") == "MESSAGE_TAG" and wanted.get("tag") == "HUMAN_AGENT"
        if who.quiet_for >= (WEEK if human else DAY):
            raise Refusal(10, "This message is sent outside of allowed window.", status=403, subcode=2018278)

    def _said(self, page: Page, who: Customer, wanted: Mapping[str, Any], message: Mapping[str, Any]) -> Said:
        with self.app.lock:
            said = Said(
                page=page.id,
                chat=who.psid,
                mid=f"m_{page.id}_{next(self.app.numbers):08d}",
                text=str(message.get("text", "")),
                messaging_type=str(wanted.get("messaging_type", "")),
                tag=wanted.get("tag"),
                reply_to=(wanted.get("reply_to") or {}).get("mid"),
                metadata=message.get("metadata"),
                attachment=message.get("attachment"),
            )
            self.book.sent.append(said)
        return said
