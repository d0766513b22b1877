"""What a manager of ours types once the number is arranged with Meta, asked about at the Graph API (C03).

The token is a system user's, which does not end; with the application's secret every call is signed, so that a wrong
secret is found here and not when the first webhook comes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from adapters.channels.contract import KeysFound
from adapters.channels.graph import asked, error_code, facts_of, segment
from adapters.channels.graph_body import items
from adapters.channels.graph_errors import CREDENTIALS
from adapters.channels.http_client import Access, Answer
from adapters.channels.keys import APP_SECRET, TOKEN, VERIFY_TOKEN, WABA_ID
from adapters.vault.secrets import Secret
from domain.channel import KeysOutcome
from domain.errors import Invalid, Problem

NEEDED = {"waba_id": WABA_ID, "access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": VERIFY_TOKEN}
"""The fields that are typed, and the names under which the vault keeps them."""
BAD_PARAMETER = 100


def check_activation(access: Access, typed: Mapping[str, Secret]) -> KeysFound:
    missing = [name for name in NEEDED if name not in typed]
    names = [*missing, *(["phone_number_id"] if not access.account else [])]
    if names:
        raise Invalid([Problem(field=name, code="required", sentence=f"{name} must be given.") for name in names])
    seen = replace(access, secrets={kept: typed[name] for name, kept in NEEDED.items()})
    fields = {"fields": "display_phone_number,verified_name,quality_rating"}
    number = asked(seen, "GET", segment(access.account), params=fields)
    if (refused := _refused(number)) is not None:
        return KeysFound(outcome=refused)
    of_account = asked(seen, "GET", f"{segment(seen.secret(WABA_ID))}/phone_numbers", params={"fields": "id"})
    if (refused := _refused(of_account)) is not None:
        return KeysFound(outcome=refused)
    if access.account not in {
        str(one.get("id")) for one in items(facts_of(of_account), "data") if isinstance(one, dict)
    }:
        return KeysFound(outcome="channel_id_unknown")
    phone = str(facts_of(number).get("display_phone_number", ""))
    return KeysFound(outcome="verified", phone=phone, secrets=seen.secrets)


def _refused(answer: Answer) -> KeysOutcome | None:
    """Error 100 is both "no such object" and "this call is signed with another secret"."""
    if answer.status == 200:
        return None
    error = facts_of(answer).get("error")
    told = str(error.get("message", "")) if isinstance(error, dict) else ""
    code = error_code(answer)
    wrong_secret = code == BAD_PARAMETER and "appsecret_proof" in told
    return "credentials_rejected" if wrong_secret or code in CREDENTIALS or code is None else "channel_id_unknown"
