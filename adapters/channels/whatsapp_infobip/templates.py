"""First messages: an approved template of the number, filled so that the customer reads what the agent has written.

The agent's text is laid over the wordings of the template at Infobip. Where it does not list them the name is sent as
it is, without placeholders, in the language that is written behind it: `order_ready:ru`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.channels.http_client import Access, Answer
from adapters.channels.outcomes import SendResult, again, failed
from adapters.channels.text import object_of
from adapters.channels.whatsapp_infobip.calls import call, segment, sender_of
from adapters.channels.wordings import in_order, parameters

LANGUAGE = "ru"


def template_content(access: Access, named: str, text: str) -> dict[str, Any] | SendResult:
    """`content` of a message of the template call."""
    name, _, language = named.partition(":")
    found = _approved(access, name)
    if isinstance(found, SendResult):
        return found
    if found is None:
        return _filled(name, language or LANGUAGE, [])
    for one in found:
        if language and one.get("language") != language:
            continue
        values = parameters(_wording(one), text)
        if values is not None:
            return _filled(name, str(one.get("language") or LANGUAGE), in_order(values))
    return failed("template_refused")


def _filled(name: str, language: str, values: list[str]) -> dict[str, Any]:
    return {"templateName": name, "templateData": {"body": {"placeholders": values}}, "language": language}


def _approved(access: Access, name: str) -> list[Mapping[str, Any]] | SendResult | None:
    """The wordings of this name that may be sent. None: Infobip does not tell."""
    answer = call(access, "GET", f"whatsapp/2/senders/{segment(sender_of(access))}/templates")
    if not isinstance(answer, Answer) or answer.status >= 500 or answer.status == 429:
        return again()
    listed = object_of(answer.body).get("templates") if answer.status == 200 else None
    if not isinstance(listed, list):
        return None
    known = [one for one in listed if isinstance(one, Mapping) and one.get("name") == name]
    return [one for one in known if one.get("status", "APPROVED") == "APPROVED"]


def _wording(one: Mapping[str, Any]) -> str:
    """`structure.body` is a text, or an object with one."""
    structure = one.get("structure")
    body = structure.get("body") if isinstance(structure, Mapping) else None
    text = body.get("text") if isinstance(body, Mapping) else body
    return text.strip() if isinstance(text, str) else ""
