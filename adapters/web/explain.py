"""What happened between the messages, as sentences: the lines of a dialog and its routing decisions with reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.web.words import Words
from domain.dialog.events import Candidate, RoutingDecided

MOST_OTHERS = 4
Facts = Mapping[str, Any]


def noted(text: str) -> str:
    """Marks a sentence for the catalogue where it is translated later."""
    return text


ALGORITHMS = {
    "all_at_once": noted("all at once"),
    "round_robin": noted("in turn"),
    "in_order": noted("in order"),
    "least_busy": noted("least busy"),
    "random": noted("at random"),
    "direct": noted("directly"),
    "sticky": noted("answered this customer before"),
}
REJECTS = {
    "not_ready": noted("not ready"),
    "full": noted("full"),
    "tried": noted("asked before"),
    "skill": noted("lacks a skill"),
    "deactivated": noted("deactivated"),
    "not_member": noted("not in the group"),
    "too_long_ago": noted("too long ago"),
}
ROUTED = {
    "direct": noted("Given to %(who)s"),
    "offered": noted("Offered to %(who)s"),
}
NOBODY = noted("Nobody can be offered this dialog now")
OFFER_ENDS = {
    "declined": noted("%(who)s declined"),
    "expired": noted("%(who)s did not answer in time"),
    "accepted_by_other": noted("Another agent was quicker than %(who)s"),
    "dialog_closed": noted("The offer to %(who)s ended with the dialog"),
    "agent_unavailable": noted("%(who)s became unavailable"),
    "agent_full": noted("%(who)s became full"),
    "manual_assignment": noted("The offer to %(who)s ended: taken by hand"),
    "transferred": noted("The offer to %(who)s ended: transferred"),
    "channel_disconnected": noted("The offer to %(who)s ended: the channel was disconnected"),
    "channel_superseded": noted("The offer to %(who)s ended: the channel was superseded"),
    "policy_changed": noted("The offer to %(who)s ended: the rules changed"),
}
RELEASES = {
    "agent_lost": noted("%(who)s went away; it waits again"),
    "agent_deactivated": noted("%(who)s was deactivated; it goes to others"),
}
CLOSES = {
    "idle": noted("Closed: nobody wrote for too long"),
    "agent": noted("Closed by %(who)s"),
    "bot": noted("Closed by the bot"),
    "spam": noted("Closed as spam by %(who)s"),
    "erasure": noted("Closed because the customer was erased"),
}
OUTCOMES = {
    "answered": noted("answered"),
    "unanswered": noted("unanswered"),
    "never_assigned": noted("never assigned"),
}


@dataclass(frozen=True)
class Names:
    """What people and things are called; an id stands for itself."""

    agents: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    def agent(self, ident: str | None) -> str:
        return self.agents.get(ident or "", ident or "")

    def group(self, ident: str | None) -> str:
        return self.groups.get(ident or "", ident or "")

    def target(self, target: Facts | None) -> str:
        if not target:
            return "—"
        names = {"agent": self.agent, "group": self.group}
        return names.get(target["kind"], str)(target["id"])


def routing(event: RoutingDecided, names: Names, words: Words) -> str:
    """`Offered to Anna: least busy, load 1 of 3; Boris: full`."""
    chosen = [one for one in event.candidates if one.agent in event.chosen]
    others = [one for one in event.candidates if one.agent not in event.chosen][:MOST_OTHERS]
    rest = [_other(one, names, words) for one in others]
    if event.sticky is not None and event.sticky.why_not is not None:
        known, against = names.agent(event.sticky.agent), words.say(REJECTS[event.sticky.why_not])
        rest.append(words.say("%(who)s answered this customer before, but: %(why)s", who=known, why=against))
    if not event.chosen:
        return "; ".join([words.say(NOBODY), *rest])
    who = ", ".join(names.agent(agent) for agent in event.chosen)
    why = [words.say(ALGORITHMS.get(event.algorithm, event.algorithm))]
    if len(chosen) == 1:
        why.append(words.say("load %(load)s of %(capacity)s", load=chosen[0].load, capacity=chosen[0].capacity))
    return "; ".join([f"{words.say(ROUTED[event.outcome], who=who)}: {', '.join(why)}", *rest])


def _other(one: Candidate, names: Names, words: Words) -> str:
    load = words.say("load %(load)s of %(capacity)s", load=one.load, capacity=one.capacity)
    return f"{names.agent(one.agent)}: {words.say(REJECTS[one.reject]) if one.reject else load}"


def line(kind: str, facts: Facts, by: str, names: Names, words: Words) -> str:
    """A line of the transcript. `by` = name of who caused it. Kinds that are not known here show their own name."""
    say = LINES.get(kind)
    return say(facts, by, names, words) if say else kind


Line = Callable[[Facts, str, Names, Words], str]


def _plain(sentence: str, **fields: str) -> Line:
    """A sentence with the event's own fields; `who` = who caused it."""
    return lambda facts, by, names, words: words.say(
        sentence, who=by, **{name: facts.get(key) or "—" for name, key in fields.items()}
    )


def _queued(facts: Facts, by: str, names: Names, words: Words) -> str:
    target = facts.get("target")
    if facts.get("blocked"):
        return words.say("Waits: the channel is not working")
    if target is None:
        return words.say("Waits: nobody is set to receive it")
    return words.say("Waits for %(target)s", target=names.target(target))


def _offers_ended(facts: Facts, by: str, names: Names, words: Words) -> str:
    who = ", ".join(names.agent(one["agent"]) for one in facts.get("offers", ()))
    return words.say(OFFER_ENDS.get(facts["reason"]) or str(facts["reason"]), who=who)


def _assigned(facts: Facts, by: str, names: Names, words: Words) -> str:
    who = names.agent(facts["agent"])
    if facts.get("reason") == "offer":
        return words.say("%(who)s accepted", who=who)
    if facts.get("by") and facts["by"] != facts["agent"]:
        return words.say("Assigned to %(who)s by %(by)s", who=who, by=names.agent(facts["by"]))
    return words.say("Assigned to %(who)s", who=who)


def _of_agent(sentence: str) -> Line:
    return lambda facts, by, names, words: words.say(sentence, who=names.agent(facts["agent"]))


def _released(facts: Facts, by: str, names: Names, words: Words) -> str:
    sentence = RELEASES.get(facts.get("reason") or "", RELEASES["agent_lost"])
    return words.say(sentence, who=names.agent(facts["agent"]))


def _transferred(facts: Facts, by: str, names: Names, words: Words) -> str:
    return words.say(
        "Transferred to %(to)s by %(by)s", to=names.target(facts.get("to")), by=names.agent(facts.get("by"))
    )


def _overflowed(facts: Facts, by: str, names: Names, words: Words) -> str:
    return words.say(
        "Moved on from %(from)s to %(to)s",
        **{"from": names.group(facts.get("from")), "to": names.group(facts.get("to"))},
    )


def _held(facts: Facts, by: str, names: Names, words: Words) -> str:
    reason = f": {facts['reason']}" if facts.get("reason") else ""
    return words.say("Held by %(who)s", who=by) + reason


def _closed(facts: Facts, by: str, names: Names, words: Words) -> str:
    said = words.say(CLOSES.get(facts["cause"]) or str(facts["cause"]), who=by)
    outcome = OUTCOMES.get(facts.get("outcome", ""))
    return f"{said} · {words.say(outcome)}" if outcome else said


LINES: dict[str, Line] = {
    "dialog.opened": _plain(noted("Dialog opened")),
    "dialog.queued": _queued,
    "dialog.offers_ended": _offers_ended,
    "dialog.assigned": _assigned,
    "dialog.assignment_expired": _of_agent(noted("%(who)s did not answer in time; it waits again")),
    "dialog.released": _released,
    "dialog.transferred": _transferred,
    "dialog.round_exhausted": _plain(noted("Everybody was asked; a pause until the next round")),
    "dialog.overflowed": _overflowed,
    "dialog.left_in_queue": _plain(noted("Left in the queue: there is nobody else to ask")),
    "dialog.bot_started": _plain(noted("Bot %(bot)s answers"), bot="bot"),
    "dialog.bot_handed_off": _plain(noted("Bot %(bot)s handed it over to people"), bot="bot"),
    "dialog.held": _held,
    "dialog.unheld": _plain(noted("No longer held")),
    "dialog.tag_added": _plain(noted("%(who)s added the tag %(tag)s"), tag="tag"),
    "dialog.tag_removed": _plain(noted("%(who)s removed the tag %(tag)s"), tag="tag"),
    "dialog.topic_set": _plain(noted("%(who)s set the topic: %(topic)s"), topic="topic"),
    "dialog.attribute_set": _plain(noted("%(name)s = %(value)s"), name="name", value="value"),
    "dialog.priority_set": _plain(noted("%(who)s set the priority to %(priority)s"), priority="priority"),
    "dialog.marked_spam": _plain(noted("%(who)s marked it as spam")),
    "dialog.auto_reply_sent": _plain(noted("The out-of-hours notice was sent")),
    "dialog.message_edited": _plain(noted("An earlier message was edited")),
    "dialog.message_deleted": _plain(noted("An earlier message was deleted")),
    "dialog.closed": _closed,
    "dialog.reopened": _plain(noted("Opened again")),
}
