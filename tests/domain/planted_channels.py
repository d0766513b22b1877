"""Faults of channels: logins, candidates, accounts, providers, entitlements. Each is seen by the test of its rule."""

from __future__ import annotations

import dataclasses
import importlib
from itertools import count
from typing import Any

from domain import channel, settings
from domain.channel import checking, logging_in, saving
from domain.desk import arrival, channels, choosing, connecting, directory, intake, registering, services, widgets
from domain.kinds import KINDS
from processors import ALL_HANDLERS
from tests.connections import page
from tests.domain import (
    test_connecting_a_channel,
    test_logging_in,
    test_mail_and_chat_ids,
    test_preview,
    test_the_same_account,
    test_whatsapp,
)
from tests.domain.planting import Patch, defect

answers = importlib.import_module("domain.channel.decide")
states = importlib.import_module("domain.channel.state")
LOGIN, SAME = test_logging_in, test_the_same_account
CONTRACT, OFFICIAL, BIRD = (
    test_whatsapp.TestTheContract(),
    test_whatsapp.TestOfficial(),
    test_whatsapp.TestMessageBird(),
)
INFOBIP, WIDGET = test_whatsapp.TestInfobip(), test_whatsapp.TestOneProviderAWidget()
MAIL, CHAT = test_mail_and_chat_ids.TestMail(), test_mail_and_chat_ids.TestChatIds()


def row(patch: Patch, kind: Any, **changes: Any) -> None:
    """Another row in the table of kinds."""
    patch.setitem(KINDS, kind, dataclasses.replace(KINDS[kind], **changes))


def answer(patch: Patch, command: type[Any], lax: Any) -> None:
    patch.setitem(answers.ANSWERS, command, lax)


@defect(
    lambda: LOGIN.test_an_answer_to_a_login_that_was_not_begun_here_is_refused(
        LOGIN.logs_in("vk", LOGIN.CLUB, state="x")
    )
)
def any_oauth_state_will_do(patch: Patch) -> None:
    right = logging_in.authorise
    lax = lambda ask, of: right(dataclasses.replace(ask, state=of.login.state if of.login else ""), of)  # noqa: E731
    answer(patch, channel.Authorise, lax)


@defect(LOGIN.test_a_state_is_good_for_one_answer)
def an_oauth_state_may_be_used_twice(patch: Patch) -> None:
    right = states._checked
    patch.setattr(states, "_checked", lambda of, *more: dataclasses.replace(right(of, *more), login=of.login))


@defect(LOGIN.test_a_login_lasts_ten_minutes_to_the_microsecond)
def a_login_lasts_for_ever(patch: Patch) -> None:
    patch.setattr(logging_in, "LOGIN_LASTS", logging_in.LOGIN_LASTS * 100)


@defect(lambda: LOGIN.test_who_administers_nothing_is_no_administrator("vk"))
def a_login_without_any_group_is_verified(patch: Patch) -> None:
    patch.setattr(logging_in, "_failure", lambda *_: None)


@defect(lambda: LOGIN.test_avito_needs_the_consent_to_read_send_and_delete("delete"))
def avito_may_keep_its_right_to_delete(patch: Patch) -> None:
    row(patch, "avito", scopes=frozenset({"read", "send"}))


@defect(lambda: LOGIN.test_only_what_the_list_offers_can_be_chosen("vk"))
def whatever_is_named_is_chosen(patch: Patch) -> None:
    patch.setattr(logging_in, "_offered", lambda _, external_id: page(external_id))


@defect(lambda: LOGIN.test_what_does_not_receive_messages_cannot_be_chosen("facebook"))
def a_deaf_page_is_connected(patch: Patch) -> None:
    patch.setattr(logging_in, "fault_of", lambda *_: None)


@defect(LOGIN.test_a_page_without_the_permission_for_messages_cannot_be_chosen)
def a_page_needs_no_permission(patch: Patch) -> None:
    row(patch, "facebook", permission=None)


@defect(LOGIN.test_several_pages_are_several_channels_of_one_widget_made_together)
def a_second_page_stands_in_no_widget(patch: Patch) -> None:
    patch.setattr(choosing, "add_to_widget", lambda *_: None)


@defect(LOGIN.test_what_is_connected_and_missing_in_the_new_list_is_degraded_and_never_exchanged)
def a_lost_page_goes_unnoticed(patch: Patch) -> None:
    patch.setattr(saving, "trouble_after_login", lambda _: None)


@defect(LOGIN.test_of_two_causes_one_remains)
def the_first_recovery_heals_everything(patch: Patch) -> None:
    answer(patch, channel.Recover, lambda *_: [channel.Recovered()])


@defect(test_connecting_a_channel.test_a_check_on_a_connected_channel_touches_only_the_candidate)
def a_failed_check_stops_a_working_channel(patch: Patch) -> None:
    patch.setattr(checking, "is_candidate", lambda _: False)


@defect(test_connecting_a_channel.test_a_token_that_was_exchanged_for_another_is_free_again)
def an_exchanged_token_stays_in_use(patch: Patch) -> None:
    patch.setattr(registering, "unregister", lambda *_: None)


@defect(lambda: SAME.test_only_avito_lets_a_second_channel_take_an_account_over("vk"))
def any_kind_takes_accounts_over(patch: Patch) -> None:
    row(patch, "vk", second_supersedes=True)


@defect(lambda: SAME.test_every_new_message_goes_to_the_second_only(SAME.A))
def a_superseded_channel_keeps_its_messages(patch: Patch) -> None:
    patch.setattr(intake, "receiving_channel", lambda _, name: name)


@defect(SAME.test_what_counts_is_the_registration_and_not_the_last_edit)
def the_last_edit_takes_the_account_back(patch: Patch) -> None:
    right = saving._is_new
    patch.setattr(saving, "_is_new", lambda of, wanted: of.phase == "superseded" or right(of, wanted))


@defect(SAME.test_the_first_wins_when_it_is_authorised_anew)
def authorised_anew_it_waits_for_a_save(patch: Patch) -> None:
    patch.setattr(connecting, "_take_back", lambda *_: {"outcome": "verified"})


@defect(SAME.test_the_account_again_in_the_channel_in_effect_changes_nothing)
def the_same_account_is_authorised_again_and_again(patch: Patch) -> None:
    patch.setattr(logging_in, "_in_effect_already", lambda *_: False)


@defect(SAME.test_who_registers_the_second_is_warned_before_and_told_after)
def nobody_is_warned_of_what_will_stop(patch: Patch) -> None:
    patch.setattr(connecting, "would_replace", lambda *_: None)


@defect(lambda: SAME.test_the_customers_next_message_opens_a_dialog_in_the_second_linked_to_the_one_in_the_first(True))
def customers_are_strangers_to_the_channel_that_took_over(patch: Patch) -> None:
    lonely = lambda world, name: f"{world.channel(name).kind}:{name}"  # noqa: E731
    patch.setattr(directory, "namespace_of", lonely)


@defect(lambda: SAME.test_the_customers_next_message_opens_a_dialog_in_the_second_linked_to_the_one_in_the_first(True))
def a_dialog_forgets_those_of_the_channel_before(patch: Patch) -> None:
    patch.setattr(arrival, "former_dialog", lambda *_: None)


@defect(lambda: SAME.test_an_account_of_another_tenant_is_refused_and_only_the_operator_learns_of_it("telegram"))
def an_account_may_belong_to_two_tenants(patch: Patch) -> None:
    patch.setattr(channels, "refuse_foreign", lambda *_: None)


@defect(SAME.test_an_account_that_became_another_tenants_is_not_taken_back_either)
def a_superseded_channel_takes_another_tenants_account(patch: Patch) -> None:
    patch.setattr(connecting, "refuse_foreign", lambda *_: None)


@defect(lambda: CONTRACT.test_without_it_nothing_is_begun_connected_or_saved("whatsapp_infobip"))
def saving_needs_no_contract(patch: Patch) -> None:
    patch.setattr(channels, "require_service", lambda *_: None)


@defect(
    lambda: CONTRACT.test_a_channel_that_loses_it_is_degraded_and_its_customers_are_still_answered("whatsapp_official")
)
def whoever_lost_the_service_still_writes_first(patch: Patch) -> None:
    patch.setattr(services, "_follow_contract", lambda *_: None)


@defect(lambda: OFFICIAL.test_a_user_is_told_to_ask_his_manager("agent"))
def anybody_activates_whatsapp(patch: Patch) -> None:
    right = connecting.activate_by_manager

    def anybody(world: Any, command: Any) -> Any:
        world.actor = test_whatsapp.MANAGER
        return right(world, command)

    patch.setitem(ALL_HANDLERS, connecting.ActivateByManager, anybody)


@defect(lambda: BIRD.test_both_fields_are_needed_for_a_number("channel_id"))
def a_key_alone_is_enough(patch: Patch) -> None:
    row(patch, "whatsapp_messagebird", keys=("key",))


@defect(lambda: BIRD.test_a_wrong_key_and_a_wrong_channel_are_told_apart_and_lead_to_no_number("credentials_rejected"))
def a_rejected_key_is_verified(patch: Patch) -> None:
    right = checking.accept_keys
    lax = lambda ask, of: right(dataclasses.replace(ask, outcome="verified"), of)  # noqa: E731
    answer(patch, channel.AcceptKeys, lax)


@defect(lambda: BIRD.test_without_a_namespace_nobody_is_written_to_first({}))
def a_namespace_is_not_asked_for(patch: Patch) -> None:
    row(patch, "whatsapp_messagebird", first_contact="template")


@defect(BIRD.test_of_the_signing_key_only_its_fingerprint_is_taken)
def a_secret_is_saved_as_it_is(patch: Patch) -> None:
    patch.setitem(settings._CHECKS, "signing_key", settings._text(500))


@defect(INFOBIP.test_the_number_is_one_of_the_list)
def any_number_is_connected(patch: Patch) -> None:
    patch.setattr(saving, "_unnamed", lambda *_: [])


@defect(lambda: INFOBIP.test_messages_come_in_on_exactly_this_number(test_whatsapp.OTHER_NUMBER, "quarantined"))
def another_numbers_messages_are_taken_too(patch: Patch) -> None:
    right = intake._quarantine_reason
    patch.setattr(intake, "_quarantine_reason", lambda of, ask: right(of, dataclasses.replace(ask, to=None)))


@defect(INFOBIP.test_our_address_is_issued_once_and_stays)
def every_visit_makes_another_address(patch: Patch) -> None:
    answer(patch, channel.IssueUrl, lambda *_: [channel.WebhookUrlIssued()])


@defect(WIDGET.test_a_second_provider_is_refused_and_other_kinds_are_not)
def a_widget_may_have_two_providers(patch: Patch) -> None:
    patch.setattr(channels, "refuse_second_provider", lambda *_: None)


@defect(WIDGET.test_the_first_save_of_the_new_one_asks_for_a_second_consent)
def the_provider_is_changed_without_asking(patch: Patch) -> None:
    patch.setattr(channels, "provider_beside", lambda *_: None)


@defect(WIDGET.test_with_it_one_transaction_connects_the_new_one_and_disconnects_the_old_one)
def the_old_provider_goes_on(patch: Patch) -> None:
    patch.setattr(channels, "change_provider", lambda *_: None)


@defect(MAIL.test_another_address_must_be_authorised_first)
def any_address_is_saved(patch: Patch) -> None:
    patch.setattr(saving, "_confirmed", lambda of: {"new@shop.example", of.external_id, of.candidate_external_id})


@defect(CHAT.test_it_is_the_same_after_a_reconnect)
def a_reconnect_makes_another_chat_id(patch: Patch) -> None:
    right = checking.accept_identifier
    numbers = count()

    def another(ask: Any, of: Any) -> Any:
        return right(dataclasses.replace(ask, chat_id=str(next(numbers))), dataclasses.replace(of, chat_id=None))

    answer(patch, channel.AcceptIdentifier, another)


@defect(test_preview.test_a_shorter_period_tells_what_is_due_at_once_and_what_closes_by_the_end_of_the_floor)
def the_preview_forgets_the_floor(patch: Patch) -> None:
    patch.setattr(importlib.import_module("domain.preview"), "floor_after", lambda *_: None)


@defect(test_connecting_a_channel.test_a_request_tells_how_many_dialogs_are_open)
def a_request_counts_no_dialogs(patch: Patch) -> None:
    patch.setattr(widgets, "COUNTED", 0)
