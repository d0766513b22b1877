"""Being told: one address for all pages of our application, and each page subscribed to it.

The address is that of the channel that was saved last; events of other pages go from there to their own channels.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from adapters.channels.access import app_of
from adapters.channels.facebook.login import receives
from adapters.channels.graph import app_token, asked, error_code, facts_of, graph, segment
from adapters.channels.graph_body import items
from adapters.channels.graph_errors import CREDENTIALS
from adapters.channels.http_client import Access, Answer
from adapters.channels.keys import TOKEN
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.errors import Conflict

FIELDS = (
    "messages",
    "messaging_postbacks",
    "messaging_optins",
    "messaging_referrals",
    "message_echoes",
    "message_deliveries",
    "message_reads",
    "message_reactions",
    "message_edits",
)


def set_webhook(access: Access, url: str, secret: Secret) -> None:
    """Meta calls the address before it answers: it must be there already."""
    _take_address(access, url, secret)
    answer = asked(
        access, "POST", f"{segment(access.account)}/subscribed_apps", params={"subscribed_fields": ",".join(FIELDS)}
    )
    if facts_of(answer).get("success") is not True:
        raise Conflict("webhook_refused", f"Meta does not subscribe the page (error {error_code(answer)}).")


def delete_webhook(access: Access) -> bool:
    """The page alone: the address stays, for the pages of other channels."""
    answer = graph(access, "DELETE", f"{segment(access.account)}/subscribed_apps")
    return isinstance(answer, Answer) and facts_of(answer).get("success") is True


def trouble(access: Access) -> Degradation | None:
    """Does the page's token still count, and does the page take messages? Raises `Unavailable`."""
    if error_code(asked(access, "GET", segment(access.account), params={"fields": "id"})) in CREDENTIALS:
        return "authorisation"
    return None if receives(access, access.account, access.secret(TOKEN)) else "receiving_disabled"


def _take_address(access: Access, url: str, secret: Secret) -> None:
    app = app_of(access)
    path, token = f"{segment(app.id)}/subscriptions", app_token(app)
    known = [one for one in items(facts_of(asked(access, "GET", path, token=token)), "data") if isinstance(one, dict)]
    now = next((str(one.get("callback_url") or "") for one in known if one.get("object") == "page"), "")
    if now and urlsplit(now).netloc != urlsplit(url).netloc:
        raise Conflict(
            "webhook_foreign", "Meta sends the events of our application to another address; change it there."
        )
    wanted = {"object": "page", "callback_url": url, "verify_token": secret.reveal(), "fields": ",".join(FIELDS)}
    answer = asked(access, "POST", path, token=token, json=wanted)
    if facts_of(answer).get("success") is not True:
        raise Conflict("webhook_refused", "Meta does not take this address: it must be a public https one.")
