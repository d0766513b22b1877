"""The store in memory, on which the simulation runs, is the store: the same days leave the same books in PostgreSQL.

A third opinion are the heads of `tests.office`, which answer by looking through everything.
"""

from __future__ import annotations

import pytest

from adapters.store.heads import Kept
from domain.errors import Rejected
from tests.conformance.books import answers, of_memory, of_postgres
from tests.conformance.days import Diary, InMemory, OnPostgres, a_day, with_repeats
from tests.memory import rows
from tests.store import store


@pytest.mark.parametrize("seed", range(5))
def test_a_day_leaves_the_same_books_in_memory_and_on_postgresql(seed: int) -> None:
    memory, postgres = InMemory(), OnPostgres()
    entries = with_repeats(a_day(seed).entries)
    with store(clock=postgres.clock) as real:
        for n, entry in enumerate(entries, 1):
            memory.write(entry)
            postgres.write(real, entry)
            if n % 50 == 0 or n == len(entries):
                assert of_memory(memory.store).differences(of_postgres(real, memory.store)) == {}


@pytest.mark.parametrize("seed", range(30))
def test_indexed_rows_answer_what_looking_through_everything_answers(seed: int) -> None:
    memory = InMemory()

    def same(diary: Diary) -> None:
        memory.write(diary.entries[-1])
        if len(diary.entries) % 5 == 0:
            assert answers(memory.store.heads, memory.store) == answers(diary.heads, memory.store)

    a_day(seed, same)


def test_a_queue_that_forgets_priorities_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    right = rows.waiting
    monkeypatch.setattr(rows, "waiting", lambda one: (row := right(one)) and row._replace(priority=0))
    with pytest.raises(AssertionError):
        for seed in range(30):
            test_indexed_rows_answer_what_looking_through_everything_answers(seed)


def test_a_process_that_does_not_notice_what_others_changed_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Kept, "follow", lambda *_: None)
    with pytest.raises((AssertionError, Rejected, ValueError)):
        for seed in range(30):
            test_indexed_rows_answer_what_looking_through_everything_answers(seed)
