"""A channel gets another receiver while dialogs are open; a group is archived: who moves and who stays (A26, F19)."""

from __future__ import annotations

from typing import Any

import pytest

from domain.channel import Channel, CheckReceivers, ReceiverInvalid, decide
from domain.desk.bots import SetBot
from domain.desk.presence import SetActive
from domain.desk.receivers import ArchiveGroup
from domain.dialog.events import Target
from domain.errors import Conflict
from processors import receivers
from tests.examples import (
    ANNA,
    BORIS,
    GREETER,
    IVAN,
    MARIA,
    PAGE,
    PETR,
    SENIORS,
    SHOP,
    SUPPORT,
    TO_ANNA,
    TO_BORIS,
    accepts,
    agents,
    channel,
    closes,
    disconnects,
    group,
    saves,
    says,
    shop,
    takes,
    transfers,
    verifies,
)
from tests.office import MONDAY, Office
from tests.spec import Step, fact, given, later, settled, wait

NOBODY = group(members=())
"""The group that the shop sends to has nobody, so what comes in waits."""
TWO_GROUPS = [*agents(ANNA, BORIS), *NOBODY, *group(SENIORS, members=(BORIS,)), *channel()]
WAITS = [*TWO_GROUPS, says(IVAN)]
OFFERED = [*agents(ANNA, BORIS), *group(members=(ANNA,)), *group(SENIORS, members=(BORIS,)), *channel(), says(IVAN)]

ASSIGNED = [*OFFERED, accepts(ANNA)]
TRANSFERRED = [*WAITS, transfers("sofia", SENIORS, supervises=True)]
OVERFLOWED = [*TWO_GROUPS, *group(members=(), overflow="seniors", max_queue_wait=60), says(IVAN), wait(seconds=60)]


def another(receiver: Target, name: str = SHOP) -> list[Step]:
    """Saved, and the processors have looked."""
    return [saves(name, receiver=receiver), settled]


class TestTheWaitingOnesFollow:
    @pytest.mark.requirement("A26")
    def test_into_another_group_in_their_old_place(self) -> None:
        story = given(*WAITS, later(minutes=5)).when(*another(SENIORS))
        moved = fact("dialog.queued", target=SENIORS, target_from="channel", queued_at=MONDAY)
        story.then_among_others("channel.settings_changed", moved, "dialog.offers_made")

    @pytest.mark.requirement("A26")
    def test_from_an_offer_which_ends(self) -> None:
        story = given(*OFFERED, later(seconds=5)).when(*another(SENIORS))
        story.then_among_others(
            fact("dialog.offers_ended", reason="policy_changed"),
            fact("agent.slot_released", reason="rescinded"),
            fact("dialog.queued", target=SENIORS, queued_at=MONDAY, tried=()),
        )
        story.then_dialog(IVAN, offers=lambda made: [one.agent for one in made] == [BORIS])

    @pytest.mark.requirement("A26", "F01")
    def test_straight_to_an_agent(self) -> None:
        given(*WAITS).when(*another(TO_ANNA)).then_among_others(
            fact("dialog.queued", target=TO_ANNA, queued_at=MONDAY),
            fact("dialog.routing_decided", algorithm="direct"),
            fact("dialog.assigned", agent=ANNA, reason="direct"),
        )

    @pytest.mark.requirement("A26", "F03")
    def test_to_a_bot(self) -> None:
        page = channel(PAGE, kind="facebook")
        story = given(*agents(ANNA), *NOBODY, *page, says(IVAN, to=PAGE, kind="facebook"))
        story.given(SetBot(bot=GREETER.id)).when(*another(GREETER, PAGE)).then_among_others(
            fact("dialog.queued", target=GREETER), fact("dialog.bot_started", bot=GREETER.id)
        )

    @pytest.mark.requirement("A26")
    def test_also_those_that_wait_unrouted(self) -> None:
        gone = [*agents(ANNA, BORIS), *channel(receiver=TO_ANNA), SetActive(agent=ANNA, active=False), says(IVAN)]
        given(*gone).when(*another(TO_BORIS)).then_among_others(
            fact("dialog.queued", target=TO_BORIS),
            fact("alert.alert_cleared", alert="unrouted"),
            fact("dialog.assigned", agent=BORIS),
        )

    def test_through_a_channel_that_does_not_work_they_wait_on_for_the_new_one(self) -> None:
        story = given(*WAITS, disconnects(), verifies()).when(saves(receiver=TO_BORIS), settled)
        story.then_dialog(IVAN, assignee=BORIS)

    @pytest.mark.requirement("A26")
    def test_page_by_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Each page has a wake-up of its own, and none of them sees a dialog twice."""
        monkeypatch.setattr(receivers, "PAGE", 2)
        office = Office()
        for step in TWO_GROUPS:
            office.do(step)
        for n in range(5):
            office.do(says(f"customer {n}")(office))
        office.do(saves(receiver=TO_ANNA))
        moved = []
        while office.dirty["receivers"]:
            before = len(office.log)
            keys = list(office.dirty["receivers"])
            office.dirty["receivers"] = {}
            office.do(receivers.look(keys))
            moved.append(sum(one.event.kind == "dialog.assigned" for one in office.log[before:]))
        assert moved == [2, 2, 1]


class TestAllOthersStay:
    @pytest.mark.requirement("A26")
    @pytest.mark.parametrize(
        "stays", [ASSIGNED, TRANSFERRED, OVERFLOWED], ids=["assigned", "transferred", "overflowed"]
    )
    def test_where_they_are(self, stays: list[Step]) -> None:
        given(*stays).when(*another(TO_ANNA)).then("channel.settings_changed")

    @pytest.mark.requirement("A26", "I08")
    def test_with_the_bot(self) -> None:
        page = channel(PAGE, kind="facebook", receiver=GREETER)
        story = given(*agents(ANNA), *NOBODY, *page, says(IVAN, to=PAGE, kind="facebook"))
        story.when(*another(SUPPORT, PAGE)).then("channel.settings_changed").then_dialog(IVAN, phase="bot")

    @pytest.mark.requirement("A26")
    def test_a_stale_or_repeated_look_changes_nothing(self) -> None:
        looks = receivers.LookAtReceivers(streams=(f"channel-{SHOP}", f"channel-{SHOP}|", "group-support"))
        given(*WAITS).when(looks).then_nothing()
        given(*WAITS, *another(SENIORS)).when(looks, looks).then_nothing()

    @pytest.mark.requirement("A26")
    def test_when_something_else_is_saved(self) -> None:
        given(*WAITS).when(saves(reopen_window=2), settled).then("channel.settings_changed")

    def test_when_it_is_changed_and_changed_back_before_anybody_looked(self) -> None:
        story = given(*OFFERED).when(saves(receiver=SENIORS), saves(receiver=SUPPORT), settled)
        story.then("channel.settings_changed", "channel.settings_changed")

    def test_what_is_released_later_goes_to_the_new_one(self) -> None:
        story = given(*OFFERED, accepts(ANNA), *another(SENIORS)).when(SetActive(agent=ANNA, active=False))
        story.then_among_others("dialog.released", fact("dialog.queued", target=SENIORS))


def office_with(*steps: Any) -> Office:
    return given(*steps).office


class TestAGroupIsArchived:
    ARCHIVES = ArchiveGroup(group=SENIORS.id)

    @pytest.mark.requirement("F19")
    def test_not_while_channels_send_to_it_and_the_refusal_names_them(self) -> None:
        story = given(*TWO_GROUPS, *another(SENIORS)).when(self.ARCHIVES).then_refused("in_use")
        assert story.refusal is not None
        assert (story.refusal.detail["channels"], story.refusal.detail["groups"]) == ([SHOP], [])
        assert SHOP in story.refusal.sentence

    @pytest.mark.requirement("F19")
    def test_not_while_it_takes_over_from_a_bot(self) -> None:
        page = channel(PAGE, kind="facebook", receiver=GREETER, bot__fallback=SENIORS)
        story = given(*TWO_GROUPS, *page).when(self.ARCHIVES).then_refused("in_use")
        assert isinstance(story.refusal, Conflict)
        assert story.refusal.detail["channels"] == [PAGE]

    @pytest.mark.requirement("F19")
    def test_not_while_another_overflows_into_it(self) -> None:
        story = given(*TWO_GROUPS, *group(members=(), overflow="seniors")).when(self.ARCHIVES).then_refused("in_use")
        assert story.refusal is not None
        assert story.refusal.detail["groups"] == ["support"]

    @pytest.mark.requirement("F19")
    def test_otherwise_once(self) -> None:
        story = given(*TWO_GROUPS).when(self.ARCHIVES).then("group.archived").then_answered(outcome="archived")
        story.when(self.ARCHIVES).then_nothing().then_answered(outcome="unchanged")

    def test_nobody_archives_what_is_not_there(self) -> None:
        given().when(self.ARCHIVES).then_refused("group_unknown")

    def test_what_waits_in_it_or_is_offered_there_goes_to_its_channels_receiver(self) -> None:
        to_seniors = transfers("sofia", SENIORS, supervises=True)
        also = [says(MARIA), transfers("sofia", SENIORS, MARIA, supervises=True)]
        busy = [says(PETR), transfers("sofia", SENIORS, PETR, supervises=True)]
        full = [*agents(ANNA), *agents(BORIS, capacity=1), *NOBODY, *group(SENIORS, members=(BORIS,)), *channel()]
        story = given(*full, says(IVAN), to_seniors, *also, *busy).when(self.ARCHIVES, settled)
        story.then_among_others("group.archived", fact("dialog.offers_ended", reason="policy_changed"))
        for customer in (IVAN, MARIA, PETR):
            story.then_dialog(customer, phase="queued", target=SUPPORT, target_from="channel")

    def test_page_by_page(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(receivers, "PAGE", 2)
        office = office_with(*TWO_GROUPS, SetActive(agent=BORIS, active=False))
        names = [f"customer {n}" for n in range(5)]
        for name in names:
            office.do(says(name)(office))
            office.do(transfers("sofia", SENIORS, name, supervises=True)(office))
        office.do(self.ARCHIVES)
        office.settle()
        assert {office.dialog(name).target for name in names} == {SUPPORT}

    def test_what_an_agent_held_from_there_goes_to_the_receiver_when_it_comes_back(self) -> None:
        held = [*TWO_GROUPS, says(IVAN), transfers("sofia", SENIORS, supervises=True), accepts(BORIS), self.ARCHIVES]
        story = given(*held).when(SetActive(agent=BORIS, active=False))
        story.then_among_others("dialog.released", fact("dialog.queued", target=SUPPORT, target_from="channel"))

    def test_what_is_blocked_goes_to_the_receiver_when_its_channel_works_again(self) -> None:
        waits = [*TWO_GROUPS, says(IVAN), disconnects(), transfers("sofia", SENIORS, supervises=True), self.ARCHIVES]
        story = given(*waits).then_dialog(IVAN, blocked=True).when(verifies(), saves(), settled)
        story.then_dialog(IVAN, target=SUPPORT, blocked=False)

    def test_what_waits_for_nobody_is_told(self) -> None:
        """Its channel's receiver is gone too: it waits unrouted, with an alert."""
        steps = [*agents(ANNA, BORIS), *channel(receiver=TO_ANNA), *group(SENIORS, members=()), says(IVAN)]
        away = [transfers(ANNA, SENIORS), SetActive(agent=ANNA, active=False)]
        story = given(*steps, *away).when(self.ARCHIVES, settled)
        story.then("group.archived", fact("dialog.queued", target=None), fact("alert.alert_raised", alert="unrouted"))


def test_a_dialog_that_is_opened_again_forgets_where_it_waited_before() -> None:
    """Else its agent, lost, would be waited for as if it had come from a group."""
    steps = [*shop(staff=(ANNA,), settings={"reopen_window": 24}), says(IVAN), accepts(ANNA)]
    again = [closes(), *another(TO_ANNA), says(IVAN)]
    given(*steps, *again).then_dialog(IVAN, phase="assigned", target=None, assigned_reason="direct")


def test_taken_by_hand_it_is_not_asked_where_it_came_from() -> None:
    given(*WAITS, takes(ANNA)).when(*another(SENIORS)).then("channel.settings_changed")


@pytest.mark.requirement("A27")
def test_an_agent_and_a_group_of_one_id_are_two_that_may_vanish() -> None:
    gone = frozenset({("sam", "deactivated"), ("sam", "archived")})
    told = decide(CheckReceivers(gone=gone), Channel(phase="connected", invalid=(("sam", "deactivated"),)))
    assert [(one.receiver, one.cause) for one in told if isinstance(one, ReceiverInvalid)] == [("sam", "archived")]
