"""The run's broker for the tests of this folder."""

from tests.broker import kafka_address

__all__ = ["kafka_address"]
