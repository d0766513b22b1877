"""The composition root: the parts of one engine put together, started in order and stopped in the reverse order.

Everything here is choice of parts; what the parts do stands in their own rooms. Parts that only some processes need
are imported where they are started.
"""

from __future__ import annotations

import base64
import logging
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from adapters.attachments import Shelf
from adapters.attachments.guarded import Limits
from adapters.blobs import FolderBlobs
from adapters.channels.http_client import App
from adapters.feed.log_feed import LogFeed
from adapters.store.database import Database
from adapters.store.executor import Clock, Executor
from adapters.store.log import Log
from adapters.vault import MasterKey, Vault
from adapters.vault.secrets import Secret
from domain.errors import Unavailable
from domain.kinds import ChannelKind
from infra.checks import refuse_unsafe
from infra.loops import known_processors, known_projections, start_feed, start_kafka_feed, start_loop, start_relay
from infra.memory import collect_seldom
from infra.migrate import newest
from infra.settings import Settings
from processors import ALL_HANDLERS

if TYPE_CHECKING:
    import socket

    from adapters.channels.access import Accesses, Providers
    from infra.server import Server

log = logging.getLogger("parley")


@dataclass
class Engine:
    """What every door needs. `stops` run in reverse order at the end, each of them whatever the others do.

    `address` = where the HTTP door of this process listens, for those whom the settings tell no public address.
    """

    settings: Settings
    database: Database
    vault: Vault
    log: Log
    executor: Executor
    feed: LogFeed | None = None
    address: str | None = None
    stops: ExitStack = field(default_factory=ExitStack)

    @property
    def shelf(self) -> Shelf:
        """Files of messages."""
        blobs = FolderBlobs(self.settings.blob_folder)
        url = self.settings.public_url or self.address
        return Shelf(self.database, self.vault, blobs, limits=file_limits(self.settings), public_url=url)

    def stop(self) -> None:
        self.stops.close()

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def open_engine(settings: Settings, *, dsn: str | None = None, lane: int = 0, clock: Clock | None = None) -> Engine:
    """Connect, check, and open the write path. Nothing runs in the background yet but the executor's thread."""
    url = dsn or settings.database_url
    if url is None:
        raise Unavailable("no_database", "Set PARLEY_DATABASE_URL, or start the embedded default with: parley up")
    collect_seldom()
    database = Database(url)
    with database.connect() as connection:
        warnings = refuse_unsafe(connection, accept_any_durability=settings.unsafe_accept_any_durability)
    for warning in warnings:
        log.warning("%s %s", warning.sentence, warning.fix)
    vault = Vault(master_key(settings), database)
    executor = Executor(database, vault, lane=lane, handlers=ALL_HANDLERS, clock=clock)
    engine = Engine(settings, database, vault, Log(database), executor)
    engine.stops.callback(database.close)
    engine.stops.callback(executor.close)
    return engine


def master_key(settings: Settings) -> MasterKey:
    if settings.master_key is not None:
        return MasterKey(base64.b64decode(settings.master_key))
    return MasterKey.load(settings.key_file)


def apps(settings: Settings) -> dict[str, App]:
    """Our applications at the providers, as channels know them."""
    return {name: App(one.id, Secret(one.secret.get_secret_value())) for name, one in settings.known_apps().items()}


def proxies(settings: Settings) -> dict[str, str]:
    return {name: url.get_secret_value() for name, url in settings.proxies.items()}


def file_limits(settings: Settings) -> Limits:
    return Limits(largest=settings.largest_attachment * 1024 * 1024)


def start_attachments(engine: Engine) -> None:
    """Files that customers have sent on their way to us, and out again where a customer was erased."""
    from adapters.attachments.worker import Fetching

    settings = engine.settings
    fetching = Fetching(
        engine.database,
        engine.vault,
        engine.executor,
        FolderBlobs(settings.blob_folder),
        provider_urls=settings.provider_urls,
        apps=apps(settings),
        proxies=proxies(settings),
        private=settings.private_attachments,
        limits=file_limits(settings),
    )
    fetching.start()
    engine.stops.callback(fetching.stop)


def kinds_off(settings: Settings) -> frozenset[ChannelKind]:
    """Kinds of channel that are not connected here: those whose protocol nobody could confirm have a switch."""
    return frozenset({"whatsapp_messagebird"}) if settings.messagebird == "off" else frozenset()


def start_delivery(engine: Engine) -> None:
    """Messages of ours on their way to the providers."""
    from adapters.delivery import Delivery

    delivery = Delivery(
        engine.database,
        engine.vault,
        engine.executor,
        provider_urls=engine.settings.provider_urls,
        apps=apps(engine.settings),
        proxies=proxies(engine.settings),
        private_providers=engine.settings.private_providers,
        shelf=engine.shelf,
    )
    delivery.start()
    engine.stops.callback(delivery.stop)


def start_polling(engine: Engine) -> None:
    """What customers send through providers that do not call us: mailboxes are read."""
    from adapters.delivery import SentMessages
    from adapters.intake import Intake
    from adapters.polling import Polling

    intake = Intake(engine.executor, engine.vault, SentMessages(engine.database), engine.shelf.blobs)
    polling = Polling(engine.database, engine.vault, engine.executor, _providers(engine), intake)
    polling.start()
    engine.stops.callback(polling.stop)


def start_bots(engine: Engine) -> None:
    """Customers' messages on their way to the bots that have their dialogs, and the bots' answers."""
    from adapters.bots import BotCalls

    calls = BotCalls(engine.database, engine.vault, engine.executor, private=engine.settings.private_bots)
    calls.start()
    engine.stops.callback(calls.stop)


def start_watching(engine: Engine) -> None:
    """Do our connections still stand? Providers are asked every few minutes."""
    from adapters.watching import Watcher

    watcher = Watcher(engine.database, engine.executor, _accesses(engine))
    watcher.start()
    engine.stops.callback(watcher.stop)


def start_introducing(engine: Engine) -> None:
    """Who writes? Providers that bring an id alone are asked for the name."""
    from adapters.introducing import Introducer

    introducer = Introducer(engine.database, engine.vault, engine.executor, _accesses(engine))
    introducer.start()
    engine.stops.callback(introducer.stop)


def _accesses(engine: Engine) -> Accesses:
    from adapters.channels.access import Accesses

    return Accesses(engine.database, engine.vault, _providers(engine))


def _providers(engine: Engine) -> Providers:
    """Ways to providers, with clients that are closed at the end."""
    from adapters.channels.access import Providers
    from adapters.channels.http_client import by_proxy, http_client

    settings = engine.settings
    client, behind = http_client(), by_proxy(proxies(settings))
    for one in (client, *behind.values()):
        engine.stops.callback(one.close)
    return Providers(client, settings.provider_urls, apps(settings), behind, settings.private_providers)


def start_server(engine: Engine, listener: socket.socket) -> Server:
    """The HTTP door; returns once it answers."""
    from adapters.delivery import SentMessages
    from adapters.http.app import create_app
    from adapters.http.parts import Parts
    from infra.server import Server, url_of

    engine.address = url_of(listener)
    app = create_app(
        Parts(
            engine.database,
            engine.vault,
            engine.log,
            engine.executor,
            schema=newest(),
            outbox=SentMessages(engine.database, engine.vault),
            public_url=engine.settings.public_url or url_of(listener),
            presence_lease=engine.settings.presence_lease,
            provider_urls=engine.settings.provider_urls,
            apps=apps(engine.settings),
            proxies=proxies(engine.settings),
            private_bots=engine.settings.private_bots,
            private_providers=engine.settings.private_providers,
            kinds_off=kinds_off(engine.settings),
            shelf=engine.shelf,
        )
    )
    server = Server(app, listener, drain=lambda: setattr(app.state, "draining", True))
    server.start()
    return server


__all__ = [
    "Engine",
    "apps",
    "kinds_off",
    "known_processors",
    "known_projections",
    "open_engine",
    "proxies",
    "start_attachments",
    "start_bots",
    "start_delivery",
    "start_feed",
    "start_introducing",
    "start_kafka_feed",
    "start_loop",
    "start_polling",
    "start_relay",
    "start_server",
    "start_watching",
]
