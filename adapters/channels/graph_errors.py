"""What a refusal of the Graph API means: the number in its `error` counts, the status only where there is none.

The meanings of the numbers are data of each kind; those that all of Meta shares stand here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.channels.graph import error_of
from adapters.channels.outcomes import SendResult, again, answer_lost, bad_credentials, failed
from adapters.channels.text import object_of

GATEWAY_TIMED_OUT = 504
ACCOUNT_STOPPED = 368
USAGE = "x-business-use-case-usage"
RATE = dict.fromkeys((4, 17, 32, 341, 613, 80007, 130429), "rate_limited")
BUSY = dict.fromkeys((1, 2), "provider_unavailable")
CREDENTIALS = frozenset({0, 3, 10, 102, 190, 467}) | frozenset(range(200, 300))


@dataclass(frozen=True, slots=True)
class Meanings:
    """Rows of the table of errors, by Meta's number. `subcodes` come first; `stopped`: only the account's owner can
    mend it, with Meta."""

    later: Mapping[int, str] = field(default_factory=dict)
    refusals: Mapping[int, str] = field(default_factory=dict)
    subcodes: Mapping[int, str] = field(default_factory=dict)
    stopped: Mapping[int, str] = field(default_factory=dict)
    credentials: frozenset[int] = frozenset()


def refused(status: int, body: bytes, meanings: Meanings) -> SendResult:
    """For an answer that is no success."""
    error = error_of(object_of(body))
    code, subcode = _number(error, "code"), _number(error, "error_subcode")
    if code is None:
        return _by_status(status)
    if subcode is not None and subcode in meanings.subcodes:
        return failed(meanings.subcodes[subcode])
    if code in meanings.refusals:
        return failed(meanings.refusals[code])
    later = {**BUSY, **RATE, **meanings.later}
    if code in later:
        return again(later[code])
    if code in meanings.stopped or code == ACCOUNT_STOPPED:
        return SendResult(outcome="operator_action", code=meanings.stopped.get(code, "account_blocked"))
    if code in CREDENTIALS or code in meanings.credentials:
        return bad_credentials()
    return again() if error.get("is_transient") is True else _by_status(status)


def regained_after(headers: Mapping[str, str]) -> str | None:
    """Seconds until Meta lets us go on, where its account of our calls tells (it tells minutes)."""
    try:
        usage = json.loads(headers.get(USAGE, ""))
        waits = [one["estimated_time_to_regain_access"] for of_one in usage.values() for one in of_one]
        return str(60 * max(int(wait) for wait in waits)) if waits and any(waits) else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _by_status(status: int) -> SendResult:
    if status == 429:
        return again("rate_limited")
    if status == GATEWAY_TIMED_OUT:
        return answer_lost()
    if status in (401, 403):
        return bad_credentials()
    return again() if status >= 500 or 300 <= status < 400 else failed("refused")


def _number(facts: Mapping[str, Any], name: str) -> int | None:
    value = facts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
