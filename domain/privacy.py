"""The privacy record of a tenant: keys made, erasures done. Proof without the data (N01)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from pydantic import ConfigDict, Field

from domain.change import replace
from domain.recorded import Event, KeyId, Stamp


class SubjectKeyCreated(Event):
    """`commitment` binds the key: two keys cannot open one ciphertext to two meanings unnoticed."""

    kind: Literal["privacy.subject_key_created"] = "privacy.subject_key_created"
    subject_key_id: KeyId
    commitment: str


class SubjectErased(Event):
    kind: Literal["privacy.subject_erased"] = "privacy.subject_erased"
    subject_key_ids: tuple[KeyId, ...]
    requested_by: str
    reason: str
    legal_basis: str
    dialogs_count: int


class RetentionApplied(Event):
    kind: Literal["privacy.retention_applied"] = "privacy.retention_applied"
    since: datetime = Field(alias="from", serialization_alias="from")
    to: datetime
    policy: str

    model_config = ConfigDict(populate_by_name=True)


PrivacyEvent = SubjectKeyCreated | SubjectErased | RetentionApplied


@dataclass(frozen=True)
class Privacy:
    keys: int = 0
    erased: int = 0


def evolve(privacy: Privacy, event: PrivacyEvent, stamp: Stamp) -> Privacy:
    match event:
        case SubjectKeyCreated():
            return replace(privacy, keys=privacy.keys + 1)
        case SubjectErased():
            return replace(privacy, erased=privacy.erased + len(event.subject_key_ids))
        case RetentionApplied():
            return privacy
        case _:
            assert_never(event)
