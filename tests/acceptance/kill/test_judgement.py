"""The judgement can say no: every kind of damage that it looks for is planted once, and found."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from adapters.store.database import Database
from adapters.vault import Vault
from tests.acceptance.kill.evidence import Evidence
from tests.acceptance.kill.judgement import judge
from tests.acceptance.kill.ledger import Done, Sent
from tests.acceptance.kill.quiet import wait_until_quiet
from tests.acceptance.premises import Premises, eventually, premises
from tests.acceptance.shop import Api, open_shop
from tests.postgres import cluster, fresh_database
from tests.store import app_dsn, master_key

CHATS = (101, 102, 103)


@pytest.fixture(scope="module")
def day() -> tuple[str, list[Sent], list[Done]]:
    """A small day at the shop: the name of its database, and what was answered."""
    with premises() as shop:
        open_shop(shop.root, agents={"anna": 2})
        sent = [_says(shop, chat, number) for number in (1, 2) for chat in CHATS]
        done = _answers(shop)
        sent.append(_says(shop, CHATS[0], 3))
        assert wait_until_quiet(shop.engine.database) == []
        name = str(conninfo_to_dict(shop.owner_dsn)["dbname"])
    return name, sent, done


@pytest.fixture
def evidence(day: tuple[str, list[Sent], list[Done]]) -> Iterator[Evidence]:
    name, sent, done = day
    owner_dsn = fresh_database(cluster(), name)
    database, owner = Database(app_dsn(owner_dsn)), Database(owner_dsn)
    said = [one.text for one in done if one.text]
    try:
        yield Evidence(database, owner, Vault(master_key(), database), sent, done, len(sent), len(sent), said)
    finally:
        database.close()
        owner.close()


def test_a_day_without_damage_is_judged_good(evidence: Evidence) -> None:
    assert judge(evidence) == []


COPY = """
INSERT INTO parley.event
SELECT lane, (SELECT max(position) + 1 FROM parley.event), tenant, stream, version + 1000, kind, schema,
       gen_random_uuid(), recorded_at, command_key, meta, data
FROM parley.event WHERE kind = 'dialog.message_received' LIMIT 1
"""
SWAP = """
UPDATE parley.event SET position = CASE position WHEN {0} THEN -{1} ELSE -{0} END WHERE position IN ({0}, {1});
UPDATE parley.event SET position = -position WHERE position < 0
"""
FIRST_MESSAGE = "(SELECT min(position) FROM parley.event WHERE kind = 'dialog.message_received')"
DAMAGE = {
    "a lost message": (f"DELETE FROM parley.event WHERE position = {FIRST_MESSAGE}", "lost: chat 101, message 1"),
    "a hole in a stream": (f"DELETE FROM parley.event WHERE position = {FIRST_MESSAGE}", "hole: stream dialog-"),
    "a hole in the lane": (f"DELETE FROM parley.event WHERE position = {FIRST_MESSAGE}", "hole: lane 0"),
    "a message stored twice": (COPY, "twice: message"),
    "a lost reply": ("DELETE FROM parley.event WHERE kind = 'dialog.message_sent'", "reply"),
    "a lost command": ("UPDATE parley.event SET command_key = NULL", "lost: accept"),
    "a head of its own mind": ("UPDATE parley.head SET version = version + 1 WHERE stream LIKE 'agent-%'", "head: "),
    "a wrong counter": ("UPDATE parley.intake_count SET n = n + 1 WHERE outcome = 'routed'", "books: "),
    "two open dialogs": ("UPDATE view.inbox SET phase = 'queued' WHERE phase = 'closed'", "dialogs: customer"),
    "somebody forgotten": ("UPDATE view.agent_board SET capacity = capacity + 1", "waiting: dialog"),
    "a view of its own mind": ("UPDATE view.inbox SET messages = messages + 1", "view: inbox"),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_found(evidence: Evidence, name: str) -> None:
    damage, finding = DAMAGE[name]
    _plant(evidence, damage)
    assert [words for words in judge(evidence) if words.startswith(finding)]


def test_a_wrong_order_is_found(evidence: Evidence) -> None:
    query = "SELECT position FROM parley.event WHERE kind = 'dialog.message_received' AND stream = %s ORDER BY position"
    (stream,) = evidence.rows("SELECT stream FROM parley.event WHERE kind = 'dialog.message_received' LIMIT 1")[0]
    first, second = [position for (position,) in evidence.rows(query, stream)][:2]
    _plant(evidence, SWAP.format(first, second))
    assert "order: chat 101 is not stored in the order in which it was said" in judge(evidence)


def test_other_words_are_found(evidence: Evidence) -> None:
    sent = [one._replace(text=one.text + "!") for one in evidence.sent]
    assert sum(words.startswith("changed: ") for words in judge(replace(evidence, sent=sent))) == len(sent)


@pytest.mark.parametrize("times", [0, 2])
def test_a_reply_that_did_not_arrive_once_is_found(evidence: Evidence, times: int) -> None:
    said = [one for one in evidence.said_by_bot or () for _ in range(times)]
    assert [words for words in judge(replace(evidence, said_by_bot=said)) if words.startswith("delivery: ")]


def test_requests_that_nobody_counted_are_found(evidence: Evidence) -> None:
    assert evidence.answered is not None and evidence.attempts is not None
    more, fewer = evidence.answered + 1, evidence.attempts - 1
    assert [words for words in judge(replace(evidence, answered=more)) if words.startswith("books: ")]
    assert [words for words in judge(replace(evidence, attempts=fewer)) if words.startswith("books: ")]


def _plant(evidence: Evidence, damage: str) -> None:
    with psycopg.connect(evidence.owner.dsn) as connection:
        connection.execute(damage)


def _says(shop: Premises, chat: int, number: int) -> Sent:
    update = shop.telegram.customer_says(chat, f"{chat} says {number}")
    assert shop.telegram.settle(30)
    return Sent("shop", chat, update["message"]["message_id"], update["update_id"], f"{chat} says {number}")


def _answers(shop: Premises) -> list[Done]:
    """Anna takes the first dialog that she is offered, answers, and closes it."""
    anna = Api(shop.url, shop.token("agent", "anna"))
    rows = eventually(lambda: anna.get("/v1/dialogs", list="offered", sort="started")["dialogs"])
    dialog, offer = rows[-1]["dialog"], next(iter(rows[-1]["offers"]))
    bodies = {"accept": {"offer": offer}, "messages": {"body": "Yes, bread."}, "close": {"cause": "agent"}}
    done = []
    for what, body in bodies.items():
        told = anna.post(f"/v1/dialogs/{dialog}/{what}", body)
        done.append(Done(what, dialog, "", told["position"], told.get("message") or "", body.get("body", "")))
    anna.close()
    assert shop.telegram.wait_for_sent(1, 30)
    return done
