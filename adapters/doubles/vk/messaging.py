"""Methods about messages: sending with `random_id`, files, and the people at the other end."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from time import time
from typing import Any

from adapters.doubles.vk.callbacks import Callbacks
from adapters.doubles.vk.communities import Community, Holder, Refusal, Said, Vk

Fields = Mapping[str, str]
LONGEST_TEXT = 9000
MOST_PEERS = 100
_ATTACHMENT = re.compile(r"(photo|doc)(-?\d+)_(\d+)(_\w+)?")


def send(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    community = _writing(vk, holder)
    _checked(fields)
    if "peer_ids" not in fields:
        return _sent(vk, callbacks, community, int(fields.get("peer_id", "0")), fields)
    peers = [int(one) for one in fields["peer_ids"].split(",")][:MOST_PEERS]
    return [_one_of_many(vk, callbacks, community, peer, fields) for peer in peers]


def one(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    """Typing, reading, answering a pressed button: nothing but the token is looked at."""
    _writing(vk, holder)
    return 1


def users_get(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    named = [int(one) for one in fields.get("user_ids", "").split(",") if one.isdigit()][:1000]
    asked = named or ([holder.person] if holder.person is not None else [])
    return [vk.people[number].profile() for number in asked if number in vk.people]


def _writing(vk: Vk, holder: Holder) -> Community:
    if holder.group is None or "messages" not in holder.scopes:
        raise Refusal(15, "Access denied: no access to call this method.")
    community = vk.community(holder.group)
    if not community.receives:
        raise Refusal(15, "Access denied: group messages are disabled.")
    return community


def _checked(fields: Fields) -> None:
    text, number = fields.get("message", ""), fields.get("random_id", "")
    if not number.lstrip("-").isdigit():
        raise Refusal(100, "One of the parameters specified was missing or invalid: random_id is undefined")
    if not text.strip() and not fields.get("attachment"):
        raise Refusal(100, "One of the parameters specified was missing or invalid: message is empty or invalid")
    if len(text) > LONGEST_TEXT:
        raise Refusal(914, "Message is too long")
    if any(not _ATTACHMENT.fullmatch(one) for one in _attached(fields)):
        raise Refusal(100, "One of the parameters specified was missing or invalid: attachment is invalid")


def _one_of_many(vk: Vk, callbacks: Callbacks, community: Community, peer: int, fields: Fields) -> dict[str, Any]:
    try:
        number = _sent(vk, callbacks, community, peer, fields)
    except Refusal as refusal:
        return {"peer_id": peer, "error": {"code": refusal.code, "description": refusal.message}}
    return {"peer_id": peer, "message_id": number, "conversation_message_id": number}


def _sent(vk: Vk, callbacks: Callbacks, community: Community, peer: int, fields: Fields) -> int:
    """The same `random_id` to the same person is one message: the second call hears its number."""
    person, random_id = vk.people.get(peer), int(fields["random_id"])
    if person is not None and community.id in person.bans:
        raise Refusal(900, "Can't send messages for users from blacklist")
    if person is None or community.id not in person.allows:
        raise Refusal(901, "Can't send messages for users without permission")
    with vk.lock:
        known = community.by_random_id.get((peer, random_id)) if random_id else None
        if known is not None:
            return known
        number = community.by_random_id[peer, random_id] = next(vk.numbers)
        reply_to = int(fields["reply_to"]) if fields.get("reply_to", "").isdigit() else None
        attached = _attached(fields)
        text = fields.get("message", "")
        vk.sent.append(Said(community.id, str(peer), text, number, random_id, reply_to, attached))
    callbacks.tell(community, "message_reply", _own(community, peer, number, text, random_id))
    return number


def _own(community: Community, peer: int, number: int, text: str, random_id: int) -> dict[str, Any]:
    facts = {"id": number, "date": int(time()), "peer_id": peer, "from_id": -community.id, "out": 1, "text": text}
    return facts | {"random_id": random_id, "attachments": [], "fwd_messages": [], "conversation_message_id": number}


def _attached(fields: Fields) -> tuple[str, ...]:
    return tuple(one for one in fields.get("attachment", "").split(",") if one)


def upload_server(kind: str) -> Any:
    def method(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
        community = _writing(vk, holder)
        wanted = "photo" if kind == "photo" else fields.get("type", "doc")
        return {"upload_url": f"{fields['double']}/upload/{wanted}?group={community.id}", "group_id": community.id}

    return method


def save_photo(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    community, name = _writing(vk, holder), _uploaded(vk, fields, "photo")
    sizes = [{"type": "x", "url": f"{fields['double']}/files/{name}", "width": 604, "height": 403}]
    return [{"id": next(vk.numbers), "owner_id": -community.id, "access_key": "k1", "sizes": sizes}]


def save_doc(vk: Vk, callbacks: Callbacks, holder: Holder, fields: Fields) -> Any:
    community, name = _writing(vk, holder), _uploaded(vk, fields, "file")
    kind, facts = "doc", {"id": next(vk.numbers), "owner_id": -community.id, "access_key": "k2"}
    title, content = vk.uploads[name]
    if name.startswith("audio_message"):
        kind = "audio_message"
    shown = {"title": fields.get("title") or title, "size": len(content), "url": f"{fields['double']}/files/{name}"}
    return {"type": kind, kind: {**facts, **shown}}


def _uploaded(vk: Vk, fields: Fields, field: str) -> str:
    """The name under which an upload is kept, which its answer carried."""
    try:
        name = json.loads(fields.get(field, ""))["kept"]
    except (ValueError, KeyError, TypeError):
        name = None
    if name not in vk.uploads:
        raise Refusal(100, f"One of the parameters specified was missing or invalid: {field} is invalid")
    return str(name)
