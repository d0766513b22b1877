"""Faults of what stands before the rules: whose a dialog is, how long a hold lasts, what a text or a name must be."""

from __future__ import annotations

import importlib
from datetime import timedelta

from domain import settings
from domain.change import replace
from domain.desk import answering, intake, quarantining, rights
from domain.desk.world import Known, World
from tests.domain import test_a_channels_settings, test_a_group, test_a_held_dialog, test_wording_and_rights
from tests.domain.planting import Patch, defect
from tests.domain.test_a_quarantined_message import TestWhatIsDoneToAMessageThatWaits as Changes

RIGHTS = test_wording_and_rights
dialog_answers = importlib.import_module("domain.dialog.decide")
group_answers = importlib.import_module("domain.group")


@defect(RIGHTS.test_the_holder_and_his_group_may_and_a_stranger_may_not)
def everybody_works_on_every_dialog(patch: Patch) -> None:
    patch.setattr(rights, "concerns", lambda *_: True)


@defect(RIGHTS.test_a_dialog_of_one_agent_alone_is_his)
def what_came_by_name_is_everybodys(patch: Patch) -> None:
    patch.setattr(rights, "concerns", lambda world, dialog, agent: dialog.assignee is not None)


@defect(lambda: test_a_held_dialog.test_a_hold_ends_ahead_and_within_a_year(timedelta(days=365, microseconds=1)))
def a_hold_may_last_for_ever(patch: Patch) -> None:
    patch.setattr(answering, "_must_lie_ahead", lambda *_: None)


@defect(RIGHTS.test_a_channel_that_asks_for_a_tag_is_not_content_with_a_blank_one)
def a_blank_tag_is_a_tag(patch: Patch) -> None:
    patch.setattr(dialog_answers, "_label", lambda name, text, longest: text)


@defect(RIGHTS.test_a_blank_message_is_none)
def nothing_may_be_said(patch: Patch) -> None:
    patch.setattr(answering, "must_be_sendable", lambda *_, **__: None)


@defect(lambda: test_a_channels_settings.test_a_setting_has_one_name("bot_fallback"))
def a_setting_has_two_names(patch: Patch) -> None:
    patch.setattr(settings, "_DOTTED", {})


@defect(test_a_group.test_an_archived_group_stays_as_it_was)
def an_archived_group_is_changed(patch: Patch) -> None:
    right = group_answers.decide
    patch.setattr(test_a_group, "decide", lambda ask, of: right(ask, replace(of, archived=False)))


@defect(lambda: Changes().test_it_finds_the_message_in_the_dialog_where_it_is_and_not_in_a_later_one())
def a_change_goes_to_the_last_dialog(patch: Patch) -> None:
    def last(world: World, channel: str, who: Known, message: str) -> str | None:
        found = world.conversation(channel, who.customer)
        return found.dialog if found is not None else None

    patch.setattr(quarantining, "dialog_of", last)
    patch.setattr(intake, "dialog_of", last)
