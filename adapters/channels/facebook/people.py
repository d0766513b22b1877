"""Who writes: a webhook brings an id that is good for our page alone; Graph tells the name to the page.

Meta may keep it to itself (the feature "Business Asset User Profile Access" of the application): then he stays without.
"""

from __future__ import annotations

from adapters.channels.graph import asked, error_code, facts_of, segment
from adapters.channels.graph_errors import CREDENTIALS
from adapters.channels.http_client import Access
from domain.errors import NotAllowed, NotFound

FIELDS = "name,first_name,last_name,profile_pic"


def who_is(access: Access, psid: str) -> dict[str, str]:
    """Raises `NotAllowed`, `NotFound`, `Unavailable`."""
    answer = asked(access, "GET", segment(psid), params={"fields": FIELDS})
    if error_code(answer) in CREDENTIALS:
        raise NotAllowed("bad_credentials", "Meta does not accept the page's token.")
    if answer.status != 200:
        raise NotFound("not_found_there", "Meta does not tell who this is.")
    facts = facts_of(answer)
    parts = [str(facts.get(part) or "") for part in ("first_name", "last_name")]
    told = {"name": facts.get("name") or " ".join(parts).strip(), "avatar": facts.get("profile_pic")}
    return {field: value for field, value in told.items() if isinstance(value, str) and value}
