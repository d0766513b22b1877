"""The desk: commands that concern more than one aggregate, each with the function that carries it out on a `World`.

`HANDLERS` is the engine's whole vocabulary of commands from outside; `domain.desk.world` says what they see.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from domain.desk.world import World

Handler = Callable[[World, Any], dict[str, Any]]

HANDLERS: dict[type[Any], Handler] = {
    intake.ReceiveMessage: intake.receive,
    intake.ChangeReceived: intake.change,
    intake.CountIntake: intake.count,
    intake.ReportOversized: intake.report_oversized,
    quarantining.ReleaseQuarantined: quarantining.release,
    outbound.StartDialog: outbound.start_dialog,
    outside.HearOutside: outside.hear_outside,
    letters.ReceiveAutomatic: letters.receive_automatic,
    directory.KnowAlso: directory.know_also,
    directory.KnowProfile: directory.know_profile,
    answering.AcceptOffer: answering.accept,
    answering.DeclineOffer: answering.decline,
    answering.TakeDialog: answering.take,
    answering.TransferDialog: answering.transfer,
    answering.SendMessage: answering.send,
    answering.TellDialog: answering.tell,
    answering.ReportMessages: answering.report_messages,
    answering.CloseDialog: answering.close,
    waking.WakeDialog: waking.wake,
    waking.WakeSchedule: waking.wake_schedule,
    presence.Heartbeat: presence.heartbeat,
    presence.LeaseOver: presence.lease_over,
    presence.WakeAgent: presence.wake_agent,
    presence.SetActive: presence.set_active,
    receivers.ArchiveGroup: receivers.archive_group,
    channels.CreateChannel: channels.create_channel,
    connecting.BeginAuthorising: connecting.begin_authorising,
    connecting.FailAuthorising: connecting.fail_authorising,
    connecting.AuthoriseAccount: connecting.authorise_account,
    choosing.ChooseObjects: choosing.choose_objects,
    connecting.VerifyChannel: connecting.verify_channel,
    connecting.VerifyKeys: connecting.verify_keys,
    connecting.AuthoriseMailbox: connecting.authorise_mailbox,
    connecting.IssueIdentifier: connecting.issue_identifier,
    connecting.IssueWebhookUrl: connecting.issue_webhook_url,
    connecting.ActivateByManager: connecting.activate_by_manager,
    services.SetEntitlement: services.set_entitlement,
    services.DegradeChannel: services.degrade_channel,
    services.RecoverChannel: services.recover_channel,
    services.AlertDelivery: services.alert_delivery,
    widgets.CreateWidget: widgets.create_widget,
    widgets.ArchiveWidget: widgets.archive_widget,
    channels.SaveChannel: channels.save_channel,
    channels.DisconnectChannel: channels.disconnect_channel,
    admin.SetGroup: admin.set_group,
    admin.SetAgent: admin.set_agent,
    admin.SetPresence: admin.set_presence,
    admin.SetSchedule: admin.set_schedule,
    bots.SetBot: bots.set_bot,
    bots.RemoveBot: bots.remove_bot,
    bots.AnswerAsBot: bots.answer_as_bot,
    bots.ReportBotFailed: bots.report_bot_failed,
}

__all__ = ["HANDLERS", "Handler", "World"]
