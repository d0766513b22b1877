"""The double itself: a Bot API on the loopback interface, and the hands of the people at its other end."""

from __future__ import annotations

from time import time
from typing import Any
from urllib.parse import unquote

from adapters.doubles.hooking import HookingDouble
from adapters.doubles.server import Asked, Reply
from adapters.doubles.telegram.bot_api import METHODS, download, parsed
from adapters.doubles.telegram.chats import Bot, Said
from adapters.doubles.telegram.faults import error
from adapters.doubles.telegram.webhooks import Attempt, Courier

TOKEN = "4839574812:AAFD39kkdpWt3ywyRZergyOLMaJhac60qcK"
"""A made-up token of the usual form, for the bot that every double has."""


class TelegramDouble(HookingDouble[Said, Attempt]):
    """One bot, any number of customers. `speed` shortens Telegram's pauses: at 100, a second lasts 10 ms.

    with TelegramDouble(name="Bakery") as telegram:
        telegram.customer_says(100, "Is there bread?", name="Anna")
        telegram.sent[-1].text
    """

    sends = "sendMessage"

    def __init__(
        self,
        *,
        token: str = TOKEN,
        name: str = "Bakery",
        username: str = "bakery_bot",
        speed: float = 1.0,
        port: int = 0,
    ) -> None:
        self.bot = Bot(token, int(token.partition(":")[0] or 1), name, username)
        self._courier = Courier(speed)
        super().__init__(self._courier, port=port)

    @property
    def token(self) -> str:
        return self.bot.token

    @property
    def sent(self) -> list[Said]:
        """What the bot has sent, in order."""
        return list(self.bot.sent)

    # -- what customers do; each returns the update, as it is brought to the webhook ---------------------------------

    def customer_says(self, chat: int, text: str, *, name: str = "Anna", copies: int = 1) -> dict[str, Any]:
        return self.customer_sends(chat, {"text": text}, name=name, copies=copies)

    def customer_sends(
        self, chat: int, content: dict[str, Any], *, name: str = "Anna", copies: int = 1
    ) -> dict[str, Any]:
        """A message with any content of the Bot API: `{"photo": […], "caption": "…"}`."""
        who = self.bot.customer(chat, name)
        return self._bring(chat, "message", self.bot.message(who, int(time()), content), copies)

    def customer_sends_photo(
        self, chat: int, content: bytes, *, caption: str = "", name: str = "Anna"
    ) -> dict[str, Any]:
        photo = [{"file_id": self.bot.file(content), "file_unique_id": "1", "width": 90, "height": 60}]
        return self.customer_sends(chat, {"photo": photo, **({"caption": caption} if caption else {})}, name=name)

    def customer_sends_document(
        self, chat: int, content: bytes, *, file_name: str, name: str = "Anna"
    ) -> dict[str, Any]:
        document = {"file_id": self.bot.file(content), "file_unique_id": "1", "file_name": file_name}
        return self.customer_sends(chat, {"document": document | {"file_size": len(content)}}, name=name)

    def customer_edits(self, message: dict[str, Any], text: str) -> dict[str, Any]:
        """`message` = the message of an earlier update."""
        edited = message | {"text": text, "edit_date": int(time())}
        return self._bring(message["chat"]["id"], "edited_message", edited)

    def customer_presses(self, chat: int, data: str, *, under: int, name: str = "Anna") -> dict[str, Any]:
        who = self.bot.customer(chat, name)
        pressed = {"message_id": under, "chat": who.private(), "date": 0}
        body = {"id": str(next(self.bot.message_ids)), "from": who.user(), "chat_instance": "1", "message": pressed}
        return self._bring(chat, "callback_query", body | {"data": data})

    def customer_reacts(self, chat: int, message_id: int, emoji: str, *, name: str = "Anna") -> dict[str, Any]:
        """An empty `emoji` takes the reaction back."""
        who = self.bot.customer(chat, name)
        now = [{"type": "emoji", "emoji": emoji}] if emoji else []
        body = {"chat": who.private(), "message_id": message_id, "user": who.user(), "date": int(time())}
        return self._bring(chat, "message_reaction", body | {"old_reaction": [], "new_reaction": now})

    def customer_blocks(self, chat: int, *, blocks: bool = True, name: str = "Anna") -> dict[str, Any]:
        """From now on the bot's messages to him are refused; `blocks=False` lets them through again."""
        who = self.bot.customer(chat, name)
        who.blocked = blocks
        before, after = ("member", "kicked") if blocks else ("kicked", "member")
        ours = {key: value for key, value in self.bot.me().items() if not key.startswith(("can_", "supports_"))}
        members = {
            name: {"user": ours, "status": status, **({"until_date": 0} if status == "kicked" else {})}
            for name, status in (("old_chat_member", before), ("new_chat_member", after))
        }
        body = {"chat": who.private(), "from": who.user(), "date": int(time())}
        return self._bring(chat, "my_chat_member", body | members)

    def brings(self, chat: int, update: dict[str, Any]) -> None:
        """Any update, as it is: for what the methods above have no word for."""
        self._courier.bring(str(chat), update)

    def _bring(self, chat: int, kind: str, body: dict[str, Any], copies: int = 1) -> dict[str, Any]:
        update = self.bot.update(kind, body)
        self._courier.bring(str(chat), update, copies=copies)
        return update

    def answer(self, asked: Asked) -> Reply:
        if asked.path.startswith("/file/"):
            self.calls.append("file")
            return self._faults.met("file", lambda: download(self.bot, unquote(asked.route)))
        named = parsed(asked.path)
        if named is None or named[1] not in METHODS:
            return error(404, "Not Found")
        token, method = named
        self.calls.append(method)
        return self._faults.met(method, lambda: self._carried_out(token, method, asked))

    def _carried_out(self, token: str, method: str, asked: Asked) -> Reply:
        if token != self.bot.token:
            return error(401, "Unauthorized")
        return METHODS[method](self.bot, self._courier, asked)
