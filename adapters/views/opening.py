"""Opening personal fields at a door: the keys of all rows in one query, then field by field."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from adapters.vault import KeyGone, Vault
from domain.recorded import Sealed
from projections.base import projections, veiled_fields

VEILED = {name: "subject_key_id" for one in projections().values() for name in veiled_fields(one.row)}
"""Personal column → the column that names its key."""
BEFORE = "before"
"""A column with earlier wordings of a message: each has a personal `body`, under the key of its row."""
JOINED = {"customer_profile": "customer_key_id"}


def opened(vault: Vault, tenant: str, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows with readable fields: texts, lists of attachments, profiles; None where there is nothing.

    A row whose customer was erased keeps its place, without the fields, and says `erased: True`.
    """
    columns = VEILED | JOINED
    keys = {row[key] for row in rows for name, key in columns.items() if row.get(name) and row.get(key)}
    vault.load_keys(tenant, sorted(keys))
    return [_opened(vault, tenant, row, columns) for row in rows]


def _opened(vault: Vault, tenant: str, row: dict[str, Any], columns: dict[str, str]) -> dict[str, Any]:
    result = {**row, "erased": False}
    for name, key in columns.items():
        if name in row:
            try:
                result[name] = unveil(vault, tenant, row.get(key), row[name])
            except KeyGone:
                result |= {name: None, "erased": True}
    if row.get(BEFORE):
        result[BEFORE] = [] if result["erased"] else [_wording(vault, tenant, row, one) for one in row[BEFORE]]
    return result


def _wording(vault: Vault, tenant: str, row: dict[str, Any], one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "body": unveil(vault, tenant, row["subject_key_id"], one["body"])}


def unveil(vault: Vault, tenant: str, key_id: str | None, text: str | None) -> Any:
    """The reverse of `projections.base.veil`. Raises KeyGone."""
    if not text:
        return None
    label, _, content = text.partition("|")
    if not label:
        return json.loads(content)
    return vault.open(tenant, key_id or "", label, Sealed(sealed=content))
