"""The bakery with a shelf for files: the fetching worker beside it, and pictures that customers send."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from adapters.attachments import Shelf
from adapters.attachments.guarded import Limits
from adapters.attachments.table import Attachment
from adapters.attachments.worker import Fetching
from adapters.blobs import FolderBlobs
from tests.adapters.channels.bakery import Bakery, bakery
from tests.store import TENANT

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 300
LIMITS = Limits(largest=1024 * 1024, seconds=5.0)


@dataclass
class Parcels:
    """`later` moves the worker's clock; the store's stays."""

    shop: Bakery
    folder: Path
    shelf: Shelf
    fetching: Fetching
    ahead: timedelta = field(default_factory=timedelta)

    def fetch(self) -> int:
        assert self.shop.telegram.settle()
        return self.fetching.run_once()

    def files(self) -> list[Attachment]:
        rows = self.shop.store.rows("SELECT id FROM parley.attachment ORDER BY position, ordinal")
        return [self.shelf.find(TENANT, ident) for (ident,) in rows]

    def states(self) -> list[tuple[str, str]]:
        return [(one.state, one.code) for one in self.files()]

    def on_disk(self) -> list[Path]:
        return [path for path in self.folder.rglob("*") if path.is_file()]

    def later(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    def now(self, clock: datetime) -> datetime:
        return clock + self.ahead

    def dialog(self) -> str:
        return self.shop.store.log.read(0, 10_000, kinds=["dialog.opened"])[-1].entity

    def erase(self) -> None:
        """What an erasure does in the end: no key, and nothing opens any more."""
        store = self.shop.store
        keys = store.rows("UPDATE parley.customer_key SET wrapped = NULL, revoked_at = now() RETURNING tenant, key_id")
        for tenant, key in keys:
            store.vault.forget(tenant, key)


@contextmanager
def parcels(**options: Any) -> Iterator[Parcels]:
    with bakery() as shop, tempfile.TemporaryDirectory() as folder:
        blobs = FolderBlobs(Path(folder) / "blobs")
        store = shop.store
        shelf = Shelf(store.database, store.vault, blobs, limits=LIMITS, public_url="https://desk.example")
        made = Parcels(shop, Path(folder), shelf, None)  # type: ignore[arg-type]
        given: dict[str, Any] = {"provider_urls": {"telegram": shop.telegram.url}, "limits": LIMITS} | options
        made.fetching = Fetching(store.database, store.vault, store.executor, blobs, clock=made.now, **given)
        try:
            yield made
        finally:
            made.fetching.stop()
