"""It is over: what may still be said about it, and what the customer's next message does."""

from datetime import timedelta

import pytest

from domain.channel import Degraded
from domain.desk.intake import ChangeReceived
from domain.dialog import commands as ask
from domain.recorded import Policy
from tests.examples import (
    ANNA,
    BORIS,
    IVAN,
    MARIA,
    SUPPORT,
    TO_BORIS,
    accepts,
    closes,
    disconnects,
    is_now,
    replies,
    saves,
    says,
    shop,
    takes,
    tells,
    transfers,
    verifies,
)
from tests.office import Office
from tests.spec import fact, given, later, settled, wait

CLOSED = [*shop(staff=(ANNA, BORIS)), says(IVAN), accepts(ANNA), replies(ANNA), closes()]
REOPENS = [*shop(staff=(ANNA, BORIS), settings={"reopen_window": 24}), says(IVAN), accepts(ANNA), replies(ANNA)]


@pytest.mark.requirement("G14")
@pytest.mark.parametrize(
    "step",
    [replies(ANNA), takes(BORIS), transfers(ANNA, TO_BORIS, supervises=True), tells(ask.Hold())],
    ids=["answer", "take", "transfer", "hold"],
)
def test_it_is_not_worked_on_any_more(step: object) -> None:
    given(*CLOSED).when(step).then_refused("dialog_closed")


@pytest.mark.requirement("G14", "G12")
@pytest.mark.parametrize(
    ("command", "kind"),
    [
        (ask.AddNote(note="n1", body="He phoned."), "dialog.note_added"),
        (ask.Tag(tag="parcel"), "dialog.tag_added"),
        (ask.SetTopic(topic="delivery"), "dialog.topic_set"),
        (ask.SetAttribute(name="order", value="A-17"), "dialog.attribute_set"),
        (ask.Report(message="m2", result="delivered"), "dialog.message_delivered"),
        (ask.Report(message="m2", result="read"), "dialog.message_read"),
        (ask.Report(message="m2", result="failed", code="blocked"), "dialog.message_failed"),
        (ask.Report(message="m2", result="unknown"), "dialog.send_unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_notes_tags_topics_attributes_and_reports_of_delivery_are_still_taken(command: object, kind: str) -> None:
    given(*CLOSED).when(tells(command)).then(kind).then_dialog(IVAN, phase="closed")


@pytest.mark.requirement("E10")
def test_the_customer_may_still_edit_what_he_wrote() -> None:
    story = given(*CLOSED)
    key = next(one.external_key for one in story.office.events("dialog.message_received"))
    change = ChangeReceived(channel="shop", external_key=key, sender_key=f"hash of {IVAN}", body="Never mind.")
    story.when(change).then(fact("dialog.message_edited", body="Never mind.")).then_dialog(IVAN, phase="closed")


def test_closing_it_again_changes_nothing() -> None:
    given(*CLOSED).when(closes(), closes(cause="spam")).then_nothing()


def test_an_offer_of_it_cannot_be_accepted() -> None:
    given(*CLOSED).when(accepts(ANNA)).then_refused("offer_accepted")


def test_no_timer_rings_for_it() -> None:
    story = given(*CLOSED)
    assert story.office.timers() == []
    story.when(wait(days=3)).then_nothing()


@pytest.mark.requirement("G18", "G05")
def test_the_next_message_opens_a_new_dialog_linked_to_it() -> None:
    story = given(*CLOSED)
    before = story.office.dialog_id(IVAN)
    story.when(says(IVAN)).then(
        fact("dialog.opened", session=2, previous_dialog_id=before),
        "dialog.message_received",
        fact("dialog.queued", reason="opened"),
    )
    assert story.office.dialog_id(IVAN) != before
    assert story.office.kinds().count("customer.created") == 1


@pytest.mark.requirement("G18")
@pytest.mark.parametrize(("microseconds", "reopened"), [(-1, True), (0, False)], ids=["1 µs before its end", "at it"])
def test_within_the_reopen_window_it_is_reopened(microseconds: int, reopened: bool) -> None:
    story = given(*REOPENS, closes(), later(hours=24, microseconds=microseconds)).when(says(IVAN))
    if reopened:
        story.then("dialog.reopened", "dialog.message_received", fact("dialog.queued", reason="reopened"))
    else:
        story.then_among_others(fact("dialog.opened", session=2))


@pytest.mark.requirement("G18")
def test_after_an_idle_end_it_is_reopened() -> None:
    given(*REOPENS, wait(days=1)).when(says(IVAN)).then_among_others("dialog.reopened").then_dialog(
        IVAN, phase="queued", closed_at=None, target=SUPPORT
    )


@pytest.mark.requirement("G18")
def test_after_spam_it_is_not() -> None:
    given(*REOPENS, closes(cause="spam")).when(says(IVAN)).then_among_others(fact("dialog.opened", session=2))


@pytest.mark.requirement("G18")
def test_after_an_erasure_it_is_not() -> None:
    story = given(*REOPENS)
    world = story.office.world()
    world.do(f"dialog-{story.office.dialog_id(IVAN)}", ask.Close(cause="erasure", at=world.now))
    story.office.heads.keep(world)
    story.when(says(IVAN)).then_among_others(fact("dialog.opened", session=2))


@pytest.mark.requirement("G18", "E06")
def test_while_the_channel_does_not_work_nothing_is_reopened() -> None:
    story = given(*REOPENS, closes(), disconnects()).when(says(IVAN))
    story.then("quarantine.inbound_quarantined").then_dialog(IVAN, phase="closed")
    story.given(verifies(), saves()).when(says(IVAN)).then_among_others("dialog.reopened")


@pytest.mark.requirement("G18")
def test_a_reopened_dialog_waits_anew_behind_those_who_wait_already() -> None:
    story = given(*REOPENS, closes(), is_now(ANNA, "away"), is_now(BORIS, "away"), says(MARIA), says(IVAN))
    office = story.office
    assert office.heads.queue("support", 10) == [office.dialog_id(MARIA), office.dialog_id(IVAN)]


@pytest.mark.requirement("G18", "F30")
def test_the_wait_before_the_close_does_not_count_after_the_reopening() -> None:
    wide = [*shop(staff=(ANNA,), max_queue_wait=600, settings={"reopen_window": 24}), is_now(ANNA, "away")]
    story = given(*wide, says(IVAN), wait(minutes=5), closes(), wait(hours=1), says(IVAN))
    story.when(wait(seconds=599)).then_never("dialog.left_in_queue")
    story.when(wait(seconds=1)).then_among_others(fact("dialog.left_in_queue", cause="max_queue_wait"))


@pytest.mark.requirement("G18")
def test_a_reopened_dialog_can_be_closed_and_reopened_again() -> None:
    story = given(*REOPENS, closes(), says(IVAN), closes()).when(says(IVAN), settled)
    story.then_among_others("dialog.reopened", "dialog.offers_made")
    assert story.office.kinds().count("dialog.opened") == 1


@pytest.mark.requirement("G14")
def test_the_time_of_its_end_is_that_of_its_event() -> None:
    story = given(*CLOSED[:-1], wait(minutes=7))
    at = story.office.now
    story.when(closes()).then_dialog(IVAN, closed_at=at)
    assert story.office.now - at == timedelta(0)


@pytest.mark.requirement("G18")
def test_a_reopening_names_the_version_of_the_close_whatever_was_noted_since() -> None:
    story = given(*REOPENS, closes(), tells(ask.AddNote(note="n1", body="He phoned.")), tells(ask.Tag(tag="parcel")))
    closed = next(one for one in story.office.log if one.event.kind == "dialog.closed")
    assert story.office.heads.head(closed.stream).version == closed.version + 2
    story.when(says(IVAN)).then_among_others(fact("dialog.reopened", closed_version=closed.version))
    story.given(closes()).when(says(IVAN))
    again = [one for one in story.office.log if one.event.kind == "dialog.closed"][-1]
    story.then_among_others(fact("dialog.reopened", closed_version=again.version))


@pytest.mark.requirement("G18")
def test_in_a_channel_that_is_degraded_a_new_dialog_begins_instead() -> None:
    def degraded(office: Office) -> None:
        world = office.world()
        world.record("channel-shop", Degraded(cause="provider"))
        office.heads.keep(world)

    given(*REOPENS, closes(), degraded).when(says(IVAN)).then_among_others(fact("dialog.opened", session=2))


@pytest.mark.requirement("G13")
def test_a_close_by_hand_names_the_settings_that_asked_for_its_tag() -> None:
    story = given(*shop(staff=(ANNA,), settings={"required_tag": True}), says(IVAN), accepts(ANNA))
    version = story.office.heads.head("channel-shop").version
    story.when(closes()).then_refused("tag_required")
    story.when(tells(ask.Tag(tag="parcel")), closes()).then_among_others(
        fact("dialog.closed", channel_version=version, policies=(Policy(stream="channel-shop", version=version),))
    )
    spam = given(*shop(staff=(ANNA,), settings={"required_tag": True}), says(IVAN)).when(closes(cause="spam"))
    spam.then_among_others("dialog.marked_spam", fact("dialog.closed", cause="spam", policies=()))


@pytest.mark.requirement("J01")
@pytest.mark.parametrize("priority", [-1, 10])
def test_a_priority_is_0_to_9(priority: int) -> None:
    given(*CLOSED[:-1]).when(tells(ask.SetPriority(priority=priority))).then_refused("out_of_range")
