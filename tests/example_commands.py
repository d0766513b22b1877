"""One example of every command: those of the desk, those of the aggregates, those of the processors."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from domain import account, agent, alert, channel, customer, group, quarantine, schedule, widget
from domain.desk import administration as admin
from domain.desk import (
    answering,
    bots,
    channels,
    choosing,
    connecting,
    directory,
    intake,
    letters,
    outbound,
    outside,
    presence,
    quarantining,
    receivers,
    services,
    waking,
    widgets,
)
from domain.dialog import commands as dialog
from domain.dialog.events import Author, RoutingDecided
from domain.schedule import CLOSED_WEEK
from processors import REGISTRY
from tests.example_events import AT, KEY, OFFER, SOON, SUPPORT

ANNA = Author(kind="agent", id="anna")
DECISION = RoutingDecided(group="support", seq=1, algorithm="round_robin", chosen=("anna",), outcome="offered")
HELLO: dict[str, Any] = {"external_key": "hash of m1", "provider_id": "4711", "body": "Where is my parcel?"}

PAGES = (channel.ProviderObject(external_id="p-1", name="Shop page", permissions=("messaging",)),)
LOGIN: dict[str, Any] = {
    "state": "hash of s-1",
    "user": "sofia",
    "external_id": "fb-1",
    "name": "Sofia",
    "scopes": ("pages_messaging",),
    "objects": PAGES,
}

_DESK: list[Any] = [
    intake.ReceiveMessage(channel="shop", provider="telegram", sender_key="hash of ivan", sender_id="1001", **HELLO),
    intake.ChangeReceived(channel="shop", external_key="hash of m1", sender_key="hash of ivan", body="My big parcel?"),
    intake.CountIntake(channel="shop", outcome="duplicate"),
    intake.ReportOversized(channel="shop"),
    quarantining.ReleaseQuarantined(channel="shop", item="q1", external_key="hash of m1", body="Where is my parcel?"),
    directory.KnowAlso(channel="shop", sender_key="hash of ivan", also=(("hash of US.13", "US.13"),)),
    directory.KnowProfile(customer="c1", fields={"name": "Ivan Petrov", "avatar": "https://example.org/ivan.jpg"}),
    outbound.StartDialog(
        channel="post",
        sender_key="hash of ivan",
        sender_id="ivan@example.org",
        agent="anna",
        by="anna",
        body="Your parcel has come back.",
        client_key="c-9",
    ),
    answering.AcceptOffer(dialog="ivan-2", offer=OFFER.offer, agent="anna"),
    answering.DeclineOffer(dialog="ivan-2", offer=OFFER.offer, agent="anna"),
    answering.TakeDialog(dialog="ivan-2", agent="anna", by="sofia", force=True),
    answering.TransferDialog(dialog="ivan-2", to=SUPPORT, by="anna", comment="A hard one."),
    answering.SendMessage(dialog="ivan-2", client_key="c-1", author=ANNA, body="It leaves today."),
    answering.TellDialog(dialog="ivan-2", command=dialog.Tag(tag="parcel")),
    answering.ReportMessages(messages=(("ivan-2", "m2"),), result="read"),
    letters.ReceiveAutomatic(channel="shop", external_key="hash of 8", sender_key="hash of ivan", body="I am away."),
    outside.HearOutside(channel="shop", external_key="hash of 9", sender_key="hash of ivan", body="It has left."),
    answering.CloseDialog(dialog="ivan-2"),
    waking.WakeDialog(dialog="ivan-2"),
    waking.WakeSchedule(schedule="office-hours"),
    presence.Heartbeat(agent="anna", lease=60),
    presence.LeaseOver(agent="anna"),
    presence.WakeAgent(agent="anna"),
    presence.SetActive(agent="anna", active=False),
    receivers.ArchiveGroup(group="seniors"),
    channels.CreateChannel(channel="shop", kind="telegram", name="Shop"),
    widgets.CreateWidget(widget="site", name="Site"),
    widgets.ArchiveWidget(widget="site"),
    connecting.BeginAuthorising(channel="page", state="hash of s-1", user="sofia"),
    connecting.FailAuthorising(channel="page", state="hash of s-1", user="sofia", reason="denied"),
    connecting.AuthoriseAccount(channel="page", **LOGIN),
    choosing.ChooseObjects(channel="page", chosen=("p-1",)),
    connecting.VerifyChannel(channel="shop", bot_name="Shop bot", external_id="bot-1", fingerprint="f00d"),
    connecting.VerifyKeys(channel="wa", given=("api_key",), numbers=("+44 20 7946 0000",), fingerprints=("f1",)),
    connecting.AuthoriseMailbox(channel="post", address="help@shop.example"),
    connecting.IssueIdentifier(channel="alice"),
    connecting.IssueWebhookUrl(channel="wa"),
    connecting.ActivateByManager(channel="wa", external_id="+44 20 7946 0000"),
    services.SetEntitlement(service="whatsapp", granted=False),
    services.DegradeChannel(channel="shop", cause="provider"),
    services.RecoverChannel(channel="shop", cause="provider"),
    services.AlertDelivery(channel="shop"),
    channels.SaveChannel(channel="shop", changes={"reopen_window": 24}, account_key="hash of bot-1"),
    channels.DisconnectChannel(channel="shop", user="sofia"),
    admin.SetGroup(group="support", name="Support", changes={"members": ["anna", "boris"]}),
    admin.SetAgent(agent="anna", name="Anna", capacity=3, skills=["russian"]),
    admin.SetPresence(agent="anna", to="ready"),
    bots.SetBot(bot="greeter", name="Greeter"),
    bots.RemoveBot(bot="greeter"),
    bots.AnswerAsBot(dialog="ivan-2", bot="greeter", key="a-1", messages=("A person comes.",), hand_off=True),
    bots.ReportBotFailed(dialog="ivan-2", bot="greeter", turn=7),
    admin.SetSchedule(schedule="office-hours", name="Office hours", zone="UTC", week=CLOSED_WEEK),
]

_DIALOG: list[Any] = [
    dialog.Open(channel="shop", customer="ivan", subject_key_id=KEY, session=2, previous="ivan-1"),
    dialog.Receive(message="m1", **HELLO),
    dialog.Send(message="m2", client_key="c-1", author=ANNA, body="It leaves today."),
    dialog.AutoReply(message="m3", period_start=AT, schedule_version=1, text="We open at nine."),
    dialog.Report(message="m2", result="failed", code="blocked_by_user"),
    dialog.Edit(message="m1", body="Where is my big parcel?"),
    dialog.Delete(message="m1"),
    dialog.React(message="m2", reaction="\U0001f44d"),
    dialog.AddNote(note="n1", body="Ask the warehouse."),
    dialog.Enqueue(target=SUPPORT, target_from="channel", at=AT, reason="opened"),
    dialog.StartBot(bot="greeter", reason="opened"),
    dialog.HandOff(reason="requested"),
    dialog.RecordRouting(decision=DECISION, offers=(OFFER,), deadline=SOON),
    dialog.Accept(offer=OFFER.offer, agent="anna", at=AT),
    dialog.Decline(offer=OFFER.offer, agent="anna", at=AT),
    dialog.Expire(at=SOON),
    dialog.Rescind(reason="agent_unavailable", agent="anna"),
    dialog.Assign(agent="anna", reason="offer", offer=OFFER.offer),
    dialog.Release(reason="agent_lost"),
    dialog.ExpireAssignment(at=SOON),
    dialog.Transfer(to=SUPPORT, by="anna"),
    dialog.ExhaustRound(resume_at=SOON),
    dialog.Overflow(to="seniors", cause="rounds"),
    dialog.Hold(until=SOON),
    dialog.Unhold(),
    dialog.Tag(tag="parcel"),
    dialog.SetTopic(topic="delivery"),
    dialog.SetAttribute(name="order", value="A-17"),
    dialog.SetPriority(priority=9),
    dialog.Close(cause="agent", at=AT),
    dialog.CloseIdle(at=SOON, deadline=SOON, period=60, channel_version=4),
    dialog.Reopen(closed_version=31),
]

_OTHERS: list[Any] = [
    channel.Create(kind="telegram", name="Shop"),
    channel.VerifyToken(bot_name="Shop bot", external_id="bot-1", fingerprint="f00d"),
    channel.BeginLogin(state="hash of s-1", user="sofia", at=AT),
    channel.FailLogin(state="hash of s-1", user="sofia", at=AT, reason="denied"),
    channel.Authorise(at=AT, **LOGIN),
    channel.Inherit(login=channel.Login("fb-1", "Sofia"), objects=PAGES),
    channel.Choose(external_id="p-1"),
    channel.AcceptKeys(given=("api_key",), numbers=("+44 20 7946 0000",), fingerprints=("f1",)),
    channel.AcceptMailbox(address="help@shop.example"),
    channel.AcceptIdentifier(chat_id="chat-77"),
    channel.IssueUrl(),
    channel.Activate(external_id="+44 20 7946 0000"),
    channel.Save(changes={"reopen_window": 24}, at=AT),
    channel.Degrade(cause="provider"),
    channel.Recover(cause="provider"),
    channel.Supersede(by="page-2"),
    channel.Reactivate(),
    channel.CheckReceivers(gone=frozenset({("anna", "deactivated")})),
    channel.RequestDisconnect(consent_id="yes-1", user="sofia", at=AT),
    channel.ConfirmDisconnect(consent_id="yes-1", user="sofia", at=AT + timedelta(minutes=1)),
    channel.CancelDisconnect(consent_id="yes-1"),
    account.Register(channel="flats", supersedes=True),
    account.Unregister(channel="flats"),
    account.Refuse(channel="flats", reason="account_unavailable"),
    widget.Create(name="Site"),
    widget.AddChannel(channel="shop", kind="telegram"),
    widget.ChangeProvider(
        old_kind="whatsapp_infobip", new_kind="whatsapp_messagebird", old_channel="wa-1", new_channel="wa-2"
    ),
    widget.Archive(),
    agent.Create(name="Anna"),
    agent.Configure(capacity=3),
    agent.SetPresence(to="ready"),
    agent.SetActive(active=False),
    agent.Reserve(dialog="ivan-2", offer=OFFER.offer, weight=1),
    agent.Occupy(dialog="ivan-2", weight=1, force=True),
    agent.Release(dialog="ivan-2", reason="closed"),
    group.Create(name="Support", seed="seed"),
    group.Configure(changes={"algorithm": "least_busy"}),
    group.Archive(channels=("shop",)),
    schedule.Define(name="Office hours", zone="UTC", week=CLOSED_WEEK),
    customer.Create(
        provider="telegram",
        namespace="telegram:shop",
        external_key="hash of ivan",
        external_id="1001",
        subject_key_id=KEY,
        profile={"name": "Ivan"},
    ),
    customer.AddIdentity(namespace="whatsapp_official:wa", external_key="hash of US.13", external_id="US.13"),
    customer.ChangeProfile(fields={"name": "Ivan the Great"}),
    quarantine.Put(
        item="q1",
        reason="channel_disconnected",
        external_key="hash of m9",
        subject_key_id=KEY,
        body="Hello?",
        sender="1001",
    ),
    alert.Raise(alert="unrouted", subject="ivan-2"),
    alert.Clear(alert="unrouted", subject="ivan-2"),
]

_PROCESSORS: list[Any] = [processor.look(["group-support"]) for processor in REGISTRY.values()]

COMMANDS: dict[type[Any], Any] = {type(one): one for one in (*_DESK, *_DIALOG, *_OTHERS, *_PROCESSORS)}
