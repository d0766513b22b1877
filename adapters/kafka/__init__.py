"""Kafka beside the log: the log is the truth, topics are its copy, and nothing here is needed for an answer 2xx.

Rooms: `records` the form of an event on the wire · `topics` what the broker tells of its topics · `pages` sending a
page · `settings` the compacted latest settings · `fence` a store restored behind its topics · `relay` log → topics ·
`positions` and `batches` topics → consumers, in one transaction with the effect · `catch_up` what topics no longer
hold · `subscriber` the FastStream shell · `consumer` the feed · `verify` topics compared with the log.
"""
