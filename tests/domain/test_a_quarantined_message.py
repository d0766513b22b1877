"""What came while a channel did not work waits, and is released as if it had come now (E05, E06, E08, E11)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import settings as limits
from hypothesis import strategies as some

from domain.desk.intake import ChangeReceived, ReceiveMessage
from domain.desk.quarantining import ReleaseQuarantined
from domain.dialog.events import Attachment
from domain.quarantine import LARGEST_BODY, InboundQuarantined
from tests.examples import (
    ANNA,
    IVAN,
    MARIA,
    SHOP,
    SUPPORT,
    accepts,
    closes,
    disconnects,
    hours,
    release_of,
    saves,
    says,
    shop,
    verifies,
)
from tests.office import Office, sender_key
from tests.spec import fact, given, later, settled

STOPPED = [*shop(staff=(ANNA,)), disconnects()]
WORKS = [verifies(), saves()]
RELEASED = "quarantine.quarantine_released"


def items(office: Office, channel: str = SHOP) -> list[InboundQuarantined]:
    """Of a channel, in quarantine order."""
    return [
        one.event
        for one in office.log
        if isinstance(one.event, InboundQuarantined) and one.stream == f"quarantine-{channel}"
    ]


def releases(number: int = 0, channel: str = SHOP) -> Callable[[Office], ReleaseQuarantined]:
    return lambda office: release_of(items(office, channel)[number], channel)


def said(customer: str, text: str, **more: Any) -> ReceiveMessage:
    return ReceiveMessage(
        channel=SHOP,
        provider="telegram",
        external_key=f"{customer}: {text[:20]}",
        provider_id=f"id of {text[:20]}",
        sender_key=sender_key(customer),
        sender_id=f"id of {customer}",
        **{"body": text, **more},
    )


@pytest.mark.requirement("E06")
def test_a_released_message_goes_on_under_the_normal_rules_in_one_transaction() -> None:
    story = given(*STOPPED, says(IVAN, "Hello?"), *WORKS).when(releases())
    story.then(
        "dialog.opened",
        fact("dialog.message_received", body="Hello?"),
        fact("dialog.queued", target=SUPPORT, reason="opened"),
        fact(RELEASED, item=items(story.office)[0].item),
    )
    assert len({one.recorded_at for one in story.caused}) == 1
    assert story.answer["dialog"] == story.office.dialog_id(IVAN)
    story.when(settled).then_among_others("dialog.offers_made")


@pytest.mark.requirement("E06")
def test_it_joins_the_customers_current_dialog_which_is_with_an_agent() -> None:
    before = [*shop(staff=(ANNA,)), says(IVAN), accepts(ANNA), disconnects(), says(IVAN, "Are you there?"), *WORKS]
    story = given(*before).when(releases())
    story.then(fact("dialog.message_received", body="Are you there?"), RELEASED).then_dialog(IVAN, assignee=ANNA)


@pytest.mark.requirement("E06")
def test_nothing_of_the_message_is_lost() -> None:
    photo = Attachment(type="image", ref="file-7", size=9)
    story = given(*STOPPED, said(IVAN, "Look", attachments=(photo,)), *WORKS).when(releases())
    story.then_among_others(
        fact("dialog.message_received", body="Look", attachments=(photo,), provider_id="id of Look")
    )
    received = story.office.events("dialog.message_received")[0]
    assert (received.external_key, received.message) == (f"{IVAN}: Look", items(story.office)[0].item)


@pytest.mark.requirement("E05", "E06")
def test_the_providers_time_is_shown_and_moves_no_timer() -> None:
    long_ago = lambda office: said(IVAN, "Early", provider_time=office.now - timedelta(days=400))  # noqa: E731
    story = given(*STOPPED, long_ago, later(days=9), *WORKS).when(releases())
    now = story.office.now
    story.then_dialog(IVAN, last_activity_at=now, opened_at=now)
    assert story.office.events("dialog.message_received")[0].provider_time < now - timedelta(days=400)


@pytest.mark.requirement("E06", "H06")
def test_out_of_hours_it_is_answered_like_any_other() -> None:
    settings = {"schedule": "office-hours", "out_of_hours.policy": "queue_and_reply", "out_of_hours.text": "At nine."}
    story = given(hours(), *shop(staff=(ANNA,), settings=settings), disconnects(), says(IVAN), *WORKS, later(hours=12))
    story.when(releases()).then_among_others(fact("dialog.auto_reply_sent", body="At nine."), RELEASED)


@pytest.mark.requirement("E06", "E14")
def test_twice_is_once_with_the_same_answer() -> None:
    story = given(*STOPPED, says(IVAN), *WORKS).when(releases())
    first = story.answer
    story.when(releases(), releases()).then_nothing()
    assert {name: story.answer[name] for name in ("outcome", "item", "dialog")} == first


@pytest.mark.requirement("E06")
def test_a_later_message_of_the_same_customer_does_not_overtake_an_earlier_one() -> None:
    story = given(*STOPPED, says(IVAN, "one"), says(MARIA, "hers"), says(IVAN, "two"), says(IVAN, "three"), *WORKS)
    story.when(releases(2)).then_refused("earlier_item_waits")
    assert story.refusal is not None
    assert story.refusal.detail == {"item": items(story.office)[0].item}
    story.when(releases(1)).then_among_others(fact("dialog.message_received", body="hers"))
    story.when(releases(3)).then_refused("earlier_item_waits")
    story.when(releases(0), releases(2), releases(3))
    texts = [one.event.body for one in story.caused if one.event.kind == "dialog.message_received"]
    assert texts == ["one", "two", "three"]


@pytest.mark.requirement("E06")
@any_of(some.lists(some.sampled_from([IVAN, MARIA]), min_size=1, max_size=8), some.data())
@limits(max_examples=40, deadline=None)
def test_in_whatever_order_it_is_asked_for_each_customer_is_heard_in_his_own(senders: list[str], data: Any) -> None:
    story = given(*STOPPED, *(said(who, f"{n} of {who}") for n, who in enumerate(senders)), *WORKS)
    waiting = items(story.office)
    tries = data.draw(some.permutations(range(len(waiting)))) * len(waiting)
    for number in tries:
        story.when(releases(number))
    for who in {*senders}:
        dialog = f"dialog-{story.office.dialog_id(who)}"
        heard = [
            one.event.external_key
            for one in story.office.log
            if one.stream == dialog and one.event.kind == "dialog.message_received"
        ]
        assert heard == [one.external_key for one in waiting if one.external_key.startswith(who)]


@pytest.mark.requirement("E06", "D15")
def test_while_the_channel_does_not_work_nothing_is_released() -> None:
    given(*STOPPED, says(IVAN)).when(releases()).then_refused("channel_disconnected")
    given(*STOPPED, says(IVAN), verifies()).when(releases()).then_refused("channel_verified")


@pytest.mark.requirement("D15", "D19")
def test_a_superseded_channel_keeps_its_items_until_it_is_connected_again() -> None:
    def superseded(office: Office) -> None:
        from domain.channel import Superseded

        world = office.world()
        world.record(f"channel-{SHOP}", Superseded(by_channel="other"))
        office.heads.keep(world)

    story = given(*shop(staff=(ANNA,)), superseded, says(IVAN)).when(releases())
    story.then_refused("channel_superseded")
    assert items(story.office)[0].reason == "channel_superseded"


@pytest.mark.requirement("E06", "E08")
def test_what_nobody_can_read_and_what_came_to_no_channel_cannot_be_released() -> None:
    broken = said("nobody", "{", malformed=True)
    given(*shop(), broken).when(releases()).then_refused("not_releasable")
    story = given(*shop(), says(IVAN, to="nowhere")).when(releases(channel="nowhere"))
    story.then_refused("not_releasable")


@pytest.mark.requirement("E06")
def test_an_item_of_another_channel_or_of_none_is_unknown() -> None:
    story = given(*STOPPED, says(IVAN), *WORKS)
    story.when(ReleaseQuarantined(channel=SHOP, item="q0", external_key="?")).then_refused("item_unknown")
    item = items(story.office)[0]
    story.when(release_of(item, "page")).then_refused("item_unknown")


@pytest.mark.requirement("E08")
def test_what_was_too_large_goes_on_as_far_as_a_message_reaches() -> None:
    giant = "ы" * (LARGEST_BODY // 2) + "ы"
    story = given(*shop(staff=(ANNA,)), said(IVAN, giant)).when(releases())
    received = story.then_among_others(RELEASED).office.events("dialog.message_received")[0]
    assert len(received.body.encode()) == LARGEST_BODY
    assert items(story.office)[0].body == giant


@pytest.mark.requirement("E11")
def test_it_is_counted_when_it_came_and_not_again() -> None:
    story = given(*STOPPED, says(IVAN), says(IVAN), *WORKS, releases(0), releases(1), says(IVAN))
    assert story.office.counts == {(SHOP, "quarantined"): 2, (SHOP, "routed"): 1}
    assert story.office.state(f"quarantine-{SHOP}").waiting == 0


@pytest.mark.requirement("E06", "G18")
def test_it_opens_a_new_dialog_where_the_last_one_is_closed() -> None:
    story = given(*shop(staff=(ANNA,)), says(IVAN), closes(), disconnects(), says(IVAN), *WORKS).when(releases())
    story.then_among_others(fact("dialog.opened", session=2), RELEASED)


def changes(number: int = 0, **what: Any) -> Callable[[Office], ChangeReceived]:
    """What Ivan does to a message of his that waits, or went on."""
    return lambda office: ChangeReceived(
        channel=SHOP, external_key=items(office)[number].external_key, sender_key=sender_key(IVAN), **what
    )


class TestWhatIsDoneToAMessageThatWaits:
    @pytest.mark.requirement("E06", "E10")
    def test_it_waits_behind_the_message_and_is_released_after_it(self) -> None:
        story = given(*STOPPED, said(IVAN, "helo"))
        story.when(changes(body="hello"), changes(reaction="+"), changes())
        assert [one.event.change for one in story.caused] == ["edit", "reaction", "delete"]
        story.given(*WORKS).when(releases(1)).then_refused("earlier_item_waits")
        story.when(releases(0), releases(1), releases(2), releases(3)).then_among_others(
            fact("dialog.message_received", body="helo"),
            fact("dialog.message_edited", body="hello"),
            fact("dialog.reaction_changed", reaction="+"),
            "dialog.message_deleted",
        )
        about = {one.event.message for one in story.caused if hasattr(one.event, "message")}
        assert about == {items(story.office)[0].item}
        assert story.office.counts == {(SHOP, "quarantined"): 4}

    @pytest.mark.requirement("E06", "E10")
    def test_also_when_the_channel_works_again_but_the_message_has_not_gone_on_yet(self) -> None:
        story = given(*STOPPED, said(IVAN, "helo"), *WORKS).when(changes(body="hello"))
        story.then(fact("quarantine.inbound_quarantined", change="edit", reason="message_waits"))
        story.when(releases(0), changes(body="hello!"))
        story.then_among_others(fact("quarantine.inbound_quarantined", change="edit", body="hello!"))
        story.when(releases(1), releases(2), changes(body="Hello!"))
        assert [one.event.body for one in story.caused if one.event.kind == "dialog.message_edited"] == [
            "hello",
            "hello!",
            "Hello!",
        ]

    @pytest.mark.requirement("E06", "E10")
    def test_in_a_channel_that_does_not_work_it_waits_though_the_message_is_in_a_dialog(self) -> None:
        story = given(*shop(staff=(ANNA,)), says(IVAN, "helo"), disconnects())
        key = story.office.events("dialog.message_received")[0].external_key
        edit = ChangeReceived(channel=SHOP, external_key=key, sender_key=sender_key(IVAN), body="hello")
        story.when(edit).then(fact("quarantine.inbound_quarantined", reason="channel_disconnected", change="edit"))
        story.given(*WORKS).when(releases(0)).then_among_others(fact("dialog.message_edited", body="hello"), RELEASED)

    @pytest.mark.requirement("E06", "E10")
    def test_it_finds_the_message_in_the_dialog_where_it_is_and_not_in_a_later_one(self) -> None:
        story = given(*STOPPED, said(IVAN, "helo"), changes(body="hello"), *WORKS, releases(0), closes(), says(IVAN))
        first, later_one = [one.stream for one in story.office.log if one.event.kind == "dialog.opened"]
        for step, body in ((releases(1), "hello"), (changes(body="Hello!"), "Hello!")):
            story.when(step).then_among_others(fact("dialog.message_edited", body=body))
            assert [one.stream for one in story.caused if one.event.kind == "dialog.message_edited"] == [first]
        assert later_one != first

    @pytest.mark.requirement("E11")
    def test_of_somebody_who_never_wrote_it_is_ignored(self) -> None:
        edit = ChangeReceived(channel=SHOP, external_key="?", sender_key=sender_key(IVAN), body="hello")
        story = given(*STOPPED).when(edit).then_nothing()
        assert story.office.counts == {(SHOP, "ignored"): 1}
