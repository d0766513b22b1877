"""Checking the key, and the numbers among which one is to be chosen (C16).

No call is documented that lists the WhatsApp numbers of an account (unconfirmed). We ask for them as the double answers
it; where Infobip does not know that call, for the numbers that the account has bought. A number that is in neither list
is typed with the key, and Infobip is asked about that number.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.channels.contract import KeysFound
from adapters.channels.http_client import Access, Answer
from adapters.channels.text import object_of
from adapters.channels.whatsapp_infobip.calls import API_KEY, NOT_LET_IN, NUMBER, asked, segment, sender_of
from adapters.channels.whatsapp_infobip.webhook import PASSWORD
from adapters.vault.secrets import Secret
from domain.channel import Degradation
from domain.errors import Invalid, Problem, Unavailable

LISTS = (
    ("whatsapp/1/senders", "senders", ("sender", "number", "phoneNumber")),
    ("numbers/1/numbers", "numbers", ("number",)),
)
"""Path, the field that holds the list, and those of an item that may hold the number."""
KEPT = (API_KEY, PASSWORD)


def check_keys(access: Access, typed: Mapping[str, Secret]) -> KeysFound:
    """Raises `Unavailable`, or `Invalid` where a number must be typed, or is none of the account's."""
    number = re.sub(r"\D", "", typed[NUMBER].reveal()) if NUMBER in typed else ""
    numbers = _typed(access, number) if number else _listed(access)
    if numbers is None:
        return KeysFound(outcome="credentials_rejected")
    secrets = {name: typed[name] for name in KEPT if name in typed}
    return KeysFound(outcome="verified", numbers=numbers, secrets=secrets)


def trouble(access: Access) -> Degradation | None:
    """Is the key still good for our number?"""
    answer = asked(access, "GET", f"whatsapp/1/senders/{segment(sender_of(access))}/business-info")
    return "authorisation" if answer.status in NOT_LET_IN else None


def _typed(access: Access, number: str) -> tuple[str, ...] | None:
    answer = asked(access, "GET", f"whatsapp/1/senders/{segment(number)}/business-info")
    if answer.status in NOT_LET_IN:
        return None
    if answer.status < 300 and not object_of(answer.body):
        raise Unavailable("provider_unavailable", "What answers at this address is not Infobip; nothing was changed.")
    if answer.status != 200:
        raise _number("number_not_offered", "number is none that Infobip knows for this key.")
    return (number,)


def _listed(access: Access) -> tuple[str, ...] | None:
    """None: the key is not theirs."""
    for path, name, fields in LISTS:
        answer = asked(access, "GET", path)
        if answer.status in NOT_LET_IN:
            return None
        if found := _numbers(answer, name, fields):
            return found
    raise _number("required", "number must be typed with the key: Infobip lists none.")


def _numbers(answer: Answer, name: str, fields: tuple[str, ...]) -> tuple[str, ...]:
    listed = object_of(answer.body).get(name) if answer.status == 200 else None
    items = listed if isinstance(listed, list) else []
    found = (re.sub(r"\D", "", _of_item(one, fields)) for one in items)
    return tuple(dict.fromkeys(number for number in found if number))


def _of_item(one: Any, fields: tuple[str, ...]) -> str:
    """An item is a number, or an object that holds one."""
    if isinstance(one, Mapping):
        return next((str(one[name]) for name in fields if isinstance(one.get(name), str | int)), "")
    return one if isinstance(one, str) else ""


def _number(code: str, sentence: str) -> Invalid:
    return Invalid([Problem(field=NUMBER, code=code, sentence=sentence)])
