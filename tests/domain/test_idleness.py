"""A dialog without activity is closed: to the microsecond, once, and never behind somebody's back (§7, G01-G18)."""

from datetime import UTC, datetime, timedelta

import pytest

from domain.dialog import commands as ask
from domain.settings import Period
from tests.examples import (
    ANNA,
    BORIS,
    DAY,
    HOUR,
    IVAN,
    MARIA,
    SHOP,
    TO_ANNA,
    accepts,
    agents,
    channel,
    declines,
    disconnects,
    group,
    holds,
    is_now,
    replies,
    saves,
    says,
    shop,
    takes,
    tells,
    transfers,
)
from tests.office import Office
from tests.spec import Story, fact, given, later, settled, wait

ONE_HOUR = {"auto_close": HOUR}
ANNAS = [*shop(staff=(ANNA, BORIS), settings=ONE_HOUR), says(IVAN), accepts(ANNA)]
A_MOMENT_BEFORE = {"minutes": 59, "seconds": 59, "microseconds": 999_999}


@pytest.mark.requirement("G01", "G02")
def test_it_is_open_one_microsecond_before_and_closed_at_the_hour() -> None:
    story = given(*ANNAS)
    at = story.office.dialog(IVAN).last_activity_at + timedelta(hours=1)  # type: ignore[operator]
    story.when(wait(**A_MOMENT_BEFORE)).then_never("dialog.closed")
    story.when(wait(microseconds=1)).then(
        fact("dialog.closed", cause="idle", deadline=at, period=3600, late_by=0.0, last_activity_by="customer"),
        fact("agent.slot_released", reason="closed"),
    )
    assert story.office.now == at


@pytest.mark.requirement("G03")
@pytest.mark.parametrize("word", [says(IVAN), replies(ANNA)], ids=["the customer's", "the agent's"])
def test_a_word_moves_the_deadline(word: object) -> None:
    story = given(*ANNAS, wait(minutes=59), word)
    story.when(wait(**A_MOMENT_BEFORE)).then_nothing()
    story.when(wait(microseconds=1)).then_among_others(fact("dialog.closed", cause="idle"))


@pytest.mark.requirement("G04")
@pytest.mark.parametrize(
    "step",
    [
        tells(ask.AddNote(note="n1", body="He phoned.")),
        tells(ask.Tag(tag="parcel")),
        tells(ask.SetTopic(topic="delivery")),
        tells(ask.SetAttribute(name="order", value="A-17")),
        tells(ask.SetPriority(priority=3)),
        tells(ask.Report(message="m2", result="read")),
        tells(ask.Report(message="m2", result="delivered")),
        transfers(ANNA, TO_ANNA, supervises=True),
        is_now(BORIS, "away"),
    ],
    ids=["note", "tag", "topic", "attribute", "priority", "read", "delivered", "transfer", "presence"],
)
def test_what_is_no_message_does_not(step: object) -> None:
    story = given(*shop(staff=(ANNA, BORIS), settings=ONE_HOUR), says(IVAN), takes(BORIS), wait(minutes=59), step)
    story.when(wait(minutes=1)).then_among_others(fact("dialog.closed", cause="idle"))


@pytest.mark.requirement("G04", "E10")
def test_neither_does_an_edit_a_deletion_or_a_reaction_of_the_customer() -> None:
    from domain.desk.intake import ChangeReceived

    story = given(*ANNAS, wait(minutes=59))
    key = story.office.events("dialog.message_received")[0].external_key
    whose = {"channel": SHOP, "external_key": key, "sender_key": f"hash of {IVAN}"}
    edits = [ChangeReceived(**whose, body="?"), ChangeReceived(**whose, reaction="+"), ChangeReceived(**whose)]
    story.when(*edits).then("dialog.message_edited", "dialog.reaction_changed", "dialog.message_deleted")
    story.when(wait(minutes=1)).then_among_others("dialog.closed")


@pytest.mark.requirement("G05")
def test_a_message_that_came_before_the_close_wins_even_past_the_deadline() -> None:
    story = given(*ANNAS, later(hours=1, seconds=5), says(IVAN))
    story.when(lambda office: office.catch_up()).then_nothing().then_dialog(IVAN, phase="assigned")


@pytest.mark.requirement("G05")
def test_in_one_batch_the_order_decides() -> None:
    from domain.desk.waking import WakeDialog

    for message_first in (True, False):
        office = given(*ANNAS, later(hours=1)).office
        first = office.dialog_id(IVAN)
        steps = [says(IVAN)(office), WakeDialog(dialog=first)]
        office.batch(*(steps if message_first else reversed(steps)))
        assert office.state(f"dialog-{first}").open == message_first
        assert office.kinds().count("dialog.opened") == (1 if message_first else 2)
        assert office.dialog(IVAN).open


@pytest.mark.requirement("G05")
def test_a_stale_timer_is_silent_and_every_wake_up_may_be_repeated() -> None:
    from domain.desk.waking import WakeDialog

    story = given(*ANNAS, wait(minutes=30), says(IVAN))
    wake = WakeDialog(dialog=story.office.dialog_id(IVAN))
    story.when(wake, wake).then_nothing()
    story.when(later(hours=1), wake, wake, wake).then("dialog.closed", "agent.slot_released")


@pytest.mark.requirement("G06")
def test_queued_offered_and_held_dialogs_close_too() -> None:
    queued = given(*agents(ANNA), is_now(ANNA, "away"), *group(members=(ANNA,)), *channel(auto_close=HOUR), says(IVAN))
    queued.when(wait(hours=1)).then(fact("dialog.closed", cause="idle", outcome="never_assigned"))
    offered = given(*shop(staff=(ANNA,), settings=ONE_HOUR, answer_wait=3600), says(IVAN))
    offered.when(later(hours=1), lambda office: office.catch_up()).then_among_others("dialog.closed")
    offered.then_agent(ANNA, load=0)
    held = given(*ANNAS, holds(minutes=90))
    held.when(wait(minutes=89)).then_nothing()
    held.when(wait(minutes=1)).then(
        fact("dialog.unheld", reason="over"), fact("dialog.closed", cause="idle"), "agent.slot_released"
    )


@pytest.mark.requirement("G16")
def test_an_offer_that_is_pending_ends_in_the_same_transaction() -> None:
    story = given(*shop(staff=(ANNA,), settings=ONE_HOUR, answer_wait=3600), wait(minutes=30), says(IVAN))
    story.given(declines(ANNA), wait(minutes=1)).then_dialog(IVAN, phase="offered", round=2)
    story.when(wait(minutes=59)).then(
        fact("dialog.offers_ended", reason="dialog_closed"),
        fact("dialog.closed", cause="idle", outcome="never_assigned"),
        fact("agent.slot_released", reason="closed"),
    ).then_agent(ANNA, slots=())
    assert len({recorded.recorded_at for recorded in story.caused}) == 1


@pytest.mark.requirement("G06")
def test_held_without_an_end_it_never_closes_and_when_the_hold_ends_it_closes_at_once() -> None:
    story = given(*ANNAS, holds())
    story.when(wait(days=30)).then_nothing()
    story.when(tells(ask.Unhold()), wait(seconds=0)).then_among_others(
        fact("dialog.unheld", reason="manual"),
        fact("dialog.closed", cause="idle", late_by=timedelta(days=30).total_seconds() - 3600),
    )


@pytest.mark.requirement("G07")
def test_a_shortened_period_closes_nothing_before_the_floor() -> None:
    story = given(*shop(staff=(ANNA,), settings={"auto_close": {"value": 30, "unit": "days"}}), says(IVAN))
    story.given(accepts(ANNA), wait(days=20))
    at = story.office.now
    story.when(saves(auto_close=HOUR), settled).then(
        fact("channel.settings_changed", floor_until=at + timedelta(hours=1))
    )
    story.when(wait(**A_MOMENT_BEFORE)).then_nothing()
    story.when(wait(microseconds=1)).then_among_others(
        fact("dialog.closed", cause="idle", deadline=at + timedelta(hours=1), period=3600)
    )


@pytest.mark.requirement("G07")
def test_a_period_longer_than_an_hour_has_a_floor_of_one_hour() -> None:
    story = given(*shop(staff=(ANNA,), settings={"auto_close": {"value": 30, "unit": "days"}}), says(IVAN))
    story.given(accepts(ANNA), wait(days=20))
    story.given(saves(auto_close=DAY)).when(wait(**A_MOMENT_BEFORE)).then_nothing()
    story.when(wait(microseconds=1)).then_among_others("dialog.closed")


@pytest.mark.requirement("G08")
def test_a_lengthened_period_moves_the_deadline_and_the_old_timer_closes_nothing() -> None:
    story = given(*ANNAS, wait(minutes=59), saves(auto_close=DAY))
    story.when(wait(hours=22)).then_nothing()
    story.when(wait(hours=1, minutes=1)).then_among_others(fact("dialog.closed", period=86_400))


@pytest.mark.requirement("G09")
def test_after_three_days_of_standstill_all_are_closed_once_and_say_how_late() -> None:
    story = given(*shop(staff=(ANNA, BORIS), settings=ONE_HOUR), says(IVAN), says(MARIA), later(days=3))
    story.when(lambda office: office.catch_up(), lambda office: office.catch_up())
    closed = [recorded.event for recorded in story.caused if recorded.event.kind == "dialog.closed"]
    assert [one.late_by for one in closed] == [71 * 3600.0] * 2  # type: ignore[attr-defined]


@pytest.mark.requirement("G11")
def test_the_timer_runs_on_while_the_channel_is_disconnected() -> None:
    given(*ANNAS, disconnects()).when(wait(hours=1)).then_among_others(fact("dialog.closed", cause="idle"))


@pytest.mark.requirement("G12")
def test_the_closing_message_and_the_close_are_one_append() -> None:
    given(*ANNAS, saves(closing_message="Thank you for writing.")).when(wait(hours=1)).then(
        fact("dialog.closing_message_sent", body="Thank you for writing."),
        fact("dialog.closed", closing_message="queued"),
        "agent.slot_released",
    )


@pytest.mark.requirement("G12")
def test_without_a_text_nothing_is_said() -> None:
    given(*ANNAS).when(wait(hours=1)).then_among_others(fact("dialog.closed", closing_message="none"))


@pytest.mark.requirement("C19")
@pytest.mark.parametrize(("hours", "said"), [(23, "queued"), (24, "skipped_window")])
def test_outside_whatsapps_window_the_closing_message_is_skipped(hours: int, said: str) -> None:
    settings = {"closing_message": "Thank you.", "auto_close": {"value": hours, "unit": "hours"}}
    story = given(*agents(ANNA), *channel(kind="whatsapp_infobip", receiver=TO_ANNA, **settings))
    story.given(says(IVAN, kind="whatsapp_infobip")).when(wait(hours=hours))
    story.then_among_others(fact("dialog.closed", closing_message=said))


@pytest.mark.requirement("G13")
def test_the_close_records_the_period_and_the_settings_version_it_used() -> None:
    story = given(*ANNAS)
    version = story.office.heads.head(f"channel-{SHOP}").version
    story.when(wait(hours=1)).then_among_others(
        fact(
            "dialog.closed",
            period=3600,
            channel_version=version,
            policies=lambda policies: [(one.stream, one.version) for one in policies] == [("channel-shop", version)],
        )
    )


@pytest.mark.requirement("G15")
def test_a_day_has_86_400_seconds_also_when_the_clocks_change() -> None:
    assert Period(value=1, unit="days").seconds == Period(value=24, unit="hours").seconds == 86_400
    story = given(*shop(staff=(ANNA,)), lambda office: office.sleep(datetime(2026, 3, 28, 20, tzinfo=UTC) - office.now))
    story.given(is_now(ANNA, "ready"), says(IVAN), accepts(ANNA))
    story.when(wait(hours=23, minutes=59)).then_nothing()
    story.when(wait(minutes=1)).then_among_others("dialog.closed")


class TestWaitingForTheCustomer:
    """The mode in which a customer who waits is never closed."""

    @staticmethod
    def annas() -> Story:
        settings = {**ONE_HOUR, "idle_mode": "waiting_for_customer"}
        return given(*shop(staff=(ANNA,), settings=settings), says(IVAN), accepts(ANNA))

    @pytest.mark.requirement("G17")
    def test_the_customers_last_word_keeps_it_open_for_ever(self) -> None:
        self.annas().when(wait(days=90)).then_nothing()

    @pytest.mark.requirement("G17")
    def test_after_the_agents_answer_the_hour_begins(self) -> None:
        story = self.annas().given(wait(days=2), replies(ANNA))
        story.when(wait(**A_MOMENT_BEFORE)).then_nothing()
        story.when(wait(microseconds=1)).then_among_others("dialog.closed")

    @pytest.mark.requirement("G07", "G17")
    def test_leaving_the_mode_closes_nothing_before_the_floor(self) -> None:
        story = self.annas().given(wait(days=2), saves(idle_mode="any_side"))
        story.when(wait(**A_MOMENT_BEFORE)).then_nothing()
        story.when(wait(microseconds=1)).then_among_others("dialog.closed")


@pytest.mark.requirement("D10")
def test_a_mailbox_without_a_period_is_never_closed() -> None:
    story = given(*agents(ANNA), *channel(kind="email", receiver=TO_ANNA, auto_close=None), says(IVAN, kind="email"))
    story.when(wait(days=365)).then_nothing()


@pytest.mark.requirement("D10", "G08")
def test_a_period_that_is_taken_away_closes_nothing_any_more_and_sets_no_floor() -> None:
    story = given(*agents(ANNA), *channel(kind="email", receiver=TO_ANNA, auto_close=HOUR), says(IVAN, kind="email"))
    story.given(wait(minutes=59))
    story.when(saves(auto_close=None), settled).then(fact("channel.settings_changed", floor_until=None))
    story.when(wait(days=30)).then_nothing()
    at = story.office.now
    story.when(saves(auto_close=HOUR), settled).then(
        fact("channel.settings_changed", floor_until=at + timedelta(hours=1))
    )
    story.when(wait(**A_MOMENT_BEFORE)).then_nothing()
    story.when(wait(microseconds=1)).then_among_others("dialog.closed")


@pytest.mark.requirement("G12")
def test_the_closing_message_is_said_once_however_often_the_timer_rings() -> None:
    from domain.desk.waking import WakeDialog

    story = given(*ANNAS, saves(closing_message="Thank you."), later(hours=1))
    wake = WakeDialog(dialog=story.office.dialog_id(IVAN))
    story.when(wake, wake, lambda office: office.catch_up(), wake)
    assert story.kinds().count("dialog.closing_message_sent") == story.kinds().count("dialog.closed") == 1


@pytest.mark.requirement("E12", "E04")
def test_a_flood_is_kept_message_by_message_in_the_order_of_its_arrival() -> None:
    story = given(*shop(staff=(ANNA,), settings={"idle_mode": "any_side"}), says(IVAN))
    texts = [f"{number}" for number in range(250)]
    story.when(*(step for text in texts for step in (later(milliseconds=200), says(IVAN, text))), settled)
    assert [one.event.body for one in story.caused if one.event.kind == "dialog.message_received"] == texts
    assert story.kinds().count("dialog.opened") == 0
    assert story.office.counts == {(SHOP, "routed"): 251}


@pytest.mark.requirement("E04", "E05")
def test_the_providers_time_neither_sorts_the_log_nor_moves_a_deadline() -> None:
    from dataclasses import replace

    def late(hours: float, text: str) -> object:
        def message(office: Office) -> object:
            return replace(says(IVAN, text)(office), provider_time=office.now + timedelta(hours=hours))

        return message

    story = given(*ANNAS).when(late(9000, "first"), late(-9000, "second"))
    assert [one.event.body for one in story.caused] == ["first", "second"]
    at = story.office.now
    story.when(wait(**A_MOMENT_BEFORE)).then_nothing()
    story.when(wait(microseconds=1)).then_among_others(fact("dialog.closed", deadline=at + timedelta(hours=1)))
