"""Meta's numbers for what goes wrong with a message in WhatsApp, in answers and in statuses alike."""

from __future__ import annotations

from adapters.channels.graph_errors import RATE, Meanings

TEMPLATES = dict.fromkeys(range(132000, 132100), "template_refused")

MEANINGS = Meanings(
    later={
        131000: "provider_unavailable",
        131016: "provider_unavailable",
        131057: "provider_unavailable",
        133004: "provider_unavailable",
        133016: "rate_limited",
        131048: "rate_limited",
        131056: "rate_limited",
        131053: "media_not_taken",
    },
    refusals={
        **TEMPLATES,
        100: "refused",
        131008: "refused",
        131009: "refused",
        131021: "refused",
        131026: "no_device",
        131030: "forbidden",
        131042: "payment_needed",
        131047: "window_closed",
        131049: "forbidden",
        131050: "user_did_not_allow_messages",
        131051: "refused",
        131062: "forbidden",
        130472: "forbidden",
        130497: "forbidden",
    },
    stopped={131031: "account_blocked", 131045: "account_blocked", 133010: "account_blocked"},
    credentials=frozenset({131005}),
)


def meaning(code: int | None) -> str:
    """The row for a status of a message that Meta had taken: it will not try again, so nothing is for later."""
    if code is None:
        return "refused"
    known = {**RATE, **MEANINGS.later, **MEANINGS.refusals, **MEANINGS.stopped}
    return known.get(code, "refused")
