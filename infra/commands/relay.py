"""`parley relay`: the log into Kafka's topics."""

from __future__ import annotations

import sys

import rich_click as click

from infra.commands.options import settings_of
from infra.commands.output import note


@click.command()
def command() -> None:
    """Publish the log of PARLEY_DATABASE_URL to the topics of PARLEY_KAFKA, in order. Any number may run: one leads,
    the others stand by."""
    from domain.errors import Unavailable
    from infra.commands.foreground import Foreground, set_up_logs
    from infra.engine import open_engine, start_relay
    from infra.kafka import ensure_topics

    foreground = Foreground()
    set_up_logs(for_people=sys.stderr.isatty())
    settings = settings_of()
    if settings.kafka is None:
        raise Unavailable("no_kafka", "Set PARLEY_KAFKA to the address of a broker, host:port.")
    with open_engine(settings) as engine:
        ensure_topics(settings.kafka, partitions=settings.kafka_partitions, prefix=settings.kafka_topic_prefix)
        start_relay(engine, settings.kafka)
        note(f"Relaying to {settings.kafka}")
        foreground.wait(1.0, lambda: None)
