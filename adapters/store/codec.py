"""The form of an event on disk and on the wire: its data as JSON, personal fields as ciphertext.

An old shape is lifted to today's on reading, by one function a step; nothing stored is ever rewritten (K11).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from json.encoder import encode_basestring_ascii
from typing import Any

from adapters.vault.vault import Vault
from domain.recorded import Event, Meta, Recorded
from domain.streams import EVENTS

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
UPCASTERS: dict[tuple[str, int], Upcaster] = {}
"""(kind, schema) → the function that lifts the data of that schema to the next one."""


class UnknownEvent(Exception):
    """A kind or a shape from a newer release: this reader skips it and counts it."""


class Codec:
    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def encode(self, tenant: str, event: Event) -> bytes:
        """Seal the personal fields and write JSON. The event must carry `subject_key_id` if it has any."""
        personal = [(name, value) for name in event.personal if (value := getattr(event, name))]
        if not personal:
            return event.__pydantic_serializer__.to_json(event, by_alias=True)
        key_id: str = event.subject_key_id  # type: ignore[attr-defined]
        rest = event.__pydantic_serializer__.to_json(event, by_alias=True, exclude={name for name, _ in personal})
        parts = [rest[:-1]]
        for name, value in personal:
            sealed = self._vault.seal(tenant, key_id, f"{event.kind}.{name}", _plain(value))
            parts.append(b',"%b":{"sealed":"%b"}' % (name.encode(), sealed))
        return b"".join((*parts, b"}"))

    def opened(self, tenant: str, event: Event) -> Event:
        """The same event with its personal fields readable. `KeyGone` if the customer was erased."""
        fields = {
            name: self._vault.open(tenant, event.subject_key_id, f"{event.kind}.{name}", value)  # type: ignore[attr-defined]
            for name in type(event).personal
            if (value := getattr(event, name))
        }
        if not fields:
            return event
        return type(event).model_validate(event.model_dump(by_alias=True) | fields)


def decode(kind: str, schema: int, data: bytes) -> Event:
    """Sealed fields stay sealed."""
    known = EVENTS.get(kind)
    if known is None or schema > known.version_of_shape:
        raise UnknownEvent(f"{kind}.v{schema}")
    if schema == known.version_of_shape:
        event: Event = known.__pydantic_validator__.validate_json(data)
        return event
    facts: dict[str, Any] = json.loads(data)
    for step in range(schema, known.version_of_shape):
        facts = UPCASTERS[kind, step](facts)
    return known.model_validate(facts)


def encode_meta(meta: Meta) -> bytes:
    return meta.__pydantic_serializer__.to_json(meta, exclude_none=True)


class MetaWriter:
    """Writes the metas of one batch: what is the same for many commands is encoded once, only their ids differ.

    Values are compared by identity, so the writer must not live longer than the batch that holds them.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, str | None, int], bytes] = {}

    def encode(self, meta: Meta) -> bytes:
        if meta.causation_id or meta.correlation_id or meta.command_id is None:
            return encode_meta(meta)
        key = (id(meta.actor), meta.command, id(meta.policies))
        known = self._known.get(key)
        if known is None:
            shared = meta.model_copy(update={"command_id": None, "occurred_at": None})
            known = self._known[key] = encode_meta(shared)[:-1]
        own = b',"command_id":%b' % encode_basestring_ascii(meta.command_id).encode()
        if meta.occurred_at is not None:
            own += b',"occurred_at":"%b"' % meta.occurred_at.isoformat().encode()
        return b"%b%b}" % (known, own)


def decode_meta(data: bytes) -> Meta:
    meta: Meta = Meta.__pydantic_validator__.validate_json(data)
    return meta


def to_public(recorded: Recorded, data: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The envelope of behaviour.md §2 as JSON values: the body of the pull API and of `parley tail`."""
    meta = recorded.meta.model_dump(mode="json", exclude_none=True)
    return {
        "event_id": recorded.event_id,
        "tenant_id": recorded.tenant,
        "stream": recorded.stream,
        "version": recorded.version,
        "position": recorded.position,
        "type": recorded.event.kind,
        "schema": recorded.event.version_of_shape,
        "occurred_at": meta.get("occurred_at") or iso(recorded.recorded_at),
        "recorded_at": iso(recorded.recorded_at),
        "actor": meta["actor"],
        "command": meta.get("command"),
        "command_id": meta.get("command_id"),
        "causation_id": meta.get("causation_id"),
        "correlation_id": meta.get("correlation_id"),
        "policies": meta.get("policies", []),
        "data": data if data is not None else recorded.event.model_dump(mode="json", by_alias=True),
    }


def iso(moment: datetime) -> str:
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _plain(value: Any) -> Any:
    """A personal field as plain JSON values: a text, a map, or a list of attachments."""
    if isinstance(value, tuple):
        return [one.model_dump(mode="json") for one in value]
    return value
