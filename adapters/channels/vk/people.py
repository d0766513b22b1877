"""Who writes: a message of VK holds a number; the name is asked for."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.channels.http_client import Access
from adapters.channels.vk.calls import Refused, asked


def person(access: Access, sender: str) -> Mapping[str, str]:
    """Raises `Unavailable`."""
    if not sender.isdigit():
        return {}
    try:
        answer = asked(access, "users.get", {"user_ids": sender, "fields": "photo_100"})
    except Refused:
        return {}
    found = answer[0] if isinstance(answer, list) and answer and isinstance(answer[0], Mapping) else {}
    name = " ".join(str(found[part]) for part in ("first_name", "last_name") if found.get(part))
    told = {"name": name, "avatar": str(found.get("photo_100") or "")}
    return {name: value for name, value in told.items() if value}
