"""Faults of views, topics and everything else that follows the log (invariants 15 to 18)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from adapters.kafka import following
from domain.recorded import Recorded
from tests.memory import outbox, topics
from tests.simulation import courier, feeds
from tests.simulation.planted.registry import Patch, defect


@defect(15, "views_are_what_the_log_says")
def a_view_counts_a_repeat_again(patch: Patch) -> None:
    def naive(view: topics.MemoryView, events: Sequence[Recorded]) -> None:
        for one in events:
            for key in view._projection.keys(one):
                row: Any = view.rows.get(key)
                fold = view._projection.folds.get(type(one.event))
                if fold is not None:
                    view.rows[key] = fold(row, one.event, one)

    patch.setattr(topics.MemoryView, "apply", naive)


@defect(16, "topics_are_the_log")
def the_cursor_is_saved_before_the_page_is_sent(patch: Patch) -> None:
    async def cursor_then_topics(send: Any, save: Any, records: Any, last: int) -> None:
        save(last)
        await feeds._Pause()
        await send(records)

    patch.setattr(feeds, "topics_then_cursor", cursor_then_topics)


@defect(17, "a_follower_skips_and_repeats_nothing", "nothing_is_left_to_do", "views_are_what_the_log_says")
def a_follower_moves_to_the_end_of_the_log(patch: Patch) -> None:
    right = topics.Follower.page

    def to_the_end(follower: topics.Follower, limit: int) -> int:
        read = right(follower, limit)
        follower.store.tracking[follower.name] = len(follower.store.log)
        return read

    patch.setattr(topics.Follower, "page", to_the_end)


@defect(17, "a_follower_skips_and_repeats_nothing")
def versions_that_came_already_are_handed_on(patch: Patch) -> None:
    right = following.follow_on
    patch.setattr(topics, "follow_on", lambda rows, known, tally: right(rows, {}, tally))


@defect(18, "what_we_said_was_delivered_in_order")
def a_message_that_is_heard_of_again_is_sent_again(patch: Patch) -> None:
    def each_time(box: outbox.Outbox, events: Sequence[Recorded]) -> None:
        for event in events:
            if (one := outbox.outgoing(event)) is not None:
                box._keep(outbox.Parcel(one, event.recorded_at))

    patch.setattr(outbox.Outbox, "apply", each_time)


@defect(18, "what_we_said_was_delivered_in_order")
def a_lost_answer_is_taken_for_a_refusal(patch: Patch) -> None:
    right = courier.verdict

    def hopeful(said: str, *of: Any, **more: Any) -> Any:
        return right("retry" if said == "unknown" else said, *of, **more)

    patch.setattr(courier, "verdict", hopeful)
