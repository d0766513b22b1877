"""Delivery on a real store and the double: in order, one at a time, never twice, and every end is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import monotonic, sleep
from typing import Any

import httpx2
import pytest

import processors.delivery
from adapters.channels import channel as adapter_of
from adapters.channels import http_client
from adapters.delivery import SentMessages, letter, table
from adapters.delivery.worker import Ear
from adapters.doubles.telegram import blocked, broken, flood, hang_up, slow
from adapters.feed.log_feed import LogFeed
from adapters.intake_commands import external_key
from domain.desk import wording
from domain.desk.administration import SetSchedule
from domain.desk.answering import CloseDialog, TakeDialog
from domain.desk.channels import SaveChannel
from domain.kinds import KINDS
from domain.schedule import CLOSED_WEEK
from tests.adapters.channels.bakery import OWNER
from tests.adapters.delivery.post import Post, post, worker
from tests.store import TENANT

DELIVERED, FAILED, UNKNOWN = "message_delivered", "message_failed", "send_unknown"


@pytest.fixture
def office() -> Iterator[Post]:
    with post() as made:
        yield made


def test_an_answer_reaches_the_customer_and_is_reported(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "Yes, rye and wheat")
    assert office.delivery.run_once() == 1
    assert [(said.chat, said.text) for said in office.shop.telegram.sent] == [("100", "Yes, rye and wheat")]
    assert office.reports(dialog) == [(DELIVERED, "")]
    assert office.delivery.run_once() == 0


def test_answers_go_in_order_one_at_a_time(office: Post) -> None:
    dialog = office.asks()
    for number in range(4):
        office.answers(dialog, str(number))
    assert [office.delivery.run_once() for _ in range(5)] == [1, 1, 1, 1, 0]
    assert office.texts() == ["0", "1", "2", "3"]


def test_a_message_that_must_wait_holds_back_its_own_dialog_only(office: Post) -> None:
    slow_dialog, other = office.asks(100), office.asks(200)
    office.answers(slow_dialog, "first")
    office.answers(slow_dialog, "second")
    office.shop.telegram.fails(flood(30))
    office.delivery.run_once()
    office.answers(other, "elsewhere")
    office.delivery.run_once()
    assert office.texts() == ["elsewhere"]
    office.later(31)
    office.delivery.run_once()
    office.delivery.run_once()
    assert office.texts() == ["elsewhere", "first", "second"]
    assert office.reports(slow_dialog) == [(DELIVERED, ""), (DELIVERED, "")]


def test_a_provider_that_is_down_is_tried_with_growing_pauses(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "at last")
    office.shop.telegram.fails(broken(), times=3)
    calls = []
    for _ in range(4):
        calls.append(office.delivery.run_once())
        assert office.delivery.run_once() == 0
        office.later(5)
    assert calls == [1, 1, 1, 1]
    assert office.texts() == ["at last"] and office.reports(dialog) == [(DELIVERED, "")]


def test_after_a_day_without_the_provider_the_message_fails(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "too late")
    office.shop.telegram.fails(broken())
    office.delivery.run_once()
    office.later(25 * 3600)
    assert office.delivery.run_once() == 0
    assert office.texts() == [] and office.reports(dialog) == [(FAILED, "too_late")]


def test_a_refusal_fails_and_the_next_message_is_tried(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "one")
    office.answers(dialog, "two")
    office.shop.telegram.fails(blocked())
    office.delivery.run_once()
    office.delivery.run_once()
    assert office.texts() == ["two"]
    assert office.reports(dialog) == [(FAILED, "blocked_by_user"), (DELIVERED, "")]


def test_a_text_above_the_limit_fails_with_a_clear_code(office: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(wording.LONGEST_TEXT, "telegram", 9000)
    dialog = office.asks()
    office.answers(dialog, "x" * 4097, limited=False)
    office.delivery.run_once()
    assert office.reports(dialog) == [(FAILED, "message_too_long")]


def test_through_a_kind_that_nobody_can_speak_to_it_fails_with_a_clear_code(
    office: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = office.asks()
    office.answers(dialog, "nobody hears this")
    monkeypatch.setattr(letter, "adapter_of", lambda kind: adapter_of("carrier_pigeon"))
    assert office.delivery.run_once() == 0
    assert office.texts() == [] and office.reports(dialog) == [(FAILED, "kind_unknown")]


def test_a_lost_answer_is_unknown_and_never_sent_again(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "once only")
    office.shop.telegram.fails(hang_up())
    office.delivery.run_once()
    office.later(3600)
    office.delivery.run_once()
    assert office.texts() == ["once only"] and office.reports(dialog) == [(UNKNOWN, "")]


def test_a_process_that_dies_during_the_call_leaves_an_unknown_not_a_second_message(office: Post) -> None:
    """What dies is everything after the call: the row stays `calling`, and another process finds it."""
    dialog = office.asks()
    message = office.answers(dialog, "once only")
    LogFeed(office.shop.store.database, [_ear(office)]).pump()
    with office.shop.store.database.pool.connection() as connection:
        now = datetime.now(UTC)
        (due,) = table.due(connection, 0, now, 10)
        assert table.take(connection, due, "shop", now) == 1
    office.shop.telegram.customer_says(100, "unrelated")
    assert office.delivery.run_once() == 0 and office.reports(dialog) == []
    office.later(61)
    assert office.delivery.run_once() == 0
    assert office.reports(dialog) == [(UNKNOWN, "")] and office.texts() == []
    assert office.delivery.run_once() == 0 and due.message == message


def _ear(office: Post) -> Any:
    return Ear(0, lambda: None)


def test_two_workers_never_take_the_same_message(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "one")
    office.answers(dialog, "two")
    LogFeed(office.shop.store.database, [_ear(office)]).pump()
    barrier, taken = threading.Barrier(8), []

    def grab() -> None:
        with office.shop.store.database.connect() as connection:
            now = datetime.now(UTC)
            found = table.due(connection, 0, now, 10)
            barrier.wait()
            taken.extend(one.message for one in found if table.take(connection, one, "shop", now))

    threads = [threading.Thread(target=grab) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == 1


def test_a_report_that_was_not_made_is_made_later_and_once(office: Post) -> None:
    dialog = office.asks()
    message = office.answers(dialog, "told twice")
    office.delivery.run_once()
    with office.shop.store.database.pool.connection() as connection:
        connection.execute("UPDATE parley.delivery SET reported = false WHERE message = %s", (message,))
    office.delivery.run_once()
    assert office.reports(dialog) == [(DELIVERED, "")]


def test_an_answer_given_up_for_lost_that_was_sent_after_all_is_said(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "slowly")
    office.shop.telegram.fails(slow(0.4))
    caller = threading.Thread(target=office.delivery.run_once)
    caller.start()
    _until(lambda: office.shop.store.rows("SELECT 1 FROM parley.delivery WHERE state = 'calling'") != [])
    with office.shop.store.database.pool.connection() as connection:
        connection.execute("UPDATE parley.delivery SET call_until = now() - interval '1 s'")
    with http_client() as client:
        second = worker(office, client)
        second.run_once()
        second.stop()
    caller.join()
    assert office.texts() == ["slowly"]
    assert office.reports(dialog) == [(UNKNOWN, ""), (DELIVERED, "")]


@pytest.mark.requirement("A19", "A30")
def test_nothing_leaves_through_a_disconnected_channel(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "farewell")
    asked = office.shop.connector.disconnect(TENANT, "shop", actor=OWNER)
    office.shop.connector.disconnect(TENANT, "shop", actor=OWNER, consent=asked["consent_id"])
    office.delivery.run_once()
    assert office.texts() == [] and office.reports(dialog) == [(FAILED, "channel_disconnected")]


@pytest.mark.requirement("G14")
def test_what_was_said_before_the_close_is_delivered_after_it(office: Post) -> None:
    dialog = office.asks()
    office.shop.store.do(TakeDialog(dialog=dialog, agent="anna", by="anna"))
    office.answers(dialog, "Goodbye")
    office.shop.store.do(CloseDialog(dialog=dialog))
    office.delivery.run_once()
    assert office.texts() == ["Goodbye"] and office.reports(dialog) == [(DELIVERED, "")]


def test_nothing_is_sent_to_somebody_who_was_erased(office: Post) -> None:
    dialog = office.asks()
    office.answers(dialog, "too late")
    with office.shop.store.database.pool.connection() as connection:
        keys = connection.execute("UPDATE parley.customer_key SET wrapped = NULL, revoked_at = now() RETURNING key_id")
        for (key,) in keys.fetchall():
            office.shop.store.vault.forget(TENANT, key)
    office.delivery.run_once()
    assert office.texts() == [] and office.reports(dialog) == [(FAILED, "customer_erased")]


def test_a_message_that_was_sent_is_found_again_by_the_providers_id(office: Post) -> None:
    dialog = office.asks()
    message = office.answers(dialog, "Find me")
    office.delivery.run_once()
    number = str(office.shop.telegram.sent[0].message_id)
    key = external_key(office.shop.store.vault, TENANT, "shop", "100", number)
    found = SentMessages(office.shop.store.database).find(TENANT, "shop", key)
    assert found == (dialog, message)
    assert SentMessages(office.shop.store.database).find(TENANT, "other", key) is None
    office.shop.telegram.customer_reacts(100, int(number), "👍")
    assert office.shop.telegram.settle()
    assert office.shop.events("dialog.reaction_changed")[-1].message == message


def test_a_played_tenant_writes_to_nobody(office: Post) -> None:
    dialog = office.asks()
    with office.shop.store.database.pool.connection() as connection:
        connection.execute("UPDATE parley.tenant SET virtual_now = now() WHERE tenant = %s", (TENANT,))
    office.answers(dialog, "a recorded answer")
    assert office.delivery.run_once() == 0 and office.texts() == [] and office.reports(dialog) == []


@pytest.mark.requirement("E13")
def test_the_rows_hold_no_text_and_no_id_of_the_provider(office: Post) -> None:
    dialog = office.asks(7_777_777)
    office.answers(dialog, "planted words")
    office.delivery.run_once()
    rows = str(office.shop.store.rows("SELECT * FROM parley.delivery"))
    assert dialog in rows and "planted" not in rows and "7777777" not in rows


def test_the_due_are_found_by_index_however_many_were_sent(office: Post) -> None:
    with office.shop.store.database.pool.connection() as connection:
        connection.execute(
            "INSERT INTO parley.delivery (tenant, dialog, message, lane, position, state, since, next_at)"
            " SELECT 'acme', 'd' || n % 1000, 'm' || n, 0, n, 'sent', now(), now() FROM generate_series(1, 20000) AS n"
        )
    with office.shop.store.database.pool.connection() as connection:
        plan = connection.execute("EXPLAIN " + table.DUE, (0, datetime.now(UTC), ["full"], 10)).fetchall()
    assert "Seq Scan" not in str(plan) and "delivery_due" in str(plan)


def test_the_running_worker_delivers_soon_and_stops_cleanly(office: Post) -> None:
    with http_client(timeout=httpx2.Timeout(5)) as client:
        running = worker(office, client)
        running.start()
        dialogs = [office.asks(chat) for chat in (100, 200, 300)]
        office.shop.telegram.fails(flood(0))
        began = monotonic()
        for number in range(5):
            for dialog in dialogs:
                office.answers(dialog, f"{dialog} {number}")
        assert len(office.shop.telegram.wait_for_sent(15, 10)) == 15
        took = monotonic() - began
        _until(lambda: all(len(office.reports(dialog)) == 5 for dialog in dialogs))
        running.stop()
    for dialog in dialogs:
        assert [text for text in office.texts() if text.startswith(dialog)] == [f"{dialog} {n}" for n in range(5)]
    assert took < 5
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("delivery")]


def _until(true: Any, timeout: float = 5.0) -> None:
    end = monotonic() + timeout
    while not true():
        assert monotonic() < end, "it did not come true in time"
        sleep(0.01)


@pytest.mark.requirement("H06", "G12")
def test_automatic_words_are_sent_as_they_were_said_though_the_setting_has_changed(office: Post) -> None:
    store = office.shop.store
    never = SetSchedule(schedule="never", name="Never", zone="UTC", week=CLOSED_WEEK)
    store.do(never)
    settings = {"schedule": "never", "out_of_hours.policy": "queue_and_reply", "out_of_hours.text": "At nine."}
    channel = store.log.read(0, 10_000, kinds=["channel.connected"])[-1].entity
    store.do(SaveChannel(channel=channel, changes=settings))
    dialog = office.asks()
    store.do(SaveChannel(channel=channel, changes={"out_of_hours.text": "Back on Monday."}))
    assert office.delivery.run_once() == 1
    assert (office.texts(), office.reports(dialog)) == (["At nine."], [(DELIVERED, "")])
    assert office.delivery.run_once() == 0


@pytest.mark.requirement("C19")
@pytest.mark.parametrize(("hours", "told"), [(23, [(DELIVERED, "")]), (24, [(FAILED, "window_closed")])])
def test_free_text_behind_a_providers_window_fails_and_the_dialog_is_told(
    office: Post, monkeypatch: pytest.MonkeyPatch, hours: int, told: list[tuple[str, str]]
) -> None:
    """Decided from the customer's last message; the provider is not asked."""
    monkeypatch.setitem(KINDS, "telegram", replace(KINDS["telegram"], window=86_400))
    dialog = office.asks()
    office.later(hours * 3600)
    monkeypatch.setattr(processors.delivery, "GIVE_UP_AFTER", timedelta(days=9))
    office.answers(dialog, "Still there?")
    office.delivery.run_once()
    assert office.reports(dialog) == told
    assert len(office.texts()) == (1 if hours < 24 else 0)
