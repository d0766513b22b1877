"""A secret in each secret field of each kind, a whole life of a channel, and then a search for every one of them (A24).

The provider of this test is as careless as can be: its refusals repeat the address, the headers and the body of our
call. What is looked through: every row of the database, the records that go to Kafka, the log at its most talkative,
and every answer of ours.
"""

from __future__ import annotations

import base64
import itertools
import json
import logging
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from psycopg import sql
from starlette.testclient import TestClient

from adapters.channels import http_client, kinds
from adapters.channels.checks import form_of
from adapters.channels.http_client import App
from adapters.channels.keys import HOOK_SECRET, hook_path, open_door
from adapters.delivery import Delivery
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.kafka.records import Writer
from adapters.vault.secrets import Secret
from domain.desk.administration import SetAgent, SetGroup, SetPresence
from domain.desk.answering import SendMessage
from domain.dialog.events import Author
from domain.kinds import KINDS
from tests.adapters.channels.canary import found, secret, told
from tests.adapters.channels.connected import connect, secrets_of
from tests.adapters.channels.samples import SAMPLES, Sample
from tests.adapters.http.door import Office, client_of, office
from tests.store import TENANT

ANNA = Author(kind="agent", id="anna")
NOT_SECRET = {"channel_id", "address", "number", "namespace_id", "imap_host", "imap_port", "smtp_host", "smtp_port"}
NUMBERS = itertools.count(1)


@dataclass
class Careless:
    """The provider. Each of `moods` answers one call: a status, with everything that it was asked; 200 = taken.

    `heard` = all that it was asked."""

    heard: list[bytes] = field(default_factory=list)
    moods: deque[int] = field(default_factory=deque)
    sample: Sample | None = None

    def answer(self, asked: Asked) -> Reply:
        self.heard.append(f"{asked.path} {dict(asked.headers)} ".encode() + asked.body)
        mood = self.moods.popleft() if self.moods else 500
        if mood == 200 and self.sample is not None:
            return self.sample.takes(next(NUMBERS))
        said = f"{asked.path} {dict(asked.headers)} {asked.body.decode('utf-8', 'replace')}"
        error = {"message": said, "code": 190, "type": "OAuthException", "error_code": 5, "error_msg": said}
        return Reply(mood, {"error": error, "description": said, "errors": [{"code": 2, "description": said}]})


@dataclass
class Life:
    """What a channel's life has left behind, as bytes by place."""

    planted: dict[str, str] = field(default_factory=dict)
    places: dict[str, bytes] = field(default_factory=dict)
    answers: list[bytes] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    heard: bytes = b""


class Listening(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__(logging.DEBUG)
        self.lines = lines
        self.setFormatter(logging.Formatter("%(name)s %(message)s %(args)s"))

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture(scope="module")
def life() -> Iterator[Life]:
    lived, careless = Life(), Careless()
    root = logging.getLogger()
    before, ear = root.level, Listening(lived.log)
    root.addHandler(ear)
    root.setLevel(logging.DEBUG)
    try:
        with LoopbackServer(careless.answer) as server:
            urls = dict.fromkeys(kinds(), server.url)
            apps = {kind: App("app-1", Secret(plant(lived, kind, "app"))) for kind in kinds()}
            with office(provider_urls=urls, apps=apps, public_url="https://hooks.example") as one:
                with client_of(one) as client, http_client() as calls:
                    store = one.store
                    delivery = Delivery(
                        store.database, store.vault, store.executor, client=calls, provider_urls=urls, rates={}
                    )
                    staff(one)
                    for kind in kinds():
                        lives(kind, one, client, careless, delivery, lived)
                    delivery.stop()
                lived.places["the database, at the end"] = dump(one)
                lived.places["the topics"] = topics(one)
    finally:
        root.removeHandler(ear)
        root.setLevel(before)
    lived.heard = b"\n".join(careless.heard)
    lived.places["the log"] = "\n".join(lived.log).encode("utf-8", "replace")
    lived.places["the answers"] = b"\n".join(lived.answers)
    yield lived


def plant(lived: Life, kind: str, name: str) -> str:
    return lived.planted.setdefault(f"{kind}: {name}", secret(kind, name))


def staff(one: Office) -> None:
    one.store.do(SetAgent(agent="anna", name="Anna"))
    one.store.do(SetPresence(agent="anna", to="ready"))
    one.store.do(SetGroup(group="bakers", name="Bakers", changes={"members": ["anna"]}))


def lives(kind: str, one: Office, client: TestClient, careless: Careless, delivery: Delivery, lived: Life) -> None:
    channel = f"shop-{kind}"
    sample = replace(
        SAMPLES[kind],
        secrets={
            name: text if name in NOT_SECRET else plant(lived, kind, name)
            for name, text in SAMPLES[kind].secrets.items()
            if text
        },
    )
    careless.sample = sample

    def asks(method: str, path: str, body: Any = None, who: str = "root", **headers: str) -> Any:
        answer = client.request(method, f"/v1/{path}", json=body, headers=one.as_(who, **headers))
        lived.answers.append(answer.content + repr(dict(answer.headers)).encode())
        assert answer.status_code < 500 or answer.status_code == 503, answer.text
        return answer.json() if answer.content else {}

    asks("POST", "channels", {"channel": channel, "kind": kind, "name": channel})
    types(kind, channel, asks, careless, lived)
    connect(one.store, sample, channel)
    for name in ("hook_path", HOOK_SECRET):
        lived.planted[f"{kind}: {name}"] = secrets_of(one.store, channel)[name]
    receives(channel, sample, one, client, lived)
    sends(channel, sample, one, careless, delivery)
    lived.places[f"the database, with {kind} connected"] = dump(one)
    for path in ("", f"/{channel}", f"/{channel}/history", f"/{channel}/settings"):
        asks("GET", f"channels{path}")
    asked = asks("POST", f"channels/{channel}/disconnect")
    careless.moods.extend([401] * 5)
    assert asks("POST", f"channels/{channel}/disconnect", {"consent": asked["consent_id"]})["outcome"] == "disconnected"


def types(kind: str, channel: str, asks: Any, careless: Careless, lived: Life) -> None:
    """The administrator's hands: every form with a secret in each field, and secrets where they do not belong."""
    form = {name: plant(lived, kind, name) for name in form_of(KINDS[kind].name) if name not in NOT_SECRET}  # type: ignore[index]
    about = {name: "77" for name in form_of(KINDS[kind].name) if name in ("channel_id", "number")}  # type: ignore[index]
    careless.moods.extend([401, 500, 500, 500, 401])
    for _ in range(2):
        asks("POST", f"channels/{channel}/verify", form | about)
    careless.moods.extend([400] * 4)
    if KINDS[kind].connects_by == "manager":  # type: ignore[index]
        names = ("waba_id", "access_token", "app_secret", "verify_token")
        typed = {name: plant(lived, kind, f"typed {name}") for name in names}
        asks("POST", f"channels/{channel}/activate", {"phone_number_id": "77"} | typed, who="mia")
    if KINDS[kind].connects_by == "oauth":  # type: ignore[index]
        begun = asks("POST", f"channels/{channel}/login")
        state = begun.get("url", "").partition("state=")[2].partition("&")[0]
        query = {"state": state, "code": plant(lived, kind, "login code")}
        asks("POST", "channels/logins", {"query": query})
    misplaced = {"token": plant(lived, kind, "token in settings"), "password": plant(lived, kind, "password there")}
    asks("PUT", f"channels/{channel}/settings", misplaced, if_match='"0"')
    careless.moods.clear()


def receives(channel: str, sample: Sample, one: Office, client: TestClient, lived: Life) -> None:
    secrets = secrets_of(one.store, channel)
    path, _ = open_door(one.store.vault, TENANT, channel)
    address, number = hook_path(sample.kind, channel, path), next(NUMBERS)
    says = sample.says(sample.chat(number), "Bread?", number)
    wrong = {name: text[::2] for name, text in secrets.items()}
    for body, known in ((says, secrets), (says, wrong), (sample.broken, secrets)):
        sent, proof = sample.signed(body, known)
        answer = client.post(address, content=sent, headers=proof)
        lived.answers.append(answer.content + repr(dict(answer.headers)).encode())
    client.get(address)


def sends(channel: str, sample: Sample, one: Office, careless: Careless, delivery: Delivery) -> None:
    opened = [event.entity for event in one.store.log.read(0, 100_000, kinds=["dialog.opened"])]
    mine = [dialog for dialog in opened if one.store.rows(OF_CHANNEL, dialog, channel)]
    if not mine or not sample.called:
        return
    for mood in (200, 401, 502, 429, 400):
        careless.moods.extend([mood, 401])
        client_key = f"{channel}-{mood}"
        one.store.do(SendMessage(dialog=mine[-1], client_key=client_key, author=ANNA, body="It is here."))
        delivery.run_once()
        one.store.rows("UPDATE parley.delivery SET next_at = now() WHERE state = 'waiting' RETURNING 1")
        delivery.run_once()
        careless.moods.clear()


OF_CHANNEL = "SELECT 1 FROM parley.conversation WHERE dialog = %s AND channel = %s"
TABLES = "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('parley', 'public') ORDER BY 1, 2"


def dump(one: Office) -> bytes:
    """Every row of every table as text; bytes are shown in hex."""
    lines = []
    with one.store.database.pool.connection() as connection:
        for schema, table in connection.execute(TABLES).fetchall():
            if not connection.execute("SELECT has_table_privilege(%s, 'SELECT')", (f"{schema}.{table}",)).fetchone()[0]:  # type: ignore[index]
                continue
            query = sql.SQL("SELECT one::text FROM {} AS one").format(sql.Identifier(schema, table))
            lines += [str(row[0]) for row in connection.execute(query).fetchall()]
    assert len(lines) > 100
    return "\n".join(lines).encode()


def topics(one: Office) -> bytes:
    """The records as they go to Kafka."""
    writer = Writer(0, "epoch")
    records = [writer.record(row) for row in one.store.log.rows(0, 100_000)]
    return b"\n".join(
        one.key + one.value + b"".join(name.encode() + value for name, value in one.headers)
        for one in records
        if one is not None
    )


@pytest.mark.requirement("A24")
def test_no_secret_of_any_kind_is_anywhere_in_any_form(life: Life) -> None:
    shown = {name for name in life.planted if name.endswith("hook_path")}
    own_answers = {name: text for name, text in life.planted.items() if name not in shown}
    elsewhere = {place: text for place, text in life.places.items() if place != "the answers"}
    assert found(own_answers, {"the answers": life.places["the answers"]}) == []
    assert found(life.planted, elsewhere) == []


@pytest.mark.parametrize("kind", kinds())
def test_every_kind_has_lived(life: Life, kind: str) -> None:
    """Each secret field of its form was planted, its provider was careless, and the search had something to look in."""
    names = {name.partition(": ")[2] for name in life.planted if name.startswith(f"{kind}: ")}
    form = {name for name in form_of(KINDS[kind].name) if name not in NOT_SECRET}  # type: ignore[index]
    assert form <= names and {"app", "hook_path", HOOK_SECRET} <= names
    if SAMPLES[kind].called:
        mine = {name: text for name, text in life.planted.items() if name.startswith(f"{kind}: ")}
        assert found(mine, {"what the provider heard": life.heard})


def test_there_was_something_to_look_in(life: Life) -> None:
    assert life.places["the log"]
    assert all(len(text) > 10_000 for place, text in life.places.items() if place != "the log")


@pytest.mark.parametrize("how", [how for how, _ in told("cnry/0123456789abcdef01234567+x=")])
def test_the_search_finds_each_form(how: str) -> None:
    text = secret("telegram", "token")
    shape = dict(told(text))[how]
    whole = b"before " + shape + b" after"
    assert any(line.endswith(how) for line in found({"it": text}, {"here": whole}))
    assert found({"another": secret("viber", "token")}, {"here": whole}) == []


def test_in_base64_it_is_found_wherever_it_begins() -> None:

    text = secret("vk", "token")
    for ahead in range(6):
        hidden = base64.b64encode(b"x" * ahead + json.dumps({"a": text}).encode())
        assert found({"it": text}, {"here": hidden})
