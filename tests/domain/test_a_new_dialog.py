"""Nothing yet: a customer's first message opens a dialog, and where it goes is the channel's receiver."""

import pytest

from domain.desk.intake import ReceiveMessage
from domain.desk.routing import route
from domain.dialog.events import Target
from domain.errors import Rejected
from tests.examples import (
    ANNA,
    GREETER,
    IVAN,
    MARIA,
    PAGE,
    SHOP,
    SUPPORT,
    TO_ANNA,
    agents,
    channel,
    disconnects,
    is_now,
    replies,
    says,
    shop,
    verifies,
)
from tests.office import TENANT
from tests.spec import fact, given, settled


@pytest.mark.requirement("F02")
def test_the_first_message_opens_a_dialog_and_queues_it_for_the_group() -> None:
    given(*shop()).when(says(IVAN, "Where is my parcel?")).then(
        "privacy.subject_key_created",
        fact("customer.created", namespace="telegram:shop"),
        fact("dialog.opened", channel=SHOP, session=1, previous_dialog_id=None, initiator="customer"),
        fact("dialog.message_received", body="Where is my parcel?"),
        fact("dialog.queued", target=SUPPORT, target_from="channel", round=1, tried=(), blocked=None, reason="opened"),
    ).then_answered(outcome="routed", opened=True)


@pytest.mark.requirement("F01", "F23")
@pytest.mark.parametrize("presence", ["ready", "busy", "away", "offline"])
def test_a_named_agent_gets_it_at_once_whatever_his_presence(presence: str) -> None:
    given(*agents(ANNA), *channel(receiver=TO_ANNA), says(MARIA), is_now(ANNA, presence)).when(
        says(IVAN)
    ).then_among_others(
        fact("dialog.routing_decided", algorithm="direct", outcome="direct", chosen=(ANNA,)),
        fact("agent.slot_occupied", weight=1, over_capacity=False, offer=None),
        fact("dialog.assigned", agent=ANNA, reason="direct", over_capacity=False),
    ).then_never("dialog.offers_made", "dialog.queued", "agent.slot_reserved")


@pytest.mark.requirement("F01", "F11")
def test_a_named_agent_gets_it_also_above_his_capacity_and_the_log_says_so() -> None:
    given(*agents(ANNA, capacity=1), *channel(receiver=TO_ANNA), says(MARIA)).when(says(IVAN)).then_among_others(
        fact("agent.slot_occupied", over_capacity=True),
        fact("dialog.assigned", agent=ANNA, over_capacity=True),
    ).then_agent(ANNA, load=2)


@pytest.mark.requirement("F01")
def test_a_named_agent_gets_it_even_with_capacity_zero() -> None:
    given(*agents(ANNA, capacity=0), *channel(receiver=TO_ANNA)).when(says(IVAN)).then_among_others(
        fact("dialog.assigned", agent=ANNA, over_capacity=True)
    )


@pytest.mark.requirement("F03")
def test_a_bot_gets_it_where_the_kind_allows_bots() -> None:
    given(*channel(PAGE, kind="facebook", receiver=GREETER)).when(
        says(IVAN, to=PAGE, kind="facebook")
    ).then_among_others(
        "dialog.opened", "dialog.message_received", fact("dialog.bot_started", bot="greeter", reason="opened")
    ).then_dialog(IVAN, phase="bot", bot="greeter")


@pytest.mark.requirement("D10")
def test_without_a_receiver_it_waits_unrouted_and_somebody_is_alerted() -> None:
    given(*channel(receiver=None, kind="email")).when(says(IVAN, kind="email")).then_among_others(
        fact("dialog.queued", target=None),
        fact("alert.alert_raised", alert="unrouted"),
    ).then_dialog(IVAN, phase="queued", target=None)


@pytest.mark.requirement("E02", "E14")
def test_the_message_has_an_id_that_its_provider_key_alone_decides() -> None:
    first, second = given(*shop(), says(IVAN)), given(*shop(), says(MARIA), says(IVAN))
    ids = [[event.message for event in one.office.events("dialog.message_received")] for one in (first, second)]
    assert len(ids[1]) == 2
    assert len({*ids[0], *ids[1]}) == 3


@pytest.mark.requirement("E03")
def test_two_first_messages_in_one_batch_make_one_dialog() -> None:
    office = given(*shop()).office
    messages = [hello(n) for n in (1, 2)]
    outcomes = office.batch(*messages)
    assert [one["opened"] for one in outcomes if not isinstance(one, Rejected)] == [True, False]
    assert office.kinds().count("dialog.opened") == 1
    assert office.kinds().count("customer.created") == 1
    assert office.kinds().count("dialog.message_received") == 2


@pytest.mark.requirement("E05")
def test_the_providers_clock_moves_nothing() -> None:
    story = given(*shop()).when(says(IVAN))
    opened = story.office.dialog(IVAN)
    assert opened.last_activity_at == story.office.now


def test_a_message_in_an_open_dialog_joins_it() -> None:
    given(*shop(), says(IVAN)).when(says(IVAN, "Hello?")).then(fact("dialog.message_received", body="Hello?"))


@pytest.mark.requirement("E06")
@pytest.mark.parametrize("reason", ["channel_unknown", "channel_verified", "channel_disconnected"])
def test_what_a_channel_that_does_not_work_receives_is_kept_in_quarantine(reason: str) -> None:
    steps = {
        "channel_unknown": [],
        "channel_verified": [*channel()[:1], verifies()],
        "channel_disconnected": [*shop(), disconnects()],
    }
    given(*steps[reason]).when(says(IVAN, "Hello?")).then_among_others(
        fact("quarantine.inbound_quarantined", reason=reason, body="Hello?")
    ).then_never("dialog.opened", "dialog.message_received").then_answered(outcome="quarantined", reason=reason)


@pytest.mark.requirement("E08")
def test_a_giant_message_is_quarantined_and_its_customer_is_not_lost() -> None:
    given(*shop()).when(says(IVAN, "x" * 65_537)).then_among_others(
        "customer.created", fact("quarantine.inbound_quarantined", reason="too_large")
    )


@pytest.mark.requirement("E08")
def test_a_message_of_exactly_64_kib_is_routed() -> None:
    given(*shop()).when(says(IVAN, "x" * 65_536)).then_answered(outcome="routed")


@pytest.mark.requirement("E11")
def test_everything_received_is_counted_where_it_went() -> None:
    story = given(*shop(), says(IVAN), says(IVAN), says(MARIA), disconnects(), says(IVAN))
    assert story.office.counts == {(SHOP, "routed"): 3, (SHOP, "quarantined"): 1}


@pytest.mark.requirement("A27")
def test_a_receiver_that_vanished_leaves_the_dialog_unrouted_with_an_alert() -> None:
    missing = Target(kind="group", id="nowhere")
    story = given(*shop()).when(says(IVAN))
    world = story.office.world()
    route(world, story.office.dialog_id(IVAN), missing, "channel", "opened")
    assert [one.event.kind for one in world.events] == ["dialog.queued", "alert.alert_raised"]
    assert world.alerts().open == {f"unrouted {story.office.dialog_id(IVAN)}"}
    assert world.tenant == TENANT


@pytest.mark.requirement("I05")
def test_a_bot_that_has_no_turn_is_refused() -> None:
    given(*shop(), says(IVAN)).when(replies("greeter", bot=True)).then_refused("not_bot_turn")


def test_every_policy_that_decided_is_named() -> None:
    story = given(*shop()).when(says(IVAN))
    assert {one.stream for one in story.caused[-1].meta.policies} == {"channel-shop", "group-support"}
    story.when(settled)
    assert {one.stream for one in story.caused[-1].meta.policies} == {"channel-shop", "group-support"}


def hello(n: int) -> ReceiveMessage:
    return ReceiveMessage(
        channel=SHOP,
        provider="telegram",
        external_key=f"hash of {n}",
        provider_id=str(n),
        sender_key=f"hash of {IVAN}",
        sender_id="1001",
        body="Hello!",
    )
