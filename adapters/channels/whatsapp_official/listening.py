"""Being told: the business account is subscribed, with an address of ours instead of the application's own.

The address counts for the whole account. Where it has several numbers, the channel that was saved last gives it, and
what is for the others goes from there to their own channels.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.graph import asked, error_code, facts_of, graph, segment
from adapters.channels.graph_body import items
from adapters.channels.graph_errors import CREDENTIALS
from adapters.channels.http_client import Access, Answer
from adapters.channels.keys import VERIFY_TOKEN, WABA_ID
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.errors import Conflict

OUR_URL = "override_callback_uri"


def set_webhook(access: Access, url: str, secret: Secret) -> Mapping[str, Secret]:
    """Meta calls the address before it answers: it must be there already. It is remembered for its deletion."""
    word = access.secret(VERIFY_TOKEN) or secret.reveal()
    answer = asked(access, "POST", _path(access), json={OUR_URL: url, "verify_token": word})
    if facts_of(answer).get("success") is not True:
        raise Conflict("webhook_refused", f"Meta does not take this address (error {error_code(answer)}).")
    return {OUR_URL: Secret(url)}


def delete_webhook(access: Access) -> bool:
    """Only where the account still calls the address of this channel: another number of it may have taken over."""
    known = graph(access, "GET", _path(access))
    if not isinstance(known, Answer) or known.status != 200:
        return False
    told = [str(one.get(OUR_URL, "")) for one in items(facts_of(known), "data") if isinstance(one, Mapping)]
    ours = access.secret(OUR_URL)
    if ours and any(told) and ours not in told:
        return True
    answer = graph(access, "DELETE", _path(access))
    return isinstance(answer, Answer) and facts_of(answer).get("success") is True


def trouble(access: Access) -> Degradation | None:
    """Does the token still count for the number? Raises `Unavailable`."""
    answer = asked(access, "GET", segment(access.account), params={"fields": "id"})
    return "authorisation" if answer.status != 200 and error_code(answer) in CREDENTIALS else None


def _path(access: Access) -> str:
    return f"{segment(access.secret(WABA_ID))}/subscribed_apps"
