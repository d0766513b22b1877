"""Faults of letters: each is found by the check that watches for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from domain.desk import intake, letters
from domain.desk.world import Known, World
from tests.domain import test_letters
from tests.domain.planting import Patch, defect


@defect(test_letters.test_a_proof_for_another_channels_dialog_counts_for_nothing)
def a_proof_counts_in_every_channel(patch: Patch) -> None:
    right = letters.customer_answering

    def anywhere(world: World, channel: str, dialog: str | None) -> Known | None:
        return right(world, world.dialog(dialog).channel if dialog else channel, dialog)

    patch.setattr(intake, "customer_answering", anywhere)


@defect(test_letters.test_it_opens_no_dialog_and_no_closed_one_again)
def a_machine_is_heard_in_a_dialog_that_is_over(patch: Patch) -> None:
    right = letters._dialog

    def last(world: World, channel: str, command: Any) -> str | None:
        known = world.known(letters.namespace_of(world, channel), command.sender_key)
        found = world.conversation(channel, known.customer) if known else None
        return found.dialog if found else right(world, channel, command)

    patch.setattr(letters, "_dialog", last)


@defect(test_letters.test_who_answers_our_letter_from_another_address_reaches_its_dialog_and_is_named)
def a_stranger_speaks_in_the_customers_name(patch: Patch) -> None:
    patch.setattr(intake, "signed", lambda world, command, who: replace(command).body)
