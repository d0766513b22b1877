"""First messages: an approved template ("HSM") of the account's namespace, filled so that the customer reads what the
agent has written.

The agent's text is laid over the wordings of the template, as the key's list shows them. Where there is no such list
(unconfirmed) the name is sent as it is, without parameters, in the language behind it: `order_ready:ru`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from adapters.channels.http_client import Access, Answer
from adapters.channels.outcomes import SendResult, again, failed
from adapters.channels.whatsapp_messagebird.calls import integrations
from adapters.channels.wordings import in_order, parameters

LANGUAGE = "ru"
LIST = "v3/platforms/whatsapp/templates"


def hsm(access: Access, named: str, text: str) -> dict[str, Any] | SendResult:
    """`content.hsm` of a message."""
    name, _, language = named.partition(":")
    found = _approved(access, name)
    if isinstance(found, SendResult):
        return found
    if found is None:
        return _filled(access, name, language or LANGUAGE, [])
    for one in found:
        if language and one.get("language") != language:
            continue
        values = parameters(_wording(one), text)
        if values is not None:
            return _filled(access, name, str(one.get("language") or LANGUAGE), in_order(values))
    return failed("template_refused")


def _filled(access: Access, name: str, language: str, values: list[str]) -> dict[str, Any]:
    return {
        "namespace": access.values.get("namespace_id", ""),
        "templateName": name,
        "language": {"policy": "deterministic", "code": language},
        "params": [{"default": value} for value in values],
    }


def _approved(access: Access, name: str) -> list[Mapping[str, Any]] | SendResult | None:
    """The wordings of this name that may be sent. None: MessageBird does not tell."""
    answer = integrations(access, LIST, {"limit": "100", "name": name})
    if not isinstance(answer, Answer) or answer.status >= 500 or answer.status == 429:
        return again()
    if answer.status != 200:
        return None
    return [one for one in _listed(answer.body) if one.get("name") == name and _may_be_sent(one)]


def _listed(body: bytes) -> list[Mapping[str, Any]]:
    """A list of `items`, or a bare one: both have been seen."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return []
    found = value.get("items") if isinstance(value, dict) else value
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _may_be_sent(one: Mapping[str, Any]) -> bool:
    return str(one.get("status", "APPROVED")).upper() == "APPROVED"


def _wording(one: Mapping[str, Any]) -> str:
    parts = one.get("components")
    listed = [part for part in parts if isinstance(part, Mapping)] if isinstance(parts, list) else []
    bodies = [part for part in listed if str(part.get("type", "")).upper() == "BODY"]
    return str(bodies[0].get("text", "")).strip() if bodies else ""
