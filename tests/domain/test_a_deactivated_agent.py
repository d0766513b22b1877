"""An agent who is deactivated gives everything back, and the channels that send to him are told (F14, A27)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.desk.presence import PAGE, Heartbeat, SetActive
from domain.dialog.events import Target
from tests.examples import (
    ANNA,
    BORIS,
    GREETER,
    IVAN,
    MARIA,
    SHOP,
    SUPPORT,
    TO_ANNA,
    TO_BORIS,
    accepts,
    agents,
    channel,
    closes,
    group,
    is_now,
    saves,
    says,
    shop,
    takes,
    transfers,
)
from tests.examples import (
    PAGE as A_PAGE,
)
from tests.office import MONDAY, Office
from tests.spec import fact, given, later, settled, wait

GOES = SetActive(agent=ANNA, active=False)
RETURNS = SetActive(agent=ANNA, active=True)
TO_HER = [*agents(ANNA, BORIS), *channel(receiver=TO_ANNA)]
"""A channel whose dialogs go straight to Anna."""
WITHOUT_HER = [*shop(staff=(ANNA, BORIS)), GOES, says(IVAN)]
UNROUTED = [*TO_HER, GOES, says(IVAN)]
LEFT = [
    *agents(ANNA),
    *group(members=(ANNA,), max_rounds=1, answer_wait=30, retry_pause=5),
    *channel(),
    says(IVAN),
    wait(seconds=31),
]
"""In the queue for good: its one round is over, and there is no other group."""


def open_alerts(office: Office) -> list[str]:
    return sorted(office.state("alert-acme").open)


class TestEverythingHeHas:
    @pytest.mark.requirement("F14", "F31")
    def test_is_released_with_an_event_each_and_goes_to_others(self) -> None:
        story = given(*shop(staff=(ANNA,)), says(IVAN), accepts(ANNA), says(MARIA), accepts(ANNA, MARIA))
        one = [
            fact("dialog.released", agent=ANNA, reason="agent_deactivated"),
            fact("agent.slot_released", reason="released"),
            fact("dialog.queued", target=SUPPORT, round=1, tried=(ANNA,), queued_at=MONDAY),
        ]
        story.given(later(seconds=5)).when(GOES).then("agent.deactivated", *one, *one)
        story.then_answered(outcome="deactivated").then_agent(ANNA, load=0, active=False)

    @pytest.mark.requirement("F14", "F13")
    def test_also_what_is_only_offered_to_him(self) -> None:
        story = (
            given(*shop(staff=(ANNA, BORIS)), says(IVAN))
            .when(GOES, settled)
            .then(
                "agent.deactivated",
                fact("dialog.offers_ended", reason="agent_unavailable"),
                fact("agent.slot_released", reason="rescinded"),
                "agent.slot_reserved",
                "dialog.routing_decided",
                fact("dialog.offers_made", offers=lambda made: made[0].agent == BORIS),
            )
        )
        story.then_dialog(IVAN, tried=())

    @pytest.mark.requirement("F14")
    def test_by_pages_where_it_is_much(self) -> None:
        """The first page in the transaction itself, the rest by wake-ups; each of them once."""
        office = Office()
        for step in shop(staff=(ANNA,), capacity=1000):
            office.do(step)
        for n in range(2 * PAGE + 1):
            office.do(says(f"customer {n}")(office))
            office.do(takes(ANNA, f"customer {n}")(office))
        office.do(GOES)
        assert office.kinds().count("dialog.released") == PAGE
        office.settle()
        released = [one.stream for one in office.log if one.event.kind == "dialog.released"]
        assert (len(released), len(set(released))) == (2 * PAGE + 1, 2 * PAGE + 1)
        assert office.state(f"agent-{ANNA}").load == 0

    def test_to_the_channels_receiver_where_no_group_has_it(self) -> None:
        story = given(*TO_HER, says(IVAN), transfers(ANNA, TO_BORIS)).when(SetActive(agent=BORIS, active=False))
        story.then_among_others(
            fact("dialog.released", agent=BORIS), fact("dialog.assigned", agent=ANNA, reason="direct")
        )

    def test_never_back_to_a_bot_but_to_who_takes_over_from_it(self) -> None:
        bots = channel(A_PAGE, receiver=GREETER, kind="facebook", bot__fallback=SUPPORT)
        story = given(*shop(staff=(ANNA,)), *bots, says(IVAN, to=A_PAGE, kind="facebook"), takes(ANNA)).when(GOES)
        story.then_among_others("dialog.released", fact("dialog.queued", target=SUPPORT, target_from="hand_off"))
        story.then_never("dialog.bot_started")

    def test_blocked_where_its_channel_does_not_work(self) -> None:
        from tests.examples import disconnects

        story = given(*shop(staff=(ANNA,)), says(IVAN), accepts(ANNA), disconnects()).when(GOES)
        story.then_among_others("dialog.released", fact("dialog.queued", target=SUPPORT, blocked="channel"))

    def test_twice_is_once(self) -> None:
        given(*shop(staff=(ANNA,)), GOES).when(GOES).then_nothing().then_answered(outcome="unchanged")

    def test_nobody_unknown_goes(self) -> None:
        given().when(GOES).then_refused("agent_unknown")


class TestNobodyGivesHimAnything:
    @pytest.mark.requirement("F14")
    @pytest.mark.parametrize("presence", ["ready", "busy", "away", "offline"])
    def test_he_declares_nothing(self, presence: str) -> None:
        given(*WITHOUT_HER).when(is_now(ANNA, presence)).then_refused("agent_deactivated")

    def test_he_shows_no_sign_of_life(self) -> None:
        given(*WITHOUT_HER).when(Heartbeat(agent=ANNA)).then_refused("agent_deactivated")

    @pytest.mark.requirement("F14")
    def test_nothing_is_assigned_to_him_not_even_by_force(self) -> None:
        given(*WITHOUT_HER).when(takes(ANNA, by="sofia", force=True)).then_refused("agent_deactivated")

    @pytest.mark.requirement("F14")
    def test_nothing_is_transferred_to_him(self) -> None:
        given(*WITHOUT_HER, accepts(BORIS)).when(transfers(BORIS, TO_ANNA)).then_refused("agent_deactivated")

    @pytest.mark.requirement("F14")
    def test_he_accepts_nothing(self) -> None:
        story = given(*shop(staff=(ANNA,)), says(IVAN)).when(GOES).when(accepts(ANNA))
        assert story.refusal is not None

    def test_when_he_comes_back_he_is_looked_at_again(self) -> None:
        story = given(*shop(staff=(ANNA,)), GOES, says(IVAN)).when(RETURNS, settled)
        story.then("agent.reactivated", "agent.slot_reserved", "dialog.routing_decided", "dialog.offers_made")

    def test_a_lease_goes_on_so_that_who_has_left_is_not_ready_when_he_is_back(self) -> None:
        given(*shop(staff=(ANNA,)), Heartbeat(agent=ANNA), GOES, wait(minutes=5), RETURNS).then_agent(
            ANNA, ready=False, presence="offline"
        )


class TestHeIsTheReceiver:
    @pytest.mark.requirement("A27")
    def test_the_channel_and_the_watchers_are_told(self) -> None:
        story = (
            given(*TO_HER)
            .when(GOES)
            .then(
                "agent.deactivated",
                fact("channel.receiver_invalid", receiver=ANNA, cause="deactivated"),
                fact("alert.alert_raised", alert="receiver_invalid", subject=SHOP),
            )
        )
        story.then_channel(SHOP, receiver_valid=False)

    @pytest.mark.requirement("A27", "F14")
    def test_what_he_had_waits_unrouted(self) -> None:
        given(*TO_HER, says(IVAN)).when(GOES).then_among_others(
            "channel.receiver_invalid",
            fact("dialog.released", reason="agent_deactivated"),
            fact("dialog.queued", target=None, queued_at=MONDAY),
            fact("alert.alert_raised", alert="unrouted"),
        )

    @pytest.mark.requirement("A27")
    def test_new_dialogs_wait_unrouted_and_none_is_lost(self) -> None:
        story = given(*TO_HER, GOES).when(says(IVAN), says(MARIA))
        story.then_among_others(*["dialog.opened", fact("dialog.queued", target=None), "alert.alert_raised"] * 2)
        story.then_check(lambda office: len(open_alerts(office)) == 3)

    @pytest.mark.requirement("A27")
    def test_when_he_is_back_they_are_his_and_the_alerts_are_gone(self) -> None:
        story = given(*TO_HER, says(IVAN), GOES, says(MARIA)).when(RETURNS, settled)
        story.then_among_others(
            "agent.reactivated",
            "channel.receiver_restored",
            fact("alert.alert_cleared", alert="receiver_invalid"),
            *[fact("dialog.queued", target=TO_ANNA), fact("dialog.assigned", agent=ANNA, reason="direct")] * 2,
        )
        story.then_dialog(IVAN, assignee=ANNA).then_dialog(MARIA, assignee=ANNA)
        story.then_channel(SHOP, receiver_valid=True).then_check(lambda office: open_alerts(office) == [])

    @pytest.mark.requirement("A27")
    def test_a_save_with_another_receiver_restores_it_too(self) -> None:
        story = given(*TO_HER, GOES, says(IVAN)).when(saves(receiver=TO_BORIS))
        story.then("channel.settings_changed", "channel.receiver_restored", "alert.alert_cleared")
        story.given().then_dialog(IVAN, phase="queued").when(settled).then_dialog(IVAN, assignee=BORIS)

    def test_a_save_of_something_else_leaves_it_as_it_is(self) -> None:
        given(*TO_HER, GOES).when(saves(reopen_window=1)).then("channel.settings_changed")

    def test_a_fallback_counts_too(self) -> None:
        page = channel(A_PAGE, receiver=GREETER, kind="facebook", bot__fallback=TO_ANNA)
        story = (
            given(*agents(ANNA), *page)
            .when(GOES)
            .then_among_others(
                fact("channel.receiver_invalid", receiver=ANNA), fact("alert.alert_raised", subject=A_PAGE)
            )
        )
        story.when(RETURNS).then_among_others("channel.receiver_restored", "alert.alert_cleared")

    def test_one_of_two_that_comes_back_restores_nothing_yet(self) -> None:
        page = channel(A_PAGE, receiver=TO_BORIS, kind="facebook", bot__fallback=TO_ANNA)
        both = [GOES, SetActive(agent=BORIS, active=False)]
        story = given(*agents(ANNA, BORIS), *page, *both).when(RETURNS).then("agent.reactivated")
        story.when(SetActive(agent=BORIS, active=True)).then_among_others("channel.receiver_restored")

    def test_other_channels_are_not_told(self) -> None:
        given(*shop(staff=(ANNA,))).when(GOES).then("agent.deactivated")


class TestAlertsEndWithTheirCause:
    @pytest.mark.parametrize("end", [takes(BORIS), closes()], ids=["taken", "closed"])
    def test_unrouted(self, end: Any) -> None:
        story = given(*UNROUTED).when(end)
        story.then_among_others(fact("alert.alert_cleared", alert="unrouted"))
        story.then_check(lambda office: open_alerts(office) == ["receiver_invalid shop"])

    @pytest.mark.parametrize("end", [takes(ANNA), closes()], ids=["taken", "closed"])
    def test_left_in_the_queue(self, end: Any) -> None:
        story = given(*LEFT).then_check(lambda office: len(open_alerts(office)) == 1)
        story.when(end).then_among_others(fact("alert.alert_cleared", alert="left_in_queue"))
        story.then_check(lambda office: open_alerts(office) == [])

    def test_routed_into_another_group(self) -> None:
        seniors = Target(kind="group", id="seniors")
        story = given(*LEFT, *group(seniors, members=(ANNA,))).when(transfers("sofia", seniors, supervises=True))
        story.then_among_others(
            "dialog.transferred", "dialog.queued", fact("alert.alert_cleared", alert="left_in_queue")
        )
