"""A store restored from a backup may stand behind its own topics: then two histories would share one topic.

Before a relay sends anything it looks at the end of each partition. What it finds there must be of this store's epoch
and known to its log, or it refuses with `kafka_ahead_of_store` until a person has decided.
"""

from __future__ import annotations

from collections.abc import Mapping

from adapters.kafka.reading import Reading
from adapters.kafka.records import Frame, read
from adapters.kafka.topics import Known
from domain.errors import Conflict

TAIL = 200
"""Records to look at from the end of each partition: behind a page that was sent twice the highest may not be last."""
WHAT_TO_DO = (
    "Topics of another history must be deleted and made again, or another prefix chosen; "
    "subscribers then read the new topics from their beginning."
)


async def refuse_fork(bootstrap: str, known: Mapping[str, Known], *, lane: int, epoch: str, head: int) -> None:
    """`known`: the topics as surveyed; `head`: the last position of the lane. Raises Conflict: kafka_ahead_of_store."""
    async with Reading(bootstrap, known) as reading:
        async for record in reading.records(last=TAIL):
            frame = read(record.key, record.value, record.headers)
            if isinstance(frame, Frame):
                _compare(record.topic, frame, lane, epoch, head)


def _compare(topic: str, frame: Frame, lane: int, epoch: str, head: int) -> None:
    position = frame.row.position
    if frame.epoch != epoch:
        raise Conflict(
            "kafka_ahead_of_store",
            f"The topic {topic} holds events of another history of this store (epoch {frame.epoch}). {WHAT_TO_DO}",
            topic=topic,
            epoch=frame.epoch,
        )
    if frame.lane == lane and position > head:
        raise Conflict(
            "kafka_ahead_of_store",
            f"The topic {topic} holds position {position} of lane {lane}, but the store ends at {head}: "
            f"it was restored from before that. {WHAT_TO_DO}",
            topic=topic,
            position=position,
            head=head,
        )
