"""Our address at Avito, and its files. The webhook is the account's: whoever sets it last gets the messages."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from adapters.channels.avito.calls import EXPIRED, asked, call, unavailable
from adapters.channels.files import FileRequest, FileWanted, plain_request
from adapters.channels.http_client import Access, Answer
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.errors import Conflict, NotFound

ADDRESS = "webhook_address"
_REFUSED = "Avito does not take this address: it must be a public https one that answers within two seconds."


def set_webhook(access: Access, url: str) -> Mapping[str, Secret]:
    answer = call(access, "POST", "/messenger/v3/webhook", json={"url": url})
    if not isinstance(answer, Answer) or answer.status >= 500 or answer.status == 429:
        raise unavailable()
    if answer.status == 402:
        raise Conflict("no_messenger_subscription", "The account has no paid access to messages.")
    if answer.status in EXPIRED:
        raise Conflict("bad_credentials", "Avito does not accept the token any more; log in again.")
    if answer.status != 200:
        raise Conflict("webhook_refused", _REFUSED)
    return {ADDRESS: Secret(url)}


def delete_webhook(access: Access) -> bool:
    url = access.secret(ADDRESS)
    if not url:
        return False
    answer = call(access, "POST", "/messenger/v1/webhook/unsubscribe", json={"url": url})
    return isinstance(answer, Answer) and answer.status == 200


def trouble(access: Access) -> Degradation | None:
    answer = call(
        access, "GET", f"/messenger/v2/accounts/{access.account}/chats", params={"unread_only": "true", "limit": "1"}
    )
    if not isinstance(answer, Answer):
        raise unavailable()
    if answer.status in EXPIRED:
        return "authorisation"
    if answer.status == 402:
        return "entitlement"
    if answer.status != 200:
        raise unavailable()
    return None


def who_is(access: Access, chat: str) -> dict[str, str]:
    """The other one in this chat."""
    path = f"/messenger/v2/accounts/{access.account}/chats/{quote(chat, safe='')}"
    found = asked(access, "GET", path)
    users = found.get("users") if isinstance(found, Mapping) else None
    others = [one for one in users or () if isinstance(one, Mapping) and str(one.get("id")) != access.account]
    person = others[0] if others else {}
    profile = person.get("public_user_profile")
    avatar = profile.get("avatar") if isinstance(profile, Mapping) else None
    picture = avatar.get("default") if isinstance(avatar, Mapping) else None
    told = {"name": person.get("name"), "avatar": picture}
    return {field: value for field, value in told.items() if isinstance(value, str) and value}


def file_request(access: Access, wanted: FileWanted) -> FileRequest | None:
    """A voice message is told by its id alone; the address of its file lasts an hour."""
    if wanted.type != "voice" or not wanted.ref:
        return plain_request(wanted)
    path = f"/messenger/v1/accounts/{access.account}/getVoiceFiles"
    found = asked(access, "GET", path, params={"voice_ids": wanted.ref})
    urls = found.get("voices_urls") if isinstance(found, Mapping) else None
    url = urls.get(wanted.ref) if isinstance(urls, Mapping) else None
    if not isinstance(url, str):
        raise NotFound("not_found_there", "Avito has this voice message no more.")
    return FileRequest(url=url)
