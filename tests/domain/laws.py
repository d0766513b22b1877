"""The laws of the contact centre: what must hold of every log, whatever was done (§14, F10, F11, F23, F32).

Each law reads the log alone and counts again in its own way; then it compares with the heads. A broken law raises
`Broken` with a sentence. `LAWS` are all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from domain import rotation as turns
from domain.desk.load import group_of, uncounted
from domain.desk.waking import WakeDialog, due_at, wake
from domain.dialog.state import Dialog
from domain.recorded import Recorded
from domain.rotation import Rotation
from domain.streams import AGGREGATES, fresh, prefix_of
from tests.office import Office

MINUTE = timedelta(minutes=1)


class Broken(AssertionError):
    """A law does not hold; the sentence says which and where."""


LAWS: list[Callable[[Office], None]] = []


def law(function: Callable[[Office], None]) -> Callable[[Office], None]:
    LAWS.append(function)
    return function


def check(office: Office) -> None:
    for one in LAWS:
        one(office)


def must(true: bool, sentence: str) -> None:
    if not true:
        raise Broken(sentence)


def of(office: Office, prefix: str) -> Iterator[tuple[str, Recorded]]:
    for recorded in office.log:
        if prefix_of(recorded.stream) == prefix:
            yield recorded.entity, recorded


@law
def every_head_is_the_fold_of_its_stream(office: Office) -> None:
    """Invariant 15; versions and positions have no gaps. A rotation is folded from decisions and members (F32)."""
    states: dict[str, Any] = {}
    versions: dict[str, int] = defaultdict(int)
    for position, recorded in enumerate(office.log, 1):
        stream = recorded.stream
        versions[stream] += 1
        must((recorded.position, recorded.version) == (position, versions[stream]), f"{stream} has a gap")
        evolve = AGGREGATES[prefix_of(stream)].evolve
        states[stream] = evolve(states.get(stream, fresh(stream)), recorded.event, recorded.stamp)
        _follow_rotation(states, recorded)
    for stream, head in office.heads.heads.items():
        must(head.state == states.get(stream), f"the head of {stream} is not the fold of its events")


def _follow_rotation(states: dict[str, Any], recorded: Recorded) -> None:
    event: Any = recorded.event
    if event.kind == "dialog.routing_decided" and event.group:
        name = f"rotation-{event.group}"
        states[name] = turns.decided(states.get(name, Rotation()), event)
    if event.kind == "group.members_changed":
        name = f"rotation-{recorded.entity}"
        states[name] = turns.members_changed(states.get(name, Rotation()), event)


@law
def load_is_what_the_events_say(office: Office) -> None:
    """F10, F11: load counted from the events, and never raised above the capacity by an offer.

    A group that leaves held dialogs out sees less load than the agent's stream has; by its dialogs only that may rise.
    """
    slots: dict[str, dict[str, int]] = defaultdict(dict)
    capacity: dict[str, int] = {}
    lenient = Lenient()
    for recorded in office.log:
        event: Any = recorded.event
        agent = recorded.entity
        lenient.hear(recorded)
        match event.kind:
            case "agent.created" | "agent.capacity_set":
                capacity[agent] = event.capacity
            case "agent.slot_reserved" | "agent.slot_occupied":
                before = slots[agent].get(event.dialog, 0)
                slots[agent][event.dialog] = event.weight
                free = event.kind == "agent.slot_occupied" and (event.over_capacity or before >= event.weight)
                load = lenient.load(slots[agent], event.dialog)
                must(free or load <= capacity[agent], f"{agent} is loaded above his capacity")
            case "agent.slot_released":
                must(event.dialog in slots[agent], f"a slot of {agent} was released twice")
                del slots[agent][event.dialog]
            case _:
                pass
    for agent, state in office.heads.states("agent"):
        must(state.load == sum(slots[agent].values()), f"the load of {agent} is not what his events say")


class Lenient:
    """Which dialogs are held, in whose queue each is, and which groups leave held ones out; from the log alone."""

    def __init__(self) -> None:
        self.held: set[str] = set()
        self.group: dict[str, str] = {}
        self.groups: set[str] = set()

    def hear(self, recorded: Recorded) -> None:
        event: Any = recorded.event
        match event.kind:
            case "dialog.held":
                self.held.add(recorded.entity)
            case "dialog.unheld" | "dialog.closed":
                self.held.discard(recorded.entity)
            case "dialog.queued":
                self.group[recorded.entity] = event.target.id if event.target else ""
            case "group.policy_set":
                for change in event.changes:
                    if change.field == "held_counts":
                        self.groups = self.groups - {recorded.entity} if change.new else self.groups | {recorded.entity}
            case _:
                pass

    def load(self, slots: dict[str, int], dialog: str) -> int:
        """As the group of this dialog sees it; what he now gets is counted in any case."""
        left_out = self.held - {dialog} if self.group.get(dialog) in self.groups else set()
        return sum(weight for name, weight in slots.items() if name not in left_out)


@law
def nobody_is_offered_more_by_a_rule_that_keeps_nothing_free_once_he_is_full(office: Office) -> None:
    """F26: an agent without room has no pending offer for which nothing is kept free, in the eyes of its group."""
    world = office.world()
    for name, dialog in office.heads.dialogs():
        for one in dialog.offers:
            agent = world.agent(one.agent)
            room = agent.has_room(1, uncounted(world, one.agent, group_of(dialog)))
            must(room or agent.holds(name) is not None, f"{one.agent} is full and is still offered {name}")


@law
def the_one_who_served_last_is_asked_first_and_alone(office: Office) -> None:
    """F15: exactly one, in a first attempt; otherwise the decision says why not, and the group's rule decides."""
    for dialog, recorded in of(office, "dialog"):
        event: Any = recorded.event
        if event.kind != "dialog.routing_decided":
            continue
        known = event.sticky
        used = known is not None and known.used
        must(used == (event.algorithm == "sticky"), f"{dialog}: {event.algorithm} with {known}")
        must(
            not used or (event.chosen == (known.agent,) and event.attempt == 1), f"{dialog}: not he alone, or not first"
        )
        must(known is None or used == (known.why_not is None), f"{dialog}: {known} explains nothing")
        must(not used or event.cursor_after == event.cursor_before, f"{dialog}: a sticky offer moved the turn")


@law
def every_slot_has_its_dialog(office: Office) -> None:
    """No leaks: occupied = assigned to him; kept free = offered to him by a rule that keeps slots free."""
    for agent, state in office.heads.states("agent"):
        for slot in state.slots:
            dialog: Dialog = office.state(f"dialog-{slot.dialog}")
            pending = any(one.agent == agent for one in dialog.offers)
            right = dialog.assignee == agent if slot.occupied else pending
            must(right, f"{agent} has a slot for {slot.dialog}, which is {dialog.phase}")
    for name, dialog in office.heads.dialogs():
        held = dialog.assignee is None or office.state(f"agent-{dialog.assignee}").holds(name) is not None
        must(held, f"{name} is assigned without a slot")


@law
def an_open_dialog_is_in_exactly_one_state(office: Office) -> None:
    """Invariants 4, 5 and 7: at most one assignee, no offer outlives its dialog."""
    for name, dialog in office.heads.dialogs():
        facts = (dialog.assignee is not None, bool(dialog.offers), dialog.bot is not None)
        wanted = {"assigned": (True, False, False), "offered": (False, True, False), "bot": (False, False, True)}
        must(facts == wanted.get(dialog.phase, (False, False, False)), f"{name} is {dialog.phase} but {facts}")
        must((dialog.offer_deadline is None) == (not dialog.offers), f"{name} has a deadline without an offer")


@law
def a_customer_has_one_open_dialog_a_channel(office: Office) -> None:
    seen: set[tuple[str, str]] = set()
    for name, dialog in office.heads.dialogs():
        who = (dialog.channel, dialog.customer)
        must(not (dialog.open and who in seen), f"{name} is a second open dialog of {who}")
        seen |= {who} if dialog.open else set()


@law
def every_assignment_is_explained(office: Office) -> None:
    """F23, invariant 5: by a routing decision, an accepted offer, or a named human; offers end once."""
    pending: dict[str, datetime] = {}
    chosen: dict[str, set[str]] = defaultdict(set)
    accepted: dict[str, str] = {}
    for dialog, recorded in of(office, "dialog"):
        event: Any = recorded.event
        match event.kind:
            case "dialog.routing_decided":
                chosen[dialog] = set(event.chosen)
            case "dialog.offers_made":
                must({one.agent for one in event.offers} == chosen[dialog], f"{dialog}: offers without a decision")
                pending |= {one.offer: event.deadline for one in event.offers}
            case "dialog.offers_ended":
                for one in event.offers:
                    must(pending.pop(one.offer, None) is not None, f"{one.offer} ended twice")
                if event.reason == "expired":
                    must(recorded.recorded_at >= _deadline(office, event), f"{dialog}: expired too early")
            case "dialog.offer_accepted":
                deadline = pending.pop(event.offer, None)
                must(deadline is not None, f"{event.offer} was accepted after its end")
                must(deadline is None or recorded.recorded_at < deadline, f"{event.offer}: accepted past its deadline")
                accepted[dialog] = event.offer
            case "dialog.closed":
                left = [offer for offer in pending if offer.startswith(f"{dialog}.")]
                must(not left, f"{left} outlive their dialog")
            case "dialog.assigned":
                by_offer = event.reason == "offer" and accepted.pop(dialog, None) == event.offer
                direct = event.reason == "direct" and event.agent in chosen[dialog]
                must(by_offer or direct or event.by is not None, f"nobody explains why {dialog} is {event.agent}'s")
            case _:
                pass
    must(not accepted, f"accepted without an assignment: {accepted}")


def _deadline(office: Office, ended: Any) -> datetime:
    made: Any = next(
        one.event for one in reversed(office.log) if one.event.kind == "dialog.offers_made" and _in(one, ended)
    )
    deadline: datetime = made.deadline
    return deadline


def _in(recorded: Recorded, ended: Any) -> bool:
    offers: Any = recorded.event
    return any(one in offers.offers for one in ended.offers)


@law
def nobody_who_was_tried_is_asked_again_in_the_round(office: Office) -> None:
    """F06: tried = declined, let it expire, or let the assignment expire; a new round or queueing begins anew."""
    tried: dict[str, set[str]] = defaultdict(set)
    rounds: dict[str, int] = {}
    for dialog, recorded in of(office, "dialog"):
        event: Any = recorded.event
        match event.kind:
            case "dialog.queued":
                tried[dialog], rounds[dialog] = set(event.tried), event.round
            case "dialog.offers_made":
                if event.round != rounds[dialog]:
                    tried[dialog], rounds[dialog] = set(), event.round
                again = tried[dialog] & {one.agent for one in event.offers}
                must(not again, f"{dialog}: {again} asked again in round {event.round}")
            case "dialog.offers_ended" if event.reason in ("declined", "expired"):
                tried[dialog] |= {one.agent for one in event.offers}
            case "dialog.round_exhausted":
                must(set(event.tried) == tried[dialog] != set(), f"{dialog}: a round was exhausted with nobody tried")
            case _:
                pass


@law
def only_who_is_ready_is_asked_and_only_through_a_working_channel(office: Office) -> None:
    ready: dict[str, bool] = defaultdict(bool)
    working: dict[str, bool] = defaultdict(bool)
    channel: dict[str, str] = {}
    for recorded in office.log:
        event: Any = recorded.event
        match event.kind:
            case "agent.presence_changed":
                ready[recorded.entity] = event.to == "ready"
            case "channel.connected" | "channel.disconnected":
                working[recorded.entity] = event.kind == "channel.connected"
            case "dialog.opened":
                channel[recorded.entity] = event.channel
            case "dialog.offers_made":
                must(all(ready[one.agent] for one in event.offers), f"{recorded.stream}: asked who is not ready")
                must(working[channel[recorded.entity]], f"{recorded.stream}: offered on a dead channel")
            case "dialog.offer_accepted":
                must(ready[event.agent], f"{event.agent} accepted without being ready")
            case _:
                pass


@law
def nobody_is_told_again_without_news(office: Office) -> None:
    """F18: two "nobody" in a row have different causes and stand a minute apart."""
    last: dict[str, tuple[dict[str, int], datetime]] = {}
    for dialog, recorded in of(office, "dialog"):
        event: Any = recorded.event
        if event.kind == "dialog.routing_decided" and event.outcome == "none":
            causes, at = last.get(dialog, ({"": 0}, recorded.recorded_at - MINUTE))
            must(event.rejected != causes, f"{dialog}: the same cause twice")
            must(recorded.recorded_at >= at + MINUTE, f"{dialog}: told twice within a minute")
            last[dialog] = (event.rejected, recorded.recorded_at)
        elif event.kind in ("dialog.queued", "dialog.routing_decided"):
            last.pop(dialog, None)


WORDS = {"dialog.opened", "dialog.message_received", "dialog.message_sent", "dialog.reopened"}


@law
def nothing_is_closed_for_idleness_too_early(office: Office) -> None:
    """G02, G03, G06, G07: counted from the last word of either side, the hold, and the floor of the settings."""
    word: dict[str, datetime] = {}
    hold: dict[str, datetime | None] = {}
    over: dict[str, datetime] = {}
    floor: dict[str, datetime] = {}
    channel: dict[str, str] = {}
    for recorded in office.log:
        event: Any = recorded.event
        who = recorded.entity
        if event.kind in WORDS:
            word[who] = recorded.recorded_at
        if event.kind == "dialog.opened":
            channel[who] = event.channel
        if event.kind == "dialog.held":
            hold[who] = event.until
            over.pop(who, None)
        if event.kind == "dialog.unheld":
            until = hold.pop(who, None)
            over.pop(who, None)
            if event.reason == "over" and until is not None:
                over[who] = until
        if event.kind == "channel.settings_changed" and event.floor_until:
            floor[who] = event.floor_until
        if event.kind == "dialog.closed" and event.cause == "idle":
            must(who not in hold, f"{who} was closed although it was held")
            due = max(word[who] + timedelta(seconds=event.period), floor[channel[who]], over.get(who, word[who]))
            must(recorded.recorded_at >= due, f"{who} was closed {due - recorded.recorded_at} too early")
            must(event.deadline == due, f"{who}: the deadline in the event is not the one that counts")
        if event.kind == "dialog.closed":
            hold.pop(who, None)
            over.pop(who, None)


@law
def what_is_due_has_been_done(office: Office) -> None:
    """After a settled moment no timer is due, and every open dialog that can become due has one."""
    for name, moment in office.timers():
        must(moment > office.now or _not_rung_yet(office, name), f"the timer of {name} rings for ever")


def _not_rung_yet(office: Office, name: str) -> bool:
    """What is past may be waiting for the ticker; looking once must settle it (on a copy, nothing is kept)."""
    world = office.world()
    wake(world, WakeDialog(dialog=name))
    again = due_at(world, world.dialog(name))
    return again is None or again > office.now


@law
def a_deactivated_agent_holds_nothing(office: Office) -> None:
    """F14: after a settled moment no dialog is his and none is offered to him."""
    for name, dialog in office.heads.dialogs():
        whose = {one.agent for one in dialog.offers} | ({dialog.assignee} if dialog.assignee else set())
        left = {agent for agent in whose if not office.state(f"agent-{agent}").active}
        must(not left, f"{name} is with {left}, who are deactivated")


@law
def nothing_is_offered_to_who_is_not_ready(office: Office) -> None:
    """F13: after a settled moment; the accept is refused from the first moment on."""
    for name, dialog in office.heads.dialogs():
        left = {one.agent for one in dialog.offers if not office.state(f"agent-{one.agent}").ready}
        must(not left, f"{name} is offered to {left}, who are not ready")


@law
def whatever_was_released_has_a_cause(office: Office) -> None:
    """F14, F31: his lease was lost before it, and he has declared nothing since; or he had been deactivated."""
    lost: set[str] = set()
    gone: set[str] = set()
    for recorded in office.log:
        event: Any = recorded.event
        match event.kind:
            case "agent.presence_changed":
                (lost.add if event.reason == "lease_lost" else lost.discard)(recorded.entity)
            case "agent.deactivated":
                gone.add(recorded.entity)
            case "agent.reactivated":
                gone.discard(recorded.entity)
            case "dialog.released":
                why = lost if event.reason == "agent_lost" else gone
                must(event.agent in why, f"{recorded.stream} was released for {event.reason} without one")
            case _:
                pass


@law
def what_waits_unrouted_has_an_alert_and_nothing_else_has(office: Office) -> None:
    """A27: none is lost out of sight, and no alert outlives its cause; nothing waits in an archived group."""
    alerts: set[str] = office.state("alert-acme").open
    for name, dialog in office.heads.dialogs():
        unrouted = dialog.phase == "queued" and dialog.target is None
        must((f"unrouted {name}" in alerts) == unrouted, f"{name} is {dialog.phase} for {dialog.target}: {alerts}")
        stays = dialog.stays_in_queue and dialog.phase in ("queued", "offered")
        must((f"left_in_queue {name}" in alerts) == stays, f"{name} is {dialog.phase}: {alerts}")
        archived = dialog.in_group is not None and office.state(f"group-{dialog.in_group}").archived
        must(not archived or dialog.blocked, f"{name} waits in an archived group")


@law
def what_waits_for_a_channels_receiver_waits_for_the_present_one(office: Office) -> None:
    """A26: after a settled moment; transferred and overflowed ones wait elsewhere."""
    for name, dialog in office.heads.dialogs():
        if dialog.phase in ("queued", "offered") and dialog.target is not None and dialog.target_from == "channel":
            receiver = office.state(f"channel-{dialog.channel}").settings.receiver
            must(dialog.target == receiver, f"{name} waits for {dialog.target}, not for {receiver}")


@law
def a_channel_knows_whether_its_receiver_is_there(office: Office) -> None:
    """A27: the flag, the alert and the agents agree, for the receiver and for whom a bot hands off to."""
    alerts: set[str] = office.state("alert-acme").open
    for name, channel in office.heads.states("channel"):
        targets = (channel.settings.receiver, channel.settings.bot_fallback)
        agents = [one.id for one in targets if one is not None and one.kind == "agent"]
        there = all(office.state(f"agent-{agent}").active for agent in agents)
        must(channel.receiver_valid == there, f"{name}: {targets} are {'there' if there else 'gone'}")
        must((f"receiver_invalid {name}" in alerts) != there, f"{name}: the alert is not what is true")


@law
def what_waits_is_released_once_and_each_customer_in_his_own_order(office: Office) -> None:
    """E06: nobody's later words overtake his earlier ones, and the count of those that wait is true."""
    waiting: dict[str, list[str]] = defaultdict(list)
    whose: dict[str, str] = {}
    for channel, recorded in of(office, "quarantine"):
        event: Any = recorded.event
        if recorded.event.kind == "quarantine.inbound_quarantined":
            whose[event.item] = f"{channel} {event.customer}"
            waiting[whose[event.item]].append(event.item)
        else:
            line = waiting[whose[event.item]]
            must(line[:1] == [event.item], f"{event.item} was released before its turn, or twice")
            del line[0]
    for channel, head in office.heads.states("quarantine"):
        left = sum(len(line) for name, line in waiting.items() if name.startswith(f"{channel} "))
        must(head.waiting == left, f"the quarantine of {channel} counts {head.waiting}, and {left} wait")


@law
def a_reopening_names_the_close_that_it_undoes(office: Office) -> None:
    """G18."""
    closed: dict[str, int] = {}
    for dialog, recorded in of(office, "dialog"):
        event: Any = recorded.event
        if event.kind == "dialog.closed":
            closed[dialog] = recorded.version
        elif event.kind == "dialog.reopened":
            must(closed.get(dialog) == event.closed_version, f"{dialog} was reopened by a close that is not its last")
