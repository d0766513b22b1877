"""Bodies as Meta posts them, small, for the tests of both of its channels; letters are escaped as Meta escapes them."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

from adapters.vault.secrets import Secret

APP_SECRET = Secret("an app secret")
PAGE, PSID = "4041", "1423587017700273"
NUMBER_ID, PHONE, BSUID = "106540352242922", "16505551234", "US.13491208655302741918"


def raw(body: object) -> bytes:
    return json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode()


def signed(body: bytes, secret: Secret = APP_SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": "sha256=" + hmac.new(secret.reveal().encode(), body, hashlib.sha256).hexdigest()}


def event(**what: Any) -> dict[str, Any]:
    """A customer's event of Messenger."""
    return {"sender": {"id": PSID}, "recipient": {"id": PAGE}, "timestamp": 1_700_000_000_250} | what


def page(*events: Any, id: str = PAGE) -> dict[str, Any]:
    return {"object": "page", "entry": [{"id": id, "time": 1, "messaging": list(events)}]}


def change(field: str = "messages", **value: Any) -> dict[str, Any]:
    metadata = {"display_phone_number": "15550783881", "phone_number_id": NUMBER_ID}
    return {"field": field, "value": {"messaging_product": "whatsapp", "metadata": metadata} | value}


def waba(*changes: Any) -> dict[str, Any]:
    return {"object": "whatsapp_business_account", "entry": [{"id": "4195", "changes": list(changes)}]}


def contact(**more: Any) -> dict[str, Any]:
    return {"profile": {"name": "Sheena"}, "wa_id": PHONE} | more


def writes(id: str = "wamid.1", type: str = "text", **what: Any) -> dict[str, Any]:
    content = what or {"text": {"body": "Добрый день 👋"}}
    return {"from": PHONE, "id": id, "timestamp": "1700000000", "type": type} | content
