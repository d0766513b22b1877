"""What a dialog answers (behaviour.md §4). Every command may be sent twice; an empty list means nothing to do."""

from __future__ import annotations

from typing import assert_never

from domain.dialog import commands as ask
from domain.dialog import events as fact
from domain.dialog.events import DialogEvent, Offered, RoutingDecided, Target
from domain.dialog.state import Dialog
from domain.errors import Conflict, Invalid, NotAllowed, NotFound, Problem

REPORTS: dict[str, type[fact.MessageDelivered] | type[fact.MessageRead] | type[fact.SendUnknown]] = {
    "delivered": fact.MessageDelivered,
    "read": fact.MessageRead,
    "unknown": fact.SendUnknown,
}


PRIORITIES = range(10)
LONGEST_TAG, LONGEST_TOPIC = 64, 200

FINAL = frozenset({"accepted", "declined", "expired"})
"""Ends of an offer that are states of their own; every other reason means that it was rescinded (§5)."""


def decide(command: ask.DialogCommand, dialog: Dialog) -> list[DialogEvent]:
    match command:
        case ask.Open():
            return _open(command, dialog)
        case _ if dialog.phase == "unknown":
            raise NotFound("dialog_unknown", "There is no such dialog.")
        case ask.Receive() | ask.Send() | ask.AutoReply() | ask.AddNote():
            return _speak(command, dialog)
        case ask.Report() | ask.Edit() | ask.Delete() | ask.React():
            return _about_message(command, dialog)
        case ask.Enqueue() | ask.StartBot() | ask.HandOff() | ask.RecordRouting():
            return _route(command, dialog)
        case ask.Accept() | ask.Decline() | ask.Expire() | ask.Rescind():
            return _offers(command, dialog)
        case ask.Assign() | ask.Release() | ask.ExpireAssignment() | ask.Transfer():
            return _hand_over(command, dialog)
        case ask.ExhaustRound() | ask.Overflow():
            return _rounds(command, dialog)
        case ask.Hold() | ask.Unhold():
            return _hold(command, dialog)
        case ask.Tag() | ask.SetTopic() | ask.SetAttribute() | ask.SetPriority():
            return _mark(command, dialog)
        case ask.Close() | ask.CloseIdle() | ask.Reopen():
            return _end(command, dialog)
        case _:
            assert_never(command)


def _open(command: ask.Open, dialog: Dialog) -> list[DialogEvent]:
    if dialog.phase != "unknown":
        return []
    return [
        fact.Opened(
            channel=command.channel,
            customer=command.customer,
            subject_key_id=command.subject_key_id,
            session=command.session,
            previous_dialog_id=command.previous,
            initiator=command.initiator,
            priority=command.priority,
        )
    ]


def _speak(command: ask.Receive | ask.Send | ask.AutoReply | ask.AddNote, dialog: Dialog) -> list[DialogEvent]:
    match command:
        case ask.Receive():
            received = fact.MessageReceived(
                message=command.message,
                external_key=command.external_key,
                subject_key_id=dialog.subject_key_id,
                provider_id=command.provider_id,
                body=command.body,
                attachments=command.attachments,
                provider_time=command.provider_time,
                letter=dict(command.letter) or None,
            )
            # A hold is "until he writes, or until then": the customer's word ends it.
            return [received, fact.Unheld(reason="message")] if dialog.held else [received]
        case ask.Send():
            _must_be_open(dialog)
            if command.author.kind == "bot" and dialog.bot != command.author.id:
                raise not_bot_turn()
            sent = fact.MessageSent(
                message=command.message,
                client_key=command.client_key,
                author=command.author,
                subject_key_id=dialog.subject_key_id,
                body=command.body,
                first_reply=command.author.kind == "agent" and dialog.asked and not dialog.replied,
                answers=command.answers,
                template=command.template,
                attachments=command.attachments,
            )
            return [sent]
        case ask.AutoReply():
            return _auto_reply(command, dialog)
        case ask.AddNote():
            return [fact.NoteAdded(note=command.note, subject_key_id=dialog.subject_key_id, body=command.body)]
        case _:
            assert_never(command)


def _auto_reply(command: ask.AutoReply, dialog: Dialog) -> list[DialogEvent]:
    """One a closed period: a reply given within this one, whatever the hours were called then, is that one (H06)."""
    if not dialog.open or (dialog.auto_replied_at is not None and dialog.auto_replied_at >= command.period_start):
        return []
    return [
        fact.AutoReplySent(
            message=command.message,
            period_start=command.period_start,
            schedule_version=command.schedule_version,
            subject_key_id=dialog.subject_key_id,
            body=command.text,
        )
    ]


def not_bot_turn() -> Conflict:
    return Conflict("not_bot_turn", "The dialog is not with this bot any more; what it says comes too late.")


def _must_be_open(dialog: Dialog) -> None:
    if not dialog.open:
        raise Conflict("dialog_closed", "The dialog is closed; the customer's next message opens a new one.")


def _about_message(command: ask.Report | ask.Edit | ask.Delete | ask.React, dialog: Dialog) -> list[DialogEvent]:
    match command:
        case ask.Report(result="failed"):
            return [fact.MessageFailed(message=command.message, code=command.code)]
        case ask.Report():
            return [REPORTS[command.result](message=command.message)]
        case ask.Edit():
            return [
                fact.MessageEdited(message=command.message, subject_key_id=dialog.subject_key_id, body=command.body)
            ]
        case ask.Delete():
            return [fact.MessageDeleted(message=command.message)]
        case ask.React():
            return [fact.ReactionChanged(message=command.message, reaction=command.reaction)]
        case _:
            assert_never(command)


def _route(command: ask.Enqueue | ask.StartBot | ask.HandOff | ask.RecordRouting, dialog: Dialog) -> list[DialogEvent]:
    _must_be_open(dialog)
    match command:
        case ask.Enqueue():
            return [_queued(command, dialog)]
        case ask.StartBot():
            return [] if dialog.bot == command.bot else [fact.BotStarted(bot=command.bot, reason=command.reason)]
        case ask.HandOff():
            if dialog.bot is None:
                return []
            return [fact.BotHandedOff(bot=dialog.bot, reason=command.reason)]
        case ask.RecordRouting():
            return _decided(command, dialog)
        case _:
            assert_never(command)


def _queued(command: ask.Enqueue, dialog: Dialog) -> fact.Queued:
    kept = None if command.fresh else dialog.queued_at
    return fact.Queued(
        target=command.target,
        target_from=command.target_from,
        priority=dialog.priority,
        weight=command.weight,
        skills=command.skills,
        queued_at=kept or command.at,
        round=1,
        tried=command.tried,
        blocked="channel" if command.blocked else None,
        reason=command.reason,
    )


def _decided(command: ask.RecordRouting, dialog: Dialog) -> list[DialogEvent]:
    if dialog.phase != "queued" and command.decision.outcome != "direct":
        return []
    if not command.offers or command.deadline is None:
        return [command.decision] if _worth_telling(command.decision, dialog) else []
    made = fact.OffersMade(
        round=command.decision.round,
        attempt=command.decision.attempt,
        deadline=command.deadline,
        offers=command.offers,
    )
    return [command.decision, made]


def _worth_telling(decision: RoutingDecided, dialog: Dialog) -> bool:
    """ "Nobody" is written when its cause changed, not once a tick (F18). The minute is kept by the plan."""
    return decision.outcome != "none" or tuple(sorted(decision.rejected.items())) != dialog.none_causes


def _offers(command: ask.Accept | ask.Decline | ask.Expire | ask.Rescind, dialog: Dialog) -> list[DialogEvent]:
    match command:
        case ask.Accept():
            return _accept(command, dialog)
        case ask.Decline():
            return _decline(command, dialog)
        case ask.Expire():
            due = dialog.offer_deadline is not None and command.at >= dialog.offer_deadline
            return [fact.OffersEnded(reason="expired", offers=dialog.offers)] if due and dialog.offers else []
        case ask.Rescind():
            mine = tuple(one for one in dialog.offers if command.agent in (None, one.agent))
            return [fact.OffersEnded(reason=command.reason, offers=mine)] if mine else []
        case _:
            assert_never(command)


def _accept(command: ask.Accept, dialog: Dialog) -> list[DialogEvent]:
    """The deadline decides, not the event: an offer past it can never be accepted (F05).

    The others' offers end after the assignment, which the desk records in between (§4).
    """
    if dialog.accepted_offer == command.offer and dialog.assignee == command.agent:
        return []
    offer = _mine(command.offer, command.agent, dialog)
    if dialog.offer_deadline is None or command.at >= dialog.offer_deadline:
        raise Conflict("offer_expired", "The offer has expired.")
    return [fact.OfferAccepted(offer=offer.offer, agent=offer.agent)]


def _decline(command: ask.Decline, dialog: Dialog) -> list[DialogEvent]:
    if dict(dialog.ended_offers).get(command.offer) == "declined":
        return []
    offer = _mine(command.offer, command.agent, dialog)
    return [fact.OffersEnded(reason="declined", offers=(offer,))]


def _mine(offer: str, agent: str, dialog: Dialog) -> Offered:
    pending = dialog.pending(offer)
    if pending is None:
        ended = dict(dialog.ended_offers).get(offer)
        if ended is None:
            raise NotFound("offer_unknown", "There is no such offer.")
        state = ended if ended in FINAL else "rescinded"
        raise Conflict(f"offer_{state}", f"The offer is no longer open: {ended.replace('_', ' ')}.", reason=ended)
    if pending.agent != agent:
        raise NotAllowed("not_your_offer", "The offer was made to another agent.")
    return pending


def _hand_over(
    command: ask.Assign | ask.Release | ask.ExpireAssignment | ask.Transfer, dialog: Dialog
) -> list[DialogEvent]:
    match command:
        case ask.Assign():
            return _assign(command, dialog)
        case ask.Release():
            return [fact.Released(agent=dialog.assignee, reason=command.reason)] if dialog.assignee else []
        case ask.ExpireAssignment():
            return _expire_assignment(command, dialog)
        case ask.Transfer():
            return _transfer(command, dialog)
        case _:
            assert_never(command)


def _assign(command: ask.Assign, dialog: Dialog) -> list[DialogEvent]:
    _must_be_open(dialog)
    if dialog.assignee == command.agent:
        return []
    if dialog.assignee is not None:
        raise Conflict("already_assigned", "The dialog is assigned to another agent; transfer it instead.")
    return [
        fact.Assigned(
            agent=command.agent,
            reason=command.reason,
            offer=command.offer,
            by=command.by,
            over_capacity=command.over_capacity,
            first_reply_due=command.first_reply_due,
        )
    ]


def _expire_assignment(command: ask.ExpireAssignment, dialog: Dialog) -> list[DialogEvent]:
    due, since, agent = dialog.first_reply_due, dialog.assigned_at, dialog.assignee
    if due is None or since is None or agent is None or command.at < due:
        return []
    return [fact.AssignmentExpired(agent=agent, assigned_at=since, waited=(command.at - since).total_seconds())]


def _transfer(command: ask.Transfer, dialog: Dialog) -> list[DialogEvent]:
    _must_be_open(dialog)
    if command.to.kind == "agent" and command.to.id == dialog.assignee:
        raise Conflict("same_agent", "The dialog is with this agent already.")
    holder = Target(kind="bot", id=dialog.bot) if dialog.bot else dialog.target
    source = Target(kind="agent", id=dialog.assignee) if dialog.assignee else holder
    transferred = fact.Transferred(
        source=source,
        to=command.to,
        subject_key_id=dialog.subject_key_id,
        comment=command.comment,
        by=command.by,
        force=command.force,
    )
    handed = [fact.BotHandedOff(bot=dialog.bot, reason="transferred")] if dialog.bot else []
    return [*handed, transferred]


def _rounds(command: ask.ExhaustRound | ask.Overflow, dialog: Dialog) -> list[DialogEvent]:
    if dialog.phase != "queued":
        return []
    match command:
        case ask.ExhaustRound() if dialog.resume_at is not None or dialog.stays_in_queue:
            return []
        case ask.ExhaustRound():
            return [fact.RoundExhausted(round=dialog.round, tried=dialog.tried, resume_at=command.resume_at)]
        case ask.Overflow(to=None):
            return [] if dialog.stays_in_queue else [fact.LeftInQueue(cause=command.cause)]
        case ask.Overflow(to=to) if dialog.target is not None and dialog.target.id != to:
            return [fact.Overflowed(source=dialog.target.id, to=to, cause=command.cause)]
        case ask.Overflow():
            return []
        case _:
            assert_never(command)


def _hold(command: ask.Hold | ask.Unhold, dialog: Dialog) -> list[DialogEvent]:
    match command:
        case ask.Hold():
            _must_be_open(dialog)
            same = dialog.held and dialog.hold_until == command.until
            return [] if same else [fact.Held(until=command.until, reason=command.reason)]
        case ask.Unhold():
            return [fact.Unheld(reason=command.reason)] if dialog.held else []
        case _:
            assert_never(command)


def _mark(command: ask.Tag | ask.SetTopic | ask.SetAttribute | ask.SetPriority, dialog: Dialog) -> list[DialogEvent]:
    match command:
        case ask.Tag(on=True):
            tag = _label("tag", command.tag, LONGEST_TAG)
            return [] if tag in dialog.tags else [fact.TagAdded(tag=tag)]
        case ask.Tag(tag=tag):
            return [fact.TagRemoved(tag=tag)] if tag in dialog.tags else []
        case ask.SetTopic():
            topic = None if command.topic is None else _label("topic", command.topic, LONGEST_TOPIC)
            return [] if topic == dialog.topic else [fact.TopicSet(topic=topic)]
        case ask.SetAttribute():
            return [fact.AttributeSet(name=command.name, value=command.value)]
        case ask.SetPriority(priority=priority):
            _must_be_open(dialog)
            if priority not in PRIORITIES:
                sentence = "The priority must be between 0 and 9."
                limits = {"least": PRIORITIES[0], "most": PRIORITIES[-1]}
                raise Invalid([Problem(field="priority", code="out_of_range", sentence=sentence, limits=limits)])
            return [] if priority == dialog.priority else [fact.PrioritySet(priority=priority)]
        case _:
            assert_never(command)


def _label(name: str, text: str, longest: int) -> str:
    """Trimmed. A blank one would satisfy a channel that asks for a tag or a topic, and say nothing."""
    label = text.strip()
    if not label:
        sentence = f"{name} must be a text that is not blank."
        raise Invalid([Problem(field=name, code="text_required", sentence=sentence)])
    if len(label) > longest:
        sentence = f"{name} must have at most {longest} characters."
        raise Invalid([Problem(field=name, code="too_long", sentence=sentence, limits={"most": longest})])
    return label


def _end(command: ask.Close | ask.CloseIdle | ask.Reopen, dialog: Dialog) -> list[DialogEvent]:
    match command:
        case ask.Close():
            return _close(command, dialog)
        case ask.CloseIdle():
            return _close_idle(command, dialog)
        case ask.Reopen():
            return [] if dialog.open else [fact.Reopened(closed_version=command.closed_version)]
        case _:
            assert_never(command)


def _close(command: ask.Close, dialog: Dialog) -> list[DialogEvent]:
    if not dialog.open:
        return []
    if command.tag_needed and not dialog.tags:
        raise Conflict("tag_required", "The channel asks for a tag before a dialog is closed.")
    if command.topic_needed and dialog.topic is None:
        raise Conflict("topic_required", "The channel asks for a topic before a dialog is closed.")
    before: list[DialogEvent] = [fact.MarkedSpam()] if command.cause == "spam" else []
    closed = fact.Closed(
        cause=command.cause,
        outcome=dialog.outcome,
        last_activity_at=dialog.last_activity_at or command.at,
        last_activity_by=dialog.last_activity_by,
        channel_version=command.channel_version,
        policies=command.policies,
    )
    return [*before, *_last_offers(dialog), closed]


def _close_idle(command: ask.CloseIdle, dialog: Dialog) -> list[DialogEvent]:
    """A stale timer is a silent no-op: what counts is the deadline of this moment (G05, invariant 11)."""
    if not dialog.open or command.deadline is None or command.at < command.deadline:
        return []
    said: list[DialogEvent] = []
    if command.message is not None and command.text is not None and command.closing_message == "queued":
        said = [
            fact.ClosingMessageSent(message=command.message, subject_key_id=dialog.subject_key_id, body=command.text)
        ]
    closed = fact.Closed(
        cause="idle",
        outcome=dialog.outcome,
        last_activity_at=dialog.last_activity_at or command.at,
        last_activity_by=dialog.last_activity_by,
        deadline=command.deadline,
        period=command.period,
        channel_version=command.channel_version,
        policies=command.policies,
        closing_message=command.closing_message,
        late_by=(command.at - command.deadline).total_seconds(),
    )
    return [*said, *_last_offers(dialog), closed]


def _last_offers(dialog: Dialog) -> list[DialogEvent]:
    return [fact.OffersEnded(reason="dialog_closed", offers=dialog.offers)] if dialog.offers else []
