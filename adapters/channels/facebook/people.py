"""Who writes: Messenger gives an id of one page alone; the name is told to whoever may ask, often to nobody."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.graph import asked, facts_of, segment
from adapters.channels.http_client import Access

FIELDS = "first_name,last_name,name,profile_pic"


def who_is(access: Access, external_id: str) -> Mapping[str, str]:
    """Empty where Meta does not tell: the customer has not allowed it, or our application may not ask."""
    answer = asked(access, "GET", segment(external_id), params={"fields": FIELDS})
    facts = facts_of(answer) if answer.status == 200 else {}
    parts = [str(facts[name]) for name in ("first_name", "last_name") if facts.get(name)]
    told = {"name": str(facts.get("name") or " ".join(parts)), "avatar": str(facts.get("profile_pic") or "")}
    return {name: value for name, value in told.items() if value}
