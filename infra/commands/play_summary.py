"""The figures of a played recording as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

FATES = ("routed", "duplicate", "quarantined", "ignored", "rejected")
HOW = {
    "played": "Played",
    "resumed": "Went on where it was interrupted",
    "repeated": "Played before: nothing has changed",
}


def summary(figures: Mapping[str, Any]) -> Iterator[str]:
    where = f"Tenant {figures['tenant']}, lane {figures['lane']}, log head {figures['log_head']:,}."
    yield f"{HOW[figures['run']]}. {where}"
    yield from _customers(figures["reconciliation"])
    yield from _agents(figures["agent_messages"], figures["not_played"])
    yield from _dialogs(figures["dialogs"], figures["waits"])
    yield from _closes(figures["idle_closes"])
    virtual = figures["virtual"]
    if virtual:
        yield f"Virtual time   {virtual['from']} … {virtual['to']} ({virtual['days']:,} days)"
    rate = figures["messages_per_second"]
    yield f"Wall time      {figures['seconds']:,.1f} s, {rate or 0:,.1f} messages/s, {figures['events']:,} events"


def _customers(counted: Mapping[str, Any]) -> Iterator[str]:
    parts = " + ".join(f"{counted[fate]:,} {fate}" for fate in FATES)
    sign = "=" if counted["holds"] else "≠"
    yield f"Customers      received {counted['received']:,} {sign} {parts}"
    if counted["received"] and counted["received"] == counted["duplicate"]:
        yield "               received = duplicate: every message was known, the log stayed as it was"


def _agents(said: Mapping[str, Any], not_played: Mapping[str, int]) -> Iterator[str]:
    refused = "".join(f" + {n:,} refused {code}" for code, n in said["refused"].items())
    sign = "=" if said["holds"] else "≠"
    yield (
        f"Agents         recorded {said['recorded']:,} {sign} {said['said']:,} said + {said['repeated']:,} said before"
        f"{refused} + {said['never_said']:,} never said (nobody was free)"
        f" + {said['not_opened']:,} of dialogs that never opened"
    )
    if not_played:
        yield f"Not played     {', '.join(f'{n:,} {kind}' for kind, n in not_played.items())}"


def _dialogs(dialogs: Mapping[str, Any], waits: Mapping[str, Any]) -> Iterator[str]:
    closed = ", ".join(f"{n:,} {cause}" for cause, n in dialogs["closed"].items()) or "none"
    begun = ("recorded", "opened", "assigned", "transfers")
    parts = ", ".join(f"{dialogs[name]:,} {name}" for name in begun)
    yield f"Dialogs        {parts}; closed: {closed}; {dialogs['still_open']:,} still open"
    if dialogs["merged"]:
        yield f"Merged         {dialogs['merged']:,} recorded dialogs joined one that the same person had open"
    for name, label in (("queue_wait", "In the queue"), ("first_response", "First answer")):
        wait = waits[name]
        if wait["n"]:
            spread = ", ".join(f"{rank} {wait[rank]:,.0f} s" for rank in ("p50", "p90", "p99"))
            yield f"{label:<14} {spread} (n {wait['n']:,})"


def _closes(closes: Mapping[str, Any]) -> Iterator[str]:
    if not closes["compared"]:
        return
    yield f"Idle closes    {closes['matched']:,} of {closes['compared']:,} as recorded ({closes['share']:.1%})"
    for cause, n in closes["by_cause"].items():
        yield f"               {n:,} {cause.replace('_', ' ')}"
    aside = ", ".join(f"{n:,} {why.replace('_', ' ')}" for why, n in closes["not_compared"].items())
    if aside:
        yield f"               not compared: {aside}"
