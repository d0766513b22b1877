"""One example of every event, in the order of the vocabulary: Ivan asks about a parcel, and what else happens."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from domain import access, account, agent, alert, channel, customer, group, privacy, quarantine, schedule, widget
from domain import subscription as sub
from domain.dialog import events as dialog
from domain.dialog.events import Attachment, Author, Candidate, Offered, Target
from domain.recorded import Event, Policy
from domain.working_time import Interval

AT = datetime(2026, 3, 2, 9, 0, 0, 250_001, tzinfo=UTC)
SOON = AT + timedelta(seconds=60)
SUPPORT, SENIORS = Target(kind="group", id="support"), Target(kind="group", id="seniors")
OFFER = Offered(offer="ivan-1.support.1.anna", agent="anna")
OTHER = Offered(offer="ivan-1.support.1.boris", agent="boris")
KEY = "key-ivan"

_DIALOG: list[Event] = [
    dialog.Opened(channel="shop", customer="ivan", subject_key_id=KEY, session=2, previous_dialog_id="ivan-1"),
    dialog.MessageReceived(
        message="m1",
        external_key="hash of m1",
        subject_key_id=KEY,
        provider_id="4711",
        body="Где моя посылка? \U0001f4e6",
        attachments=(Attachment(type="image", ref="file-9", mime="image/jpeg", size=80_000, facts={"width": 640}),),
        provider_time=AT,
        letter={"subject": "Rye", "references": "<m0@example.org>", "text": "Где моя посылка?\n> We answer soon."},
    ),
    dialog.MessageSent(
        message="m2",
        client_key="c-1",
        author=Author(kind="agent", id="anna", recorded_as="Anna P."),
        subject_key_id=KEY,
        body="It leaves today.",
        first_reply=True,
    ),
    dialog.AutoReplySent(
        message="m3", period_start=AT, schedule_version=3, subject_key_id=KEY, body="We open at nine."
    ),
    dialog.MessageDelivered(message="m2"),
    dialog.MessageRead(message="m2"),
    dialog.MessageFailed(message="m2", code="blocked_by_user"),
    dialog.SendUnknown(message="m2"),
    dialog.MessageEdited(message="m1", subject_key_id=KEY, body="Где моя большая посылка?"),
    dialog.MessageDeleted(message="m1"),
    dialog.ReactionChanged(message="m2", reaction="\U0001f44d"),
    dialog.NoteAdded(note="n1", subject_key_id=KEY, body="Ask the warehouse."),
    dialog.Queued(target=SUPPORT, weight=2, skills=("russian",), queued_at=AT, reason="opened"),
    dialog.RoutingDecided(
        group="support",
        seq=1,
        algorithm="least_busy",
        group_version=7,
        cursor_before="vera",
        cursor_after="vera",
        candidates=(
            Candidate(agent="anna", ordinal=0, eligible=True, load=1, capacity=5, key="1,-1,0"),
            Candidate(agent="boris", ordinal=1, eligible=False, reject="not_ready", load=0, capacity=5),
        ),
        rejected={"not_ready": 1},
        chosen=("anna",),
        outcome="offered",
        sticky=dialog.Sticky(agent="vera", used=False, why_not="full"),
    ),
    dialog.OffersMade(round=1, attempt=1, deadline=SOON, offers=(OFFER, OTHER)),
    dialog.OfferAccepted(offer=OFFER.offer, agent="anna"),
    dialog.OffersEnded(reason="accepted_by_other", offers=(OTHER,)),
    dialog.Assigned(agent="anna", reason="offer", offer=OFFER.offer, first_reply_due=SOON),
    dialog.AssignmentExpired(agent="anna", assigned_at=AT, waited=60.000001),
    dialog.Released(agent="anna", reason="agent_lost"),
    dialog.Transferred(source=SUPPORT, to=SENIORS, subject_key_id=KEY, comment="A hard one.", by="anna"),
    dialog.RoundExhausted(round=1, tried=("anna", "boris"), resume_at=SOON),
    dialog.Overflowed(source="support", to="seniors", cause="rounds"),
    dialog.LeftInQueue(cause="max_queue_wait"),
    dialog.BotStarted(bot="greeter", reason="opened"),
    dialog.BotHandedOff(bot="greeter", reason="requested"),
    dialog.Held(until=SOON, reason="waits for the warehouse"),
    dialog.Unheld(reason="message"),
    dialog.TagAdded(tag="parcel"),
    dialog.TagRemoved(tag="parcel"),
    dialog.TopicSet(topic="delivery"),
    dialog.AttributeSet(name="order", value="A-17"),
    dialog.PrioritySet(priority=9),
    dialog.MarkedSpam(),
    dialog.ClosingMessageSent(message="m4", subject_key_id=KEY, body="Thank you for writing."),
    dialog.Closed(
        cause="idle",
        outcome="answered",
        last_activity_at=AT,
        last_activity_by="agent",
        deadline=SOON,
        period=3600,
        channel_version=4,
        policies=(Policy(stream="channel-shop", version=4),),
        closing_message="queued",
        late_by=0.000001,
    ),
    dialog.Reopened(closed_version=31),
]

_CHANNEL: list[Event] = [
    channel.Created(channel_kind="facebook", widget_id="site", name="Page"),
    channel.AuthStarted(),
    channel.AuthFailed(reason="not_admin"),
    channel.AccountAuthorised(
        external_id="fb-1",
        name="Sofia",
        scopes=("pages_messaging",),
        objects=(channel.ProviderObject(external_id="p-1", name="Shop page", permissions=("messaging",)),),
    ),
    channel.ObjectChosen(external_id="p-1", name="Shop page", permissions=("messaging",)),
    channel.TokenVerified(bot_name="Shop bot", external_id="bot-1", fingerprint="f00d", candidate=True),
    channel.TokenRejected(),
    channel.KeysVerified(phone="+44 20 7946 0000", numbers=("+44 20 7946 0000",), fingerprints=("f1",)),
    channel.MailboxAuthorised(address="help@shop.example"),
    channel.IdentifierIssued(chat_id="chat-77"),
    channel.WebhookUrlIssued(),
    channel.ActivatedByManager(),
    channel.SettingsChanged(
        settings_version=2,
        changes=(
            channel.Change(field="auto_close", old=None, new={"value": 1, "unit": "hours"}),
            channel.Change(field="receiver", old=None, new={"kind": "group", "id": "support"}),
            channel.Change(field="required_skills", old=[], new=["russian"]),
        ),
        floor_until=SOON,
        restored_from=1,
    ),
    channel.Connected(external_id="p-1", settings_version=2),
    channel.Degraded(cause="provider"),
    channel.Recovered(),
    channel.ReceiverInvalid(receiver="anna", cause="deactivated"),
    channel.ReceiverRestored(),
    channel.Superseded(by_channel="page-2"),
    channel.Reactivated(),
    channel.DisconnectRequested(consent_id="yes-1", user="sofia", expires_at=SOON, settings_version=2, open_dialogs=3),
    channel.DisconnectCancelled(consent_id="yes-1"),
    channel.Disconnected(consent_id="yes-1", wiped_secrets=("token",)),
    channel.ReconnectStarted(),
]

_SETTINGS: list[Event] = [
    account.Registered(channel="flats", replaces="flats-old"),
    account.Unregistered(channel="flats"),
    account.RegistrationRefused(channel="flats", reason="account_unavailable"),
    widget.Created(name="Site"),
    widget.ChannelAdded(channel="shop", channel_kind="telegram"),
    widget.ProviderChanged(
        old_kind="whatsapp_infobip",
        new_kind="whatsapp_messagebird",
        old_channel="wa-1",
        new_channel="wa-2",
    ),
    widget.Archived(),
    agent.Created(name="Anna", skills=("russian",), capacity=3),
    agent.Reactivated(),
    agent.Deactivated(),
    agent.PresenceChanged(before="ready", to="offline", reason="lease_lost", graces={"support": 300}),
    agent.CapacitySet(capacity=4),
    agent.SkillsSet(skills=("russian", "refunds")),
    agent.SlotReserved(dialog="ivan-2", offer=OFFER.offer, weight=2),
    agent.SlotOccupied(dialog="ivan-2", offer=OFFER.offer, weight=2),
    agent.SlotReleased(dialog="ivan-2", offer=OFFER.offer, reason="closed"),
    group.Created(name="Support"),
    group.MembersChanged(added=("vera",), removed=("petr",), order=("anna", "boris", "vera")),
    group.AlgorithmSet(algorithm="random", seed="seed"),
    group.AnswerWaitSet(seconds=30),
    group.RoundsSet(max_rounds=2, retry_pause=10),
    group.OverflowSet(target=SENIORS, max_queue_wait=600),
    group.PolicySet(changes=(group.PolicyChange(field="held_counts", old=True, new=False),)),
    group.Archived(),
    schedule.Defined(
        name="Office hours",
        zone="Europe/Berlin",
        week=((Interval(start=540, end=1080),), (), (), (), (Interval(start=1320, end=360),), (), ()),
        exceptions=(schedule.DatedException(on=date(2026, 12, 25)),),
    ),
    schedule.Changed(zone="Asia/Almaty"),
    sub.Created(url="https://crm.example/hooks", filter=sub.Filter(types=("dialog.closed",)), fingerprint="f2"),
    sub.FilterChanged(filter=sub.Filter(groups=("support",))),
    sub.SecretRotated(fingerprint="f3"),
    sub.Failing(since=AT, error="timeout"),
    sub.Recovered(),
    sub.Paused(cause="gone"),
    sub.Resumed(),
    sub.Rewound(before=900, to=100),
    sub.Deleted(),
]

_RECORDS: list[Event] = [
    privacy.SubjectKeyCreated(subject_key_id=KEY, commitment="c0ffee"),
    privacy.SubjectErased(
        subject_key_ids=(KEY,), requested_by="sofia", reason="asked", legal_basis="GDPR art. 17", dialogs_count=2
    ),
    privacy.RetentionApplied(since=AT, to=SOON, policy="body_retention"),
    customer.Created(
        provider="telegram",
        namespace="telegram:shop",
        external_key="hash of ivan",
        external_id="1001",
        subject_key_id=KEY,
    ),
    customer.IdentityAdded(external_key="hash of ivan's other phone", external_id="1002", subject_key_id=KEY),
    customer.ProfileChanged(fields={"name": "Иван"}, subject_key_id=KEY),
    quarantine.InboundQuarantined(
        item="q1",
        reason="channel_disconnected",
        external_key="hash of m9",
        subject_key_id=KEY,
        body="Hello?",
        sender="1001",
        provider_time=AT,
    ),
    quarantine.QuarantineReleased(item="q1", dialog="ivan-2"),
    alert.AlertRaised(alert="unrouted", subject="ivan-2"),
    alert.AlertCleared(alert="unrouted", subject="ivan-2"),
    access.AccessDenied(operation="save", object="channel-shop"),
    access.DataRead(what="bodies", who="sofia", minute=AT.replace(second=0, microsecond=0), count=12),
    access.Exported(what="channel-shop", who="sofia"),
]

EVENTS: dict[str, Event] = {event.kind: event for event in (*_DIALOG, *_CHANNEL, *_SETTINGS, *_RECORDS)}
"""One example a kind. Two of one kind would hide each other: a test counts them."""
ALL: tuple[Event, ...] = (*_DIALOG, *_CHANNEL, *_SETTINGS, *_RECORDS)
