"""What the log promises: positions that a tailing reader can trust, rights, and no plaintext."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from adapters.store.database import Database
from adapters.store.log import Log
from adapters.vault import KeyGone
from domain.desk.answering import SendMessage, TakeDialog, TellDialog
from domain.dialog.commands import AddNote
from domain.dialog.events import Attachment, Author, MessageReceived
from domain.errors import Unavailable
from tests.desk import open_shop, says
from tests.store import TENANT, Store, app_dsn, migrated, store

CANARY = "canary-4f1c-Привет"


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


def _write(owner_dsn: str, writer: int, seconds: float, acknowledged: multiprocessing.Queue[int]) -> None:
    with store(owner_dsn=owner_dsn) as made:
        end, number = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            outcome = made.do(says(f"customer {writer}-{number % 5}", str(number)))
            for position in range(outcome.first or 0, (outcome.position or 0) + 1):
                acknowledged.put(position)
            number += 1
        acknowledged.put(-1)


@pytest.mark.timeout(180)
def test_a_tailing_reader_never_skips_an_event_of_concurrent_processes(shop: Store) -> None:
    """Invariant 17, with six real processes that append and one long transaction that stays open meanwhile."""
    context = multiprocessing.get_context("spawn")
    acknowledged: multiprocessing.Queue[int] = context.Queue()
    start = shop.log.head()
    writers = [context.Process(target=_write, args=(shop.owner_dsn, number, 3.0, acknowledged)) for number in range(6)]
    with psycopg.connect(shop.owner_dsn) as idle:
        idle.execute("SELECT txid_current()")
        for writer in writers:
            writer.start()
        seen, ended, positions = [], 0, set()
        after = start
        while ended < len(writers) or not acknowledged.empty() or shop.log.head() > after:
            page = shop.log.rows(after)
            seen += [row.position for row in page]
            after = page[-1].position if page else after
            while not acknowledged.empty():
                position = acknowledged.get()
                ended, positions = (ended + 1, positions) if position < 0 else (ended, positions | {position})
            time.sleep(0.001)
        for writer in writers:
            writer.join()
    assert seen == list(range(start + 1, start + 1 + len(seen)))
    assert positions == set(seen) and len(seen) > 100


def test_the_reader_test_can_fail() -> None:
    """The control: appending without the lane lock makes a reader skip what commits late."""
    owner = migrated()
    insert = (
        "INSERT INTO parley.event"
        " (lane, position, tenant, stream, version, kind, schema, event_id, recorded_at, meta, data)"
        " VALUES (0, %s, 't', %s, 1, 'x', 1, gen_random_uuid(), now(), '{}', '{}')"
    )
    with psycopg.connect(owner) as slow, psycopg.connect(owner) as quick:
        slow.execute(insert, (1, "a-1"))
        quick.execute(insert, (2, "a-2"))
        quick.commit()
        log = Log(Database(app_dsn(owner)))
        after = log.rows(0)[-1].position
        slow.commit()
        assert [row.position for row in log.rows(after)] == []
        assert after == 2, "position 1 was skipped for good"


@pytest.mark.requirement("L08")
@pytest.mark.parametrize(
    "statement", ["UPDATE parley.event SET kind = 'x'", "DELETE FROM parley.event", "TRUNCATE parley.event"]
)
def test_the_application_may_not_change_what_was_recorded(shop: Store, statement: str) -> None:
    with shop.database.connect() as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(statement)  # type: ignore[call-overload]


@pytest.mark.requirement("E13", "N01")
def test_personal_fields_are_nowhere_in_plain_text(shop: Store) -> None:
    secret = replace(
        says("vera"),
        body=f"text {CANARY}",
        sender_id=f"telegram id of {CANARY}",
        provider_id=CANARY,
        profile=(("name", CANARY),),
        attachments=(Attachment(type="file", ref=CANARY, file_name=CANARY),),
    )
    dialog = shop.do(secret).answer["dialog"]
    shop.do(TakeDialog(dialog=dialog, agent="anna", by="anna"))
    author = Author(kind="agent", id="anna")
    shop.do(SendMessage(dialog=dialog, client_key="1", author=author, body=f"answer {CANARY}"), key="send-1")
    shop.do(TellDialog(dialog=dialog, command=AddNote(note="n1", body=f"note {CANARY}")))
    needles = [CANARY.encode(), CANARY.encode("unicode_escape"), f"telegram id of {CANARY}".encode()]
    with psycopg.connect(shop.owner_dsn) as owner:
        for table in ("event", "head", "command_result", "conversation", "directory", "customer_key", "dirty"):
            for (row,) in owner.execute(f"SELECT t::text FROM parley.{table} t"):
                text = row.encode() + _unhex(row)
                assert not any(needle in text for needle in needles), table


def _unhex(row: str) -> bytes:
    """Byte columns print as hexadecimal: what they spell must be searched too."""
    parts = [part.split('"')[0].rstrip(")") for part in row.split("\\\\x")[1:]]
    return b" ".join(bytes.fromhex(part) for part in parts if part)


@pytest.mark.requirement("E13")
def test_that_scan_can_fail(shop: Store) -> None:
    with psycopg.connect(shop.owner_dsn) as owner:
        owner.execute("INSERT INTO parley.dirty VALUES (0, 'p', 't', %s, 1)", (CANARY,))
        ((row,),) = owner.execute("SELECT t::text FROM parley.dirty t").fetchall()
        assert CANARY.encode() in row.encode()
        ((meta,),) = owner.execute("SELECT t::text FROM (SELECT convert_to(%s, 'UTF8') AS b) t", (CANARY,)).fetchall()
        assert CANARY.encode() in _unhex(meta)


def test_the_vault_opens_what_the_codec_sealed(shop: Store) -> None:
    from adapters.store.codec import Codec

    shop.do(says("vera", "Где мой заказ? 📦\x00"))
    (recorded,) = [one for one in shop.log.read(0) if isinstance(one.event, MessageReceived)]
    opened = Codec(shop.vault).opened(TENANT, recorded.event)
    assert isinstance(opened, MessageReceived) and opened.body == "Где мой заказ? 📦\x00"


@pytest.mark.requirement("N10")
def test_an_append_that_names_a_revoked_key_is_refused(shop: Store) -> None:
    shop.do(says("vera", "first"))
    shop.rows("UPDATE parley.customer_key SET revoked_at = now() RETURNING 1")
    head = shop.log.head()
    with pytest.raises(Unavailable, match="erased"):
        shop.do(says("vera", "second"))
    assert shop.log.head() == head
    assert shop.do(says("ivan", "third")).answer["outcome"] == "routed"


@pytest.mark.requirement("N01")
def test_a_destroyed_key_makes_the_message_unreadable_for_good(shop: Store) -> None:
    from adapters.store.codec import Codec
    from adapters.vault import Vault
    from tests.store import master_key

    shop.do(says("vera"))
    (recorded,) = [one for one in shop.log.read(0) if isinstance(one.event, MessageReceived)]
    shop.rows("UPDATE parley.customer_key SET wrapped = NULL RETURNING 1")
    with pytest.raises(KeyGone):
        Codec(Vault(master_key(), shop.database)).opened(TENANT, recorded.event)
