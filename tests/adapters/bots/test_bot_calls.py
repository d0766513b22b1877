"""Calls to bots on a real store and a real bot: every message is told, every end is reached, nobody is stuck."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise
from time import monotonic, sleep
from typing import Any

import pytest

from adapters.bots import table
from adapters.bots.worker import Ear
from adapters.channels import http_client
from adapters.doubles.bot import BotDouble
from adapters.feed.ears import Ear as ProcessorEar
from adapters.feed.log_feed import LogFeed
from adapters.feed.worker import Worker
from domain.desk.administration import SetSchedule
from domain.desk.answering import CloseDialog, SendMessage, TakeDialog, TransferDialog
from domain.desk.bots import AnswerAsBot
from domain.dialog.events import Author, Target
from domain.schedule import CLOSED_WEEK
from domain.working_time import Interval
from processors import REGISTRY
from tests.adapters.bots.page import ROOT, Page, genuine, page
from tests.store import TENANT


@pytest.fixture
def office() -> Iterator[Page]:
    with page() as made:
        yield made


# -- told and answered ----------------------------------------------------------------------------------------------


@pytest.mark.requirement("F03")
def test_the_bot_is_told_and_its_answer_is_said(office: Page) -> None:
    dialog = office.says("Is there bread?")
    assert office.calls.run_once() == 1
    assert office.answers(dialog) == ["You said: Is there bread?"]
    (call,) = office.bot.calls
    (message,) = call.body["messages"]
    assert call.body | {"messages": []} == {
        "bot": "greeter",
        "dialog": dialog,
        "channel": "page",
        "kind": "facebook",
        "customer": {"name": "Ivan"},
        "messages": [],
        "attempt": 1,
    }
    assert set(message) == {"id", "text", "attachments", "at"}
    assert office.dialog(dialog).unanswered == ()
    assert office.rounds(2) == [0, 0]


def test_each_call_is_signed_and_only_with_this_secret(office: Page) -> None:
    office.says()
    office.calls.run_once()
    (call,) = office.bot.calls
    assert genuine(call, office.secret)
    assert not genuine(call, "whsec_" + "A" * 43 + "=")


def test_while_the_secret_is_changed_both_count(office: Page) -> None:
    fresh = office.registry.put(TENANT, "greeter", office.bot.url, actor=ROOT, rotate=True)["secret"]
    office.says()
    office.calls.run_once()
    (call,) = office.bot.calls
    assert genuine(call, office.secret) and genuine(call, fresh)
    office.registry.put(TENANT, "greeter", office.bot.url, actor=ROOT, settle=True)
    office.later(2)
    office.says()
    office.calls.run_once()
    assert genuine(office.bot.calls[-1], fresh) and not genuine(office.bot.calls[-1], office.secret)


@pytest.mark.requirement("E12")
def test_of_a_flood_every_message_is_told(office: Page) -> None:
    texts = [f"message {number}" for number in range(250)]
    for text in texts:
        dialog = office.says(text)
    office.rounds(6, apart=1.0)
    assert [text for call in office.bot.calls for text in call.texts] == texts
    assert len(office.bot.calls) == 5
    assert len(office.answers(dialog)) == 250 and office.dialog(dialog).unanswered == ()


@pytest.mark.requirement("E12")
def test_a_flood_wakes_the_bot_at_most_once_a_second(office: Page) -> None:
    office.calls.start()
    office.says(customer="maria")
    for number in range(250):
        dialog = office.says(f"message {number}")
    end = monotonic() + 20
    while len(office.answers(dialog)) < 250 and monotonic() < end:
        sleep(0.05)
    assert len(office.answers(dialog)) == 250
    times = [call.at for call in office.bot.calls if call.body["dialog"] == dialog]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert gaps and min(gaps) > 0.9
    assert len(office.bot.calls) == len(times) + 1, "another customer's dialog is not held back"


def test_what_is_said_during_a_call_is_told_in_the_next(office: Page) -> None:
    dialog = office.says("one")
    office.bot.answering = lambda told: (office.says("two"), {"messages": [{"text": "yes"}]})[1]
    office.calls.run_once()
    assert [one.position for one in office.dialog(dialog).unanswered], "the second message still waits"
    office.bot.answering = lambda told: {"messages": [{"text": "and yes"}]}
    office.later(1)
    office.calls.run_once()
    assert [call.texts for call in office.bot.calls] == [["one"], ["two"]]
    assert office.answers(dialog) == ["yes", "and yes"] and office.dialog(dialog).unanswered == ()


def test_a_bot_that_comes_later_is_told_what_nobody_has_answered(office: Page) -> None:
    dialog = office.says("first")
    office.store.do(TakeDialog(dialog=dialog, agent="anna", by="anna"))
    office.calls.run_once()
    office.store.do(
        SendMessage(dialog=dialog, client_key="k", author=Author(kind="agent", id="anna"), body="One moment")
    )
    office.says("second")
    office.says("third")
    office.store.do(TransferDialog(dialog=dialog, to=Target(kind="bot", id="greeter"), by="anna"))
    office.calls.run_once()
    assert [call.texts for call in office.bot.calls] == [["second", "third"]]
    assert office.dialog(dialog).unanswered == ()


# -- hand-offs ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("I01")
@pytest.mark.parametrize("asked", [True, {"reason": "wants a refund"}])
def test_the_bot_asks_for_people(asked: Any) -> None:
    with page(lambda told: {"messages": [{"text": "One moment"}], "hand_off": asked}) as office:
        dialog = office.says()
        office.calls.run_once()
        assert office.answers(dialog) == ["One moment"] and office.hand_offs(dialog) == ["requested"]
        notes = [one for one in office.store.log.stream(TENANT, f"dialog-{dialog}") if "note" in one.event.kind]
        assert len(notes) == (asked is not True)
        office.later(2)
        assert office.calls.run_once() == 0 and office.store.rows("SELECT 1 FROM parley.bot_turn") == []


@pytest.mark.requirement("I02")
@pytest.mark.parametrize("status", [500, 404, 302, 429])
def test_after_three_failures_people_get_it(office: Page, status: int) -> None:
    dialog = office.says()
    office.bot.fails(status, times=3)
    assert office.rounds(6) == [1, 1, 1, 0, 0, 0]
    assert office.hand_offs(dialog) == ["error"] and office.dialog(dialog).phase == "queued"
    assert [call.body["attempt"] for call in office.bot.calls] == [1, 2, 3]
    assert len({call.headers["webhook-id"] for call in office.bot.calls}) == 1


@pytest.mark.requirement("I02")
@pytest.mark.parametrize(
    "body", ["bread", ["bread"], {"messages": "bread"}, {"messages": [{"text": ""}]}, {"close": "yes"}, {"hand_off": 1}]
)
def test_nonsense_is_a_failure_like_any_other(office: Page, body: Any) -> None:
    dialog = office.says()
    office.bot.fails(200, body=body, times=3)
    office.rounds(4)
    assert office.hand_offs(dialog) == ["error"] and office.answers(dialog) == []


@pytest.mark.requirement("I02")
def test_two_failures_and_an_answer_are_an_answer(office: Page) -> None:
    dialog = office.says()
    office.bot.fails(503)
    office.bot.hangs_up()
    assert office.rounds(4) == [1, 1, 1, 0]
    assert office.answers(dialog) == ["You said: Hello"] and office.hand_offs(dialog) == []


@pytest.mark.requirement("I02")
def test_failures_are_counted_anew_for_the_next_message(office: Page) -> None:
    dialog = office.says("one")
    office.bot.fails(500, times=2)
    office.rounds(3)
    office.says("two")
    office.bot.fails(500, times=2)
    office.rounds(3)
    assert office.hand_offs(dialog) == [] and len(office.answers(dialog)) == 2


@pytest.mark.requirement("I02")
def test_a_bot_that_is_not_there_is_a_failure_too(office: Page) -> None:
    with BotDouble() as gone:
        url = gone.url
    office.registry.put(TENANT, "greeter", url, actor=ROOT)
    dialog = office.says()
    office.rounds(4)
    assert office.hand_offs(dialog) == ["error"]


@pytest.mark.requirement("I02")
def test_a_bot_without_an_address_is_a_failure_too(office: Page) -> None:
    dialog = office.says()
    office.store.vault.wipe_secrets(TENANT, "bot-greeter")
    office.rounds(4)
    assert office.hand_offs(dialog) == ["error"]


@pytest.mark.requirement("I02")
def test_a_slow_bot_is_not_waited_for_beyond_its_time(office: Page) -> None:
    office.setting(bot__timeout=5)
    dialog = office.says()
    office.later(4.5)
    office.bot.thinks(3)
    began = monotonic()
    office.calls.run_once()
    assert monotonic() - began < 2, "the call lasted longer than the dialog waits"
    office.later(1)
    assert office.calls.run_once() == 0, "a call after the time is over"
    office.rings(dialog)
    assert office.hand_offs(dialog) == ["timeout"] and office.answers(dialog) == []


@pytest.mark.requirement("I02")
def test_a_promise_that_is_not_kept_ends_with_the_time_limit(office: Page) -> None:
    office.bot.answering = lambda told: None
    dialog = office.says()
    assert office.rounds(3) == [1, 0, 0]
    office.later(60)
    office.rings(dialog)
    assert office.hand_offs(dialog) == ["timeout"]


@pytest.mark.requirement("I05")
def test_people_who_take_it_during_the_call_are_not_talked_over(office: Page) -> None:
    dialog = office.says()
    take = TakeDialog(dialog=dialog, agent="anna", by="anna")
    office.bot.answering = lambda told: (office.store.do(take), {"messages": [{"text": "late"}]})[1]
    office.calls.run_once()
    assert office.answers(dialog) == [] and office.hand_offs(dialog) == ["manual"]
    assert office.rounds(3) == [0, 0, 0]


@pytest.mark.requirement("I01", "I05")
def test_a_keyword_during_the_call_wins(office: Page) -> None:
    office.setting(bot__keywords=["operator"])
    dialog = office.says("bread?")
    office.bot.answering = lambda told: (office.says("operator"), {"messages": [{"text": "late"}]})[1]
    office.calls.run_once()
    assert office.answers(dialog) == [] and office.hand_offs(dialog) == ["keyword"]
    assert office.rounds(3) == [0, 0, 0] and len(office.bot.calls) == 1


@pytest.mark.requirement("I06")
def test_a_bot_that_may_not_close_has_only_spoken(office: Page) -> None:
    office.bot.answering = lambda told: {"messages": [{"text": "Bye"}], "close": True}
    dialog = office.says()
    office.calls.run_once()
    assert office.answers(dialog) == ["Bye"] and office.dialog(dialog).phase == "bot"
    office.setting(bot_may_close=True)
    office.later(2)
    office.says()
    office.calls.run_once()
    assert office.dialog(dialog).closed_cause == "bot"


# -- processes that die, and two of them ----------------------------------------------------------------------------


def _taken_up(office: Page) -> table.Due:
    """As by a process that dies right after: the row says that a call is running, and nobody makes it."""
    LogFeed(office.store.database, [Ear(0, lambda: None)]).pump()
    with office.store.database.pool.connection() as connection:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        now = office.now(row[0])
        (one,) = table.due(connection, 0, now, 10)
        letter = office.calls._courier._desk.letter(one)  # type: ignore[attr-defined]
        assert table.take(connection, one, letter.told, now) is not None
    return one


@pytest.mark.requirement("I02")
def test_the_call_of_a_process_that_died_is_made_again_by_another(office: Page) -> None:
    dialog = office.says()
    _taken_up(office)
    assert office.rounds(1, apart=16) == [0]
    assert office.rounds(2) == [1, 0]
    assert office.answers(dialog) == ["You said: Hello"] and office.bot.calls[0].body["attempt"] == 2


@pytest.mark.requirement("I02")
def test_a_process_that_dies_at_every_call_does_not_keep_the_dialog(office: Page) -> None:
    dialog = office.says()
    for _ in range(3):
        _taken_up(office)
        office.later(16)
    assert office.calls.run_once() == 0
    assert office.hand_offs(dialog) == ["error"] and office.bot.calls == []


@pytest.mark.requirement("I02")
def test_an_answer_whose_process_died_before_writing_it_down_is_said_once(office: Page) -> None:
    dialog = office.says()
    told = table.is_told
    lost = pytest.MonkeyPatch()
    lost.setattr(table, "is_told", lambda *_: None)
    office.calls.run_once()
    lost.setattr(table, "is_told", told)
    office.later(16)
    assert office.calls.run_once() == 1, "it is asked again"
    lost.undo()
    assert office.answers(dialog) == ["You said: Hello"]
    assert office.rounds(2) == [0, 0]


def test_two_workers_never_make_the_same_call(office: Page) -> None:
    for number in range(20):
        office.says(customer=f"customer {number}")
    with http_client() as client:
        other = office.worker(client)
        threads = [threading.Thread(target=worker.run_once) for worker in (office.calls, other)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        other.stop()
    assert len(office.bot.calls) == len({call.body["dialog"] for call in office.bot.calls}) == 20


def test_running_by_itself_it_answers_at_once(office: Page) -> None:
    office.calls.start()
    dialogs = [office.says(customer=f"customer {number}") for number in range(10)]
    end = monotonic() + 10
    while not all(office.answers(dialog) for dialog in dialogs) and monotonic() < end:
        sleep(0.01)
    assert [len(office.answers(dialog)) for dialog in dialogs] == [1] * 10


def test_dialogs_that_are_not_with_bots_leave_no_row(office: Page) -> None:
    office.setting(receiver={"kind": "agent", "id": "anna"})
    dialog = office.says()
    office.rounds(2)
    assert office.bot.calls == [] and office.store.rows("SELECT 1 FROM parley.bot_turn") == []
    assert office.dialog(dialog).assignee == "anna"


def test_a_closed_dialog_is_forgotten(office: Page) -> None:
    dialog = office.says()
    office.store.do(CloseDialog(dialog=dialog))
    assert office.rounds(2) == [0, 0] and office.store.rows("SELECT 1 FROM parley.bot_turn") == []


def test_an_answer_that_came_by_itself_before_the_call_ends_counts(office: Page) -> None:
    """The bot speaks through the API while our call is still running; its reply then says nothing more."""
    dialog = office.says()

    def speak(told: dict[str, Any]) -> None:
        office.store.do(AnswerAsBot(dialog=told["dialog"], bot="greeter", key="mine", messages=("Here I am",)))

    office.bot.answering = speak
    assert office.rounds(3) == [1, 0, 0]
    assert office.answers(dialog) == ["Here I am"] and office.dialog(dialog).unanswered == ()


@pytest.mark.requirement("H14")
def test_the_timer_of_a_nights_bot_follows_its_schedule(office: Page) -> None:
    """The stored timer is moved when the schedule changes; nobody has to write for that."""
    open_week = ((Interval(start=0, end=1440),),) * 7
    office.store.do(SetSchedule(schedule="hours", name="Hours", zone="UTC", week=CLOSED_WEEK))
    night = {"schedule": "hours", "out_of_hours__policy": "bot", "out_of_hours__bot": "greeter"}
    office.setting(receiver={"kind": "group", "id": "support"}, bot__timeout=3600, **night)
    dialog = office.says()
    assert office.dialog(dialog).bot == "greeter"
    office.calls.run_once()
    office.store.do(SetSchedule(schedule="hours", name="Hours", zone="UTC", week=open_week))
    processor = REGISTRY["auto_close"]
    worker = Worker(processor, office.store.database, office.store.executor)
    feed = LogFeed(office.store.database, [ProcessorEar(processor)])
    with office.store.database.connect() as connection:
        while feed.pump() + worker.look(connection):
            pass
    assert office.hand_offs(dialog) == ["opened"]
