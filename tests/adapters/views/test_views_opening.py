"""Personal fields: ciphertext in the views, readable at a door, gone with the customer's key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from adapters.feed.log_feed import LogFeed
from adapters.views import queries
from adapters.views.apply import consumers
from adapters.views.opening import unveil
from domain.desk.channels import SaveChannel
from domain.dialog.events import Attachment
from domain.recorded import Actor
from tests.desk import open_shop, says
from tests.store import TENANT, Store, store

SECRET = "my card number is 4111"


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


def views(shop: Store) -> None:
    LogFeed(shop.database, consumers()).pump()


def test_a_view_holds_ciphertext_and_a_door_opens_it(shop: Store) -> None:
    hello = replace(says("dora", SECRET), attachments=(Attachment(type="image", ref="f1", file_name="card.png"),))
    shop.do(hello, actor=Actor(kind="customer", id="dora"))
    shop.do(says("emil", "hi"))
    views(shop)
    with shop.database.pool.connection() as connection:
        everything = "".join(
            str(connection.execute(f'SELECT array_agg(row::text) FROM view."{name}" AS row').fetchone())
            for name in ("inbox", "transcript", "customers", "quarantine")
        )
        assert SECRET not in everything
        assert "card.png" not in everything
        assert "Dora" not in everything
        rows = queries.dialogs(connection, TENANT, queries.Query(sort="started")).rows
    opened = queries.opened(shop.vault, TENANT, rows)
    assert [(row["last_text"], row["customer_profile"], row["erased"]) for row in opened] == [
        ("hi", {"name": "Emil"}, False),
        (SECRET, {"name": "Dora"}, False),
    ]
    with shop.database.pool.connection() as connection:
        said = queries.transcript(connection, TENANT, rows[1]["dialog"], what=["message"]).rows
    (message,) = queries.opened(shop.vault, TENANT, said)
    assert message["body"] == SECRET
    assert [one["file_name"] for one in message["files"]] == ["card.png"]


@pytest.mark.requirement("N01")
def test_an_erased_customers_row_keeps_its_place_without_his_words(shop: Store) -> None:
    shop.do(says("dora", SECRET))
    shop.do(says("emil", "hi"))
    views(shop)
    with shop.database.pool.connection() as connection:
        rows = queries.dialogs(connection, TENANT, queries.Query(sort="started")).rows
        key = rows[1]["subject_key_id"]
        connection.execute("UPDATE parley.customer_key SET wrapped = NULL WHERE key_id = %s", (key,))
    shop.vault.forget(TENANT, key)
    opened = queries.opened(shop.vault, TENANT, rows)
    assert [(row["last_text"], row["customer_profile"], row["erased"]) for row in opened] == [
        ("hi", {"name": "Emil"}, False),
        (None, None, True),
    ]


def test_what_was_never_sealed_reads_as_it_is(shop: Store) -> None:
    assert unveil(shop.vault, TENANT, None, "") is None
    assert unveil(shop.vault, TENANT, None, '|"plain | text"') == "plain | text"


@pytest.mark.requirement("L01")
def test_history_names_the_command_by_its_key(shop: Store) -> None:
    boss = Actor(kind="agent", id="boss", ip="192.0.2.7", user_agent="Firefox/140")
    shop.do(SaveChannel(channel="shop", changes={"reopen_window": 5}), actor=boss, key="click-1")
    views(shop)
    with shop.database.pool.connection() as connection:
        row = queries.channel_history(connection, TENANT, "shop").rows[0]
    assert (row["actor"], row["ip"], row["command"], row["command_id"]) == (
        "boss",
        "192.0.2.7",
        "SaveChannel",
        "click-1",
    )
    assert row["changes"] == [{"field": "reopen_window", "old": 0, "new": 5}]
    assert {"stream": "channel-shop", "version": row["version"]} in row["policies"]


def test_a_reader_may_wait_for_what_it_wrote(shop: Store) -> None:
    feed = LogFeed(shop.database, consumers(["inbox"]))
    shop.executor.on_commit.append(feed.wake)
    feed.start()
    try:
        outcome = shop.do(says("dora", "hello"))
        assert outcome.position is not None
        assert feed.wait(outcome.position, consumer="inbox")
        with shop.database.pool.connection() as connection:
            assert queries.dialog(connection, TENANT, outcome.answer["dialog"]) is not None
    finally:
        feed.stop()
