"""What the connecting page shows: the form of the channel's kind, what was found, who can receive. Blocking."""

from __future__ import annotations

from typing import Any

from adapters.bots.registry import Registry
from adapters.channels.checks import form_of
from adapters.channels.connecting import Connector
from adapters.http.parts import Parts
from adapters.http.reading import reading
from adapters.http.tokens import Grant
from adapters.views import queries
from adapters.web.explain import noted
from adapters.web.views import VIEWS, Row
from domain.channel import Channel
from domain.kinds import KINDS

LABELS = {
    "token": noted("HTTP API token"),
    "key": noted("Key"),
    "channel_id": noted("Channel ID"),
    "namespace_id": noted("Namespace ID (not required)"),
    "signing_key": noted("Signing key (not required)"),
    "api_key": noted("API key"),
    "webhook_password": noted("Password of our address (not required)"),
    "base_url": noted("Address of the provider, if it is a special one"),
    "number": noted("Number, if it is not found by itself"),
    "address": noted("Company e-mail"),
    "login": noted("Login, if it is not the address"),
    "password": noted("Password for applications"),
    "imap_host": noted("IMAP server, if we do not know it"),
    "imap_port": noted("IMAP port"),
    "smtp_host": noted("SMTP server, if we do not know it"),
    "smtp_port": noted("SMTP port"),
}


def read_connecting(parts: Parts, connector: Connector, grant: Grant, channel: str) -> Row:
    """Raises `NotFound`."""
    state = connector.accesses.state(grant.tenant, channel)
    with reading(parts, VIEWS) as (connection, where):
        agents, groups = queries.agents(connection, grant.tenant), queries.groups(connection, grant.tenant)
        row = queries.channel(connection, grant.tenant, channel) or {}
    return {
        "channel": {"channel": channel, "kind": state.kind, "name": state.name},
        "state": state,
        "fields": form_of(state.kind),
        "receivers": _receivers(parts, connector, grant, state, agents, groups),
        "account": (row.get("pending") or {}).get("bot_name") or row.get("bot_name") or _account(state),
        "waiting": state.candidate is not None,
        "hook": connector.hook_url(grant.tenant, channel, state) if KINDS[state.kind].shows_url else None,
        "numbers": [one.external_id for one in state.objects] if KINDS[state.kind].named_by == "number" else [],
        "offered": state.objects if KINDS[state.kind].connects_by == "oauth" else (),
        "several": KINDS[state.kind].objects == "several",
        "consent": state.consent if state.consent and state.consent.user == grant.actor else None,
        "position": where.position,
    }


def _receivers(
    parts: Parts, connector: Connector, grant: Grant, state: Channel, agents: list[Row], groups: list[Row]
) -> list[dict[str, Any]]:
    """Whom the kind allows, and who can receive now (A08, A09)."""
    kinds = KINDS[state.kind].receivers
    found = [("group", one["group"], one["name"]) for one in groups if not one.get("archived")]
    found += [("agent", one["agent"], one["name"]) for one in agents if one.get("active", True)]
    if "bot" in kinds:
        registry = Registry(parts.database, parts.vault, connector.executor, private=parts.private_bots)
        found += [("bot", one["bot"], one["name"]) for one in registry.list(grant.tenant)]
    chosen = state.settings.receiver
    return [
        {
            "value": f"{kind}:{ident}",
            "kind": kind,
            "name": name or ident,
            "chosen": chosen is not None and (chosen.kind, chosen.id) == (kind, ident),
        }
        for kind, ident, name in found
        if kind in kinds
    ]


def _account(state: Channel) -> str | None:
    """What is connected, or would be with the next Save, as the provider calls it."""
    link = state.next_link
    if link.external_id is None:
        return link.login.name if link.login else None
    offered = link.offers(link.external_id)
    if offered is not None:
        return offered.name
    return link.login.name if link.login else link.external_id
