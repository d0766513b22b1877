"""Whether a broker serves: a metadata answer, not just an open port."""

from __future__ import annotations


def answers(address: str, timeout_ms: int = 2000) -> bool:
    """True when `address` names a live broker in its metadata within `timeout_ms`; silence is False."""
    from kafka import KafkaAdminClient
    from kafka.errors import KafkaError

    try:
        admin = KafkaAdminClient(
            bootstrap_servers=address, bootstrap_timeout_ms=timeout_ms, request_timeout_ms=timeout_ms
        )
    except (KafkaError, OSError):
        return False
    try:
        return bool(admin.describe_cluster()["brokers"])
    except (KafkaError, OSError):
        return False
    finally:
        admin.close()
