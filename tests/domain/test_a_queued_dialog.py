"""It waits for people: in a group's order, unrouted, or blocked because its channel does not work."""

import pytest

from domain.dialog import commands as ask
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    PETR,
    SENIORS,
    SHOP,
    SOFIA,
    SUPPORT,
    agents,
    channel,
    closes,
    declines,
    disconnects,
    group,
    is_now,
    saves,
    says,
    shop,
    takes,
    tells,
    transfers,
    verifies,
)
from tests.office import Office
from tests.spec import Story, fact, given, settled, wait

NOBODY_YET = [*agents(ANNA), is_now(ANNA, "away"), *group(members=(ANNA,)), *channel()]


def order(story: Story, target: str = "support") -> list[str]:
    """The customers in the group's queue, in order."""
    office = story.office
    names = {office.dialog_id(customer): customer for customer in (IVAN, MARIA, PETR) if known(office, customer)}
    return [names[dialog] for dialog in office.heads.queue(target, 100)]


def known(office: Office, customer: str) -> bool:
    return any(key == f"hash of {customer}" for _, key in office.heads.directory)


@pytest.mark.requirement("F18")
def test_it_waits_first_come_first_served() -> None:
    assert order(given(*NOBODY_YET, says(IVAN), says(MARIA), says(PETR))) == [IVAN, MARIA, PETR]


@pytest.mark.requirement("H07")
def test_the_more_urgent_one_goes_before_the_older_one() -> None:
    story = given(*NOBODY_YET, says(IVAN), says(MARIA), tells(ask.SetPriority(priority=5), MARIA))
    assert order(story) == [MARIA, IVAN]


@pytest.mark.requirement("F21", "F23")
def test_somebody_takes_it_by_hand() -> None:
    given(*NOBODY_YET, says(IVAN)).when(takes(ANNA)).then(
        fact("agent.slot_occupied", over_capacity=False),
        fact("dialog.assigned", agent=ANNA, reason="manual", by=ANNA, offer=None),
    )


@pytest.mark.requirement("F23")
def test_a_supervisor_gives_it_to_somebody() -> None:
    given(*NOBODY_YET, says(IVAN)).when(takes(ANNA, by=SOFIA)).then_among_others(
        fact("dialog.assigned", agent=ANNA, reason="manual", by=SOFIA)
    )


def test_taking_it_twice_changes_nothing() -> None:
    given(*NOBODY_YET, says(IVAN), takes(ANNA)).when(takes(ANNA)).then_nothing()


def test_two_cannot_take_it() -> None:
    given(*NOBODY_YET, *agents(BORIS), says(IVAN), takes(ANNA)).when(takes(BORIS)).then_refused("already_assigned")


@pytest.mark.requirement("F11")
def test_a_full_agent_takes_it_only_by_force_and_the_log_says_so() -> None:
    full = given(*agents(ANNA, capacity=0), *group(members=(ANNA,)), *channel(), says(IVAN))
    full.when(takes(ANNA)).then_refused("agent_full")
    full.when(takes(ANNA, force=True)).then_among_others(fact("dialog.assigned", over_capacity=True))


def test_nobody_unknown_takes_it() -> None:
    given(*NOBODY_YET, says(IVAN)).when(takes("nobody")).then_refused("agent_unknown")


@pytest.mark.requirement("F22")
def test_a_transfer_to_a_group_gives_it_a_new_place_and_fresh_rounds() -> None:
    story = given(*NOBODY_YET, *group(SENIORS, members=(ANNA,)), says(IVAN), transfers(ANNA, SENIORS, supervises=True))
    story.given(says(MARIA), transfers(ANNA, SENIORS, MARIA, supervises=True))
    story.when(transfers(ANNA, SENIORS, supervises=True)).then(
        fact("dialog.transferred", source=SENIORS, to=SENIORS),
        fact("dialog.queued", target=SENIORS, target_from="transfer", queued_at=story.office.now, round=1, tried=()),
    )
    assert order(story, "seniors") == [MARIA, IVAN]


@pytest.mark.requirement("F22")
def test_only_its_holder_or_a_supervisor_transfers_it() -> None:
    given(*NOBODY_YET, says(IVAN)).when(transfers(ANNA, SUPPORT)).then_refused("not_holder")


def test_it_cannot_be_transferred_to_a_bot_where_the_kind_allows_none() -> None:
    from tests.examples import GREETER

    given(*NOBODY_YET, says(IVAN)).when(transfers(SOFIA, GREETER, supervises=True)).then_refused(
        "receiver_kind_not_allowed"
    )


@pytest.mark.requirement("A19", "A30", "A21")
def test_a_transfer_while_the_channel_is_disconnected_waits_blocked_and_goes_on_when_it_is_connected_again() -> None:
    story = given(*shop(staff=(ANNA,)), *group(SENIORS, members=(ANNA,)), says(IVAN), disconnects())
    story.when(transfers(SOFIA, SENIORS, supervises=True)).then_among_others(
        fact("dialog.queued", target=SENIORS, blocked="channel")
    )
    story.when(settled).then_nothing()
    story.when(verifies(), saves()).then_among_others(
        "channel.reconnect_started",
        "channel.token_verified",
        "channel.connected",
        fact("dialog.queued", target=SENIORS, blocked=None, reason="channel_working"),
    )
    story.when(settled).then_among_others(fact("dialog.offers_made"))


@pytest.mark.requirement("A21")
def test_a_blocked_dialog_that_is_routed_again_keeps_its_place() -> None:
    story = given(*NOBODY_YET, says(IVAN), says(MARIA), is_now(ANNA, "ready"), wait(seconds=1), disconnects())
    assert story.office.dialog(IVAN).blocked
    story.given(wait(minutes=5), verifies(), saves(), is_now(ANNA, "away"))
    assert order(story) == [IVAN, MARIA]


@pytest.mark.requirement("A19")
def test_a_dialog_of_a_disconnected_channel_is_not_offered() -> None:
    story = given(*NOBODY_YET, says(IVAN), disconnects())
    story.when(is_now(ANNA, "ready"), settled).then_never("dialog.offers_made", "dialog.routing_decided")
    story.when(verifies(), saves(), settled).then_among_others("dialog.offers_made")


@pytest.mark.requirement("F06", "F31")
def test_an_agent_who_is_free_again_gets_it() -> None:
    story = given(*shop(staff=(ANNA,), capacity=1), says(IVAN), takes(ANNA), says(MARIA))
    story.then_dialog(MARIA, phase="queued")
    story.when(closes(IVAN), settled).then_among_others(
        fact("agent.slot_released", reason="closed"),
        fact("dialog.offers_made", offers=lambda offers: [one.agent for one in offers] == [ANNA]),
    )
    story.when(declines(ANNA, MARIA)).then_among_others(fact("dialog.offers_ended", reason="declined"))


def test_a_closed_one_leaves_the_queue() -> None:
    assert order(given(*NOBODY_YET, says(IVAN), says(MARIA), closes(IVAN))) == [MARIA]


@pytest.mark.requirement("A30")
@pytest.mark.parametrize("state", ["connected", "degraded"])
def test_it_is_offered_while_the_channel_is(state: str) -> None:
    from domain.channel import Degraded

    story = given(*shop(staff=(ANNA,)))
    if state == "degraded":
        world = story.office.world()
        world.record(f"channel-{SHOP}", Degraded(cause="provider"))
        story.office.heads.keep(world)
    story.then_channel(SHOP, phase=state)
    story.when(says(IVAN), settled).then_among_others("dialog.offers_made")
