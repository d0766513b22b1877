"""Connecting a bot: is the token one, whose is it, and where do its updates go (D01-D05)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from adapters.channels.contract import Account
from adapters.channels.http_client import Access, Answer
from adapters.channels.telegram.outbound import ask
from adapters.channels.text import object_of
from adapters.vault.secrets import Secret
from domain.errors import Conflict, Unavailable

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "message_reaction")
NOT_FOUND = (401, 404)


def check_token(access: Access) -> Account | None:
    """The bot behind the token; None: «Бот не найден»."""
    answer = _asked(access, "getMe", {})
    if answer.status in NOT_FOUND:
        return None
    result = object_of(answer.body).get("result")
    if answer.status != 200 or not isinstance(result, dict) or "id" not in result:
        raise _unavailable()
    return Account(str(result["id"]), str(result.get("first_name", "")), result.get("username"))


def foreign_webhook(access: Access, ours: str) -> str | None:
    """The host that gets the bot's updates now, if its webhook is not `ours`. Setting ours would take them away."""
    result = object_of(_asked(access, "getWebhookInfo", {}).body).get("result")
    url = str(result.get("url") or "") if isinstance(result, dict) else ""
    if not url or url == ours:
        return None
    return urlsplit(url).hostname or "unknown"


def set_webhook(access: Access, url: str, secret: Secret) -> None:
    """From now on Telegram posts updates to `url`, each with the secret header."""
    wanted = {"url": url, "secret_token": secret.reveal(), "allowed_updates": ALLOWED_UPDATES}
    answer = _asked(access, "setWebhook", wanted)
    if answer.status == 400:
        raise Conflict("webhook_refused", "Telegram does not take this address: it must be a public https one.")
    if answer.status != 200:
        raise _unavailable()


def delete_webhook(access: Access) -> bool:
    answer = ask(access, "deleteWebhook", {})
    return isinstance(answer, Answer) and answer.status == 200


def _asked(access: Access, method: str, body: dict[str, Any]) -> Answer:
    answer = ask(access, method, body)
    if not isinstance(answer, Answer):
        raise _unavailable()
    return answer


def _unavailable() -> Unavailable:
    return Unavailable("provider_unavailable", "Telegram does not answer now; the token was not checked.")
