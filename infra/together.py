"""Everything in one process: the database, the engine, the loop from the log, the HTTP door. `up` and `demo` are this.

Started inside out and stopped outside in: first nobody new comes in, then what came in is finished, then the database
ends. A kill at any moment is as good as a stop: the next start finds what was committed and goes on.
"""

from __future__ import annotations

import logging
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import uuid4

from adapters.http.tokens import Tokens
from infra.embedded import Embedded, Home, Say, start_embedded
from infra.engine import (
    Engine,
    open_engine,
    start_attachments,
    start_bots,
    start_delivery,
    start_feed,
    start_introducing,
    start_kafka_feed,
    start_polling,
    start_relay,
    start_server,
    start_watching,
)
from infra.migrate import migrate
from infra.server import Server, listen, url_of
from infra.settings import Settings
from infra.words import either

log = logging.getLogger("parley")
TOKEN_FILE = "admin.token"


@dataclass
class Together:
    """`new_token` = the administrator's token if it was made now, to be shown this once."""

    settings: Settings
    engine: Engine
    server: Server
    embedded: Embedded | None
    kafka: str | None
    new_token: str | None
    stops: ExitStack = field(default_factory=ExitStack)

    @property
    def token(self) -> str:
        return (self.settings.data / TOKEN_FILE).read_text().strip()

    def look_after(self) -> None:
        """Called now and then: starts a database anew that has crashed; raises if the HTTP door has fallen shut."""
        if self.embedded is not None and not self.embedded.postgres.running:
            log.warning("The database does not answer; starting it again.")
            self.embedded.postgres.start()
        self.server.look_after()

    def stop(self) -> None:
        self.stops.close()


def start_together(settings: Settings, say: Say, *, kafka: bool = False, die_with_owner: bool = False) -> Together:
    """Returns when the first request would be answered. Whatever fails, nothing is left running."""
    with ExitStack() as stops:
        home = Home.hold(settings.data)
        stops.callback(home.release)
        listener = listen(settings.host, settings.port)
        stops.callback(listener.close)
        embedded, dsn = _database(settings, say, stops, die_with_owner)
        address = _kafka(settings, stops, say) if kafka else None
        engine = open_engine(settings, dsn=dsn)
        stops.callback(engine.stop)
        engine.address = url_of(listener)
        engine.vault.add_tenant(settings.tenant)
        new_token = ensure_admin_token(engine)
        _start_loop(engine, address)
        server = start_server(engine, listener)
        stops.callback(server.stop)
        started = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        record = {"pid": os.getpid(), "url": server.url, "kafka": address, "started": started}
        reach = {"provider_urls": settings.provider_urls, "private_providers": settings.private_providers}
        home.tell({**record, **reach})
        return Together(settings, engine, server, embedded, address, new_token, stops.pop_all())


def _database(settings: Settings, say: Say, stops: ExitStack, die_with_owner: bool) -> tuple[Embedded | None, str]:
    """The embedded one, or the one named by the settings, brought up to date where the owner's address is known."""
    if settings.database_url is None:
        embedded = start_embedded(settings, say, die_with_owner=die_with_owner)
        stops.callback(embedded.postgres.stop)
        return embedded, embedded.dsn
    if settings.owner_database_url is not None:
        migrate(settings.owner_database_url, password=settings.app_password)
    return None, settings.database_url


def _start_loop(engine: Engine, address: str | None) -> None:
    """Straight from the log, or through the broker at this address."""
    if address is None:
        start_feed(engine)
    else:
        start_relay(engine, address)
        start_kafka_feed(engine, address, group=f"parley-{uuid4().hex[:8]}")
    start_delivery(engine)
    start_polling(engine)
    start_attachments(engine)
    start_bots(engine)
    start_watching(engine)
    start_introducing(engine)


def _kafka(settings: Settings, stops: ExitStack, say: Say) -> str:
    """The broker of the settings, or one of our own in the data folder, with its topics. It outlives the engine."""
    from infra.kafka import LocalKafka, ensure_topics

    if settings.kafka is None:
        say(either("Starting Apache Kafka …", "Запускаем Apache Kafka …"))
        broker = LocalKafka(settings.data / "kafka")
        address = broker.start()
        stops.callback(broker.stop)
    else:
        address = settings.kafka
    ensure_topics(address, partitions=settings.kafka_partitions, prefix=settings.kafka_topic_prefix)
    return address


def ensure_admin_token(engine: Engine) -> str | None:
    """The token in the data folder stays as long as it opens; else a new one is made, returned, and kept there."""
    file, tokens = engine.settings.data / TOKEN_FILE, Tokens(engine.database)
    if file.exists() and tokens.look_up(file.read_text().strip()) is not None:
        return None
    token = tokens.make(engine.settings.tenant, "admin", "admin")
    fresh = file.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(token + "\n")
    fresh.replace(file)
    return token
