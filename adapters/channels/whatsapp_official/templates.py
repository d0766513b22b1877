"""First messages: an approved template by its name, filled so that the customer reads what the agent has written.

The agent's text is laid over the wordings of the template at Meta, language by language; what stands in the places of
`{{1}}`, `{{name}}` are the parameters. Where Meta does not list its templates (a token without that right) the name is
sent as it is, without parameters, in the language that is written behind it: `order_ready:ru`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from adapters.channels.graph import facts_of, graph, segment
from adapters.channels.graph_body import items
from adapters.channels.http_client import Access, Answer
from adapters.channels.keys import WABA_ID
from adapters.channels.outcomes import SendResult, again, failed
from adapters.channels.wordings import parameters

LANGUAGE = "ru"
FIELDS = "name,language,status,components,parameter_format"


@dataclass(frozen=True, slots=True)
class Wording:
    """`template` as the Cloud API takes it."""

    body: dict[str, Any]


def template_body(access: Access, named: str, text: str) -> Wording | SendResult:
    name, _, language = named.partition(":")
    found = _approved(access, name)
    if isinstance(found, SendResult):
        return found
    if found is None:
        return Wording({"name": name, "language": {"code": language or LANGUAGE}})
    for one in found:
        if language and one.get("language") != language:
            continue
        values = parameters(_wording(one), text)
        if values is not None:
            return Wording(_filled(name, one, values))
    return failed("template_refused")


def _approved(access: Access, name: str) -> list[Mapping[str, Any]] | SendResult | None:
    """The wordings of this name that may be sent. None: Meta does not tell."""
    waba = access.secret(WABA_ID)
    if not waba:
        return None
    answer = graph(access, "GET", f"{segment(waba)}/message_templates", params={"name": name, "fields": FIELDS})
    if not isinstance(answer, Answer) or answer.status >= 500 or answer.status == 429:
        return again()
    if answer.status != 200:
        return None
    listed = [one for one in items(facts_of(answer), "data") if isinstance(one, Mapping)]
    return [one for one in listed if one.get("name") == name and one.get("status", "APPROVED") == "APPROVED"]


def _wording(one: Mapping[str, Any]) -> str:
    bodies = [part for part in items(one, "components") if isinstance(part, Mapping) and part.get("type") == "BODY"]
    return str(bodies[0].get("text", "")).strip() if bodies else ""


def _filled(name: str, one: Mapping[str, Any], values: list[tuple[str, str]]) -> dict[str, Any]:
    body: dict[str, Any] = {"name": name, "language": {"code": str(one.get("language", LANGUAGE))}}
    named = one.get("parameter_format") == "NAMED"
    told = [{"type": "text", **({"parameter_name": place} if named else {}), "text": value} for place, value in values]
    return body | ({"components": [{"type": "body", "parameters": told}]} if told else {})
