"""Kafka beside the log: the log is the truth, topics are its copy, and no answer to a provider ever waits for it.

Rooms, log → topics:
    records              an event on the wire and back
    relay · pages        one leader; a page is sent, acknowledged, then the cursor is saved
    cursor · fence       where the relay stands; a store restored behind its own topics is refused
    settings             the compacted latest settings of every channel
topics → consumers:
    consumer             the feed, with the interface of the feed from the log
    reader · subscriber  one consumer's topics, through FastStream
    batches · positions  one transaction for the effect and the place
    catch_up             what a topic does not hold is read from the log
    unpublished          what has no topic comes straight from the log
    progress             how far that is, in positions of the log
both:
    topics · reading     what the broker tells of topics; reading them outside any group
    verify               is the copy what the log says?
"""
