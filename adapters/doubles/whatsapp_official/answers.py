"""What the Cloud API answers beside sending: numbers, templates, subscriptions, files. Its token alone lets in."""

from __future__ import annotations

from typing import Any

from adapters.doubles.graph import Call, GraphDouble, Refusal
from adapters.doubles.server import Reply
from adapters.doubles.whatsapp_official.numbers import Book, Media, Number, Said


class Answers:
    """`token` = the one of the system user, until it is revoked."""

    def __init__(self, graph: GraphDouble[Said], book: Book, token: str) -> None:
        self._graph = graph
        self.book = book
        self.token = token

    def number(self, call: Call) -> Number:
        self._let_in(call)
        found = self.book.numbers.get(call.ids[0])
        if found is None:
            raise Refusal(100, f"Unsupported request. Object with ID '{call.ids[0]}' does not exist", subcode=33)
        return found

    def keep(self, name: str, mime: str, content: bytes) -> str:
        id = f"{900_000_000_000_000 + next(self._graph.app.numbers)}"
        self.book.media[id] = Media(name, mime, content)
        return id

    def upload(self, call: Call) -> dict[str, str]:
        self.number(call)
        parts = call.asked.parts()
        name, content = parts.get("file", ("", b""))
        if not content or parts.get("messaging_product", ("", b""))[1] != b"whatsapp":
            raise Refusal(100, "The parameters file and messaging_product are required.")
        mime = parts.get("type", ("", b"application/octet-stream"))[1].decode()
        return {"id": self.keep(name, mime, content)}

    def object(self, call: Call) -> dict[str, Any]:
        """A number, or a file's address, which is good for a while and for the token's owner alone."""
        self._let_in(call)
        id = call.ids[0]
        media = self.book.media.get(id)
        if media is not None:
            facts = {"id": id, "mime_type": media.mime, "file_size": len(media.content)}
            return facts | {"url": f"{self._graph.url}/files/{id}", "messaging_product": "whatsapp"}
        found = self.number(call)
        facts = {"id": found.id, "display_phone_number": found.phone, "verified_name": found.name}
        return facts | {"quality_rating": "GREEN"}

    def file(self, call: Call) -> Reply:
        self._let_in(call)
        media = self.book.media.get(call.ids[0])
        return Reply(200, media.content, {"content-type": media.mime}) if media else Reply(404)

    def numbers(self, call: Call) -> dict[str, Any]:
        waba = self._waba(call)
        found = [one for one in self.book.numbers.values() if one.waba == waba]
        return {"data": [{"id": one.id, "display_phone_number": one.phone, "verified_name": one.name} for one in found]}

    def templates(self, call: Call) -> dict[str, Any]:
        self._waba(call)
        name = call.fields.get("name", "")
        return {"data": [one.listed() for one in self.book.templates if name in one.name]}

    def subscriptions(self, call: Call) -> dict[str, Any]:
        waba = self._waba(call)
        url = self.book.overrides.get(waba)
        ours = {
            "whatsapp_business_api_data": {"id": self._graph.app.id, "name": "Parley"},
            "override_callback_uri": url,
        }
        return {"data": [ours] if url else []}

    def subscribe(self, call: Call) -> dict[str, bool]:
        waba = self._waba(call)
        wanted = {**call.fields, **call.asked.json()}
        url = str(wanted.get("override_callback_uri", ""))
        self._graph.challenge(url, str(wanted.get("verify_token", "")))
        self.book.overrides[waba] = url
        return {"success": True}

    def unsubscribe(self, call: Call) -> dict[str, bool]:
        self.book.overrides.pop(self._waba(call), None)
        return {"success": True}

    def _waba(self, call: Call) -> str:
        self._let_in(call)
        if call.ids[0] not in {one.waba for one in self.book.numbers.values()}:
            raise Refusal(100, f"Unsupported request. Object with ID '{call.ids[0]}' does not exist", subcode=33)
        return call.ids[0]

    def _let_in(self, call: Call) -> None:
        if call.token != self.token:
            raise Refusal(190, "Invalid OAuth access token", status=401, subcode=463)
