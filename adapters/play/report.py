"""The figures of a run as one object; it says itself whether they add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.play.closes import compare
from adapters.play.script import Say

if TYPE_CHECKING:
    from adapters.play.run import Run

FATES = ("routed", "duplicate", "quarantined", "ignored", "rejected")
SHOWN_BAD = 100
PLAYED = {"new": "played", "interrupted": "resumed", "finished": "repeated"}


def report(run: Run, seconds: float) -> dict[str, Any]:
    figures, found = run.watch.figures, run.found
    spoken = run.door.fates["routed"] + run.crew.outcomes.done["said"]
    return {
        "tenant": run.tenant.name,
        "lane": run.tenant.lane,
        "run": PLAYED[run.tenant.state],
        "files": [{"file": source.path.name, "set": source.set, "lines": source.lines} for source in found.sources],
        "reconciliation": reconciliation(run.door.fates, found.counts["customer"], len(found.bad)),
        "agent_messages": agent_messages(run),
        "not_played": dict(sorted(run.not_played.items())),
        "dialogs": {"recorded": found.dialogs, **figures.dialogs(), "merged": run.talks.merged},
        "waits": figures.waits(),
        "idle_closes": _idle_closes(run),
        "events": figures.total,
        "log_head": run.log_head,
        "messages": spoken,
        "messages_per_second": round(spoken / seconds, 1) if seconds else None,
        "seconds": round(seconds, 2),
        "virtual": _span(figures.first, figures.last),
        "rejected_lines": [
            {"file": bad.file, "line": bad.line, "code": bad.code, "sentence": bad.sentence}
            for bad in found.bad[:SHOWN_BAD]
        ],
    }


def reconciliation(fates: Counter[str], customers: int, bad: int) -> dict[str, Any]:
    """`received` was counted on the first reading; what became of it, at the door. Both must agree (E11)."""
    became = {fate: fates[fate] for fate in FATES}
    became["rejected"] += bad
    return {"received": customers + bad, **became, "holds": customers + bad == sum(became.values())}


def agent_messages(run: Run) -> dict[str, Any]:
    """Recorded agents' messages: said by the engine's assignee, said before, refused, or never said.

    `not_opened`: no customer's message had opened their dialog; `never_said`: nobody was free.
    """
    refused = _of("said", run.crew.outcomes.refused) + _of("said", run.recall.refused)
    repeated = run.crew.outcomes.repeated["said"] + run.recall.repeated["said"]
    waiting, not_opened = _unsaid(run, opened=True), _unsaid(run, opened=False)
    recorded = run.found.counts["agent"]
    became = run.crew.outcomes.done["said"] + repeated + refused.total() + waiting + not_opened
    return {
        "recorded": recorded,
        "said": run.crew.outcomes.done["said"],
        "repeated": repeated,
        "refused": dict(sorted(refused.items())),
        "never_said": waiting,
        "not_opened": not_opened,
        "holds": recorded == became,
    }


def _unsaid(run: Run, *, opened: bool) -> int:
    talks = [talk for talk in run.talks.all() if (talk.dialog is not None) is opened]
    return sum(isinstance(act, Say) for talk in talks for act in talk.waiting)


def _of(tally: str, refused: Mapping[tuple[str, str], int]) -> Counter[str]:
    return Counter({code: n for (name, code), n in refused.items() if name == tally})


def _idle_closes(run: Run) -> dict[str, Any]:
    periods = {name: timedelta(seconds=run.options.period_of(True).seconds) for name in run.found.tickets}
    return compare(run.recording, run.talks.all(), run.watch.figures.stories, periods)


def _span(first: datetime | None, last: datetime | None) -> dict[str, Any]:
    if first is None or last is None:
        return {}
    return {"from": _iso(first), "to": _iso(last), "days": round((last - first).total_seconds() / 86_400, 2)}


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
