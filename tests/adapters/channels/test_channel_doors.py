"""Every kind through the real hook, a real store and a real delivery: what must hold whatever the provider.

By discovery: a kind without a sample fails. The provider at the other end answers what the sample says, or refuses as
it does; how each double behaves besides, its own tests show.
"""

from __future__ import annotations

import itertools
import socket
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
import pytest

from adapters.channels import SEND_ERRORS, Access, Outbound, channel, http_client, kinds
from adapters.channels.keys import TOKEN, hook_path, open_door
from adapters.delivery import Delivery
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.store.codec import Codec
from adapters.vault.secrets import Secret
from domain.desk.answering import SendMessage
from domain.dialog.events import Author
from domain.kinds import KINDS
from tests.adapters.channels.connected import connect, secrets_of
from tests.adapters.channels.samples import SAMPLES, Sample
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

ANNA = Author(kind="agent", id="anna")
NUMBERS = itertools.count(1)
HARD = "NUL\x00, RTL \u202eabc, 😂 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢, é"
NEVER_CALLED = {"yandex_dialogs", "email"}
"""Alice cannot be called: `test_yandex_turns`. Letters go by SMTP: the tests of e-mail."""


@dataclass
class Provider:
    """Takes what it is sent, unless an answer waits in `replies`."""

    sample: Sample
    said: list[str] = field(default_factory=list)
    replies: deque[Reply] = field(default_factory=deque)

    def answer(self, asked: Asked) -> Reply:
        text = self.sample.text_of(asked)
        if text is None:
            return Reply(404, {})
        if self.replies:
            return self.replies.popleft()
        self.said.append(text)
        return self.sample.takes(next(NUMBERS))


@dataclass
class Place:
    """A connected channel, its provider, and the delivery beside it. `later` moves the delivery's clock alone."""

    sample: Sample
    stand: Stand
    provider: Provider
    delivery: Delivery
    client: httpx2.Client
    ahead: timedelta = timedelta(0)

    @property
    def address(self) -> str:
        path, _ = open_door(self.stand.store.vault, TENANT, "shop")
        return f"{self.stand.connector.public_url}{hook_path(self.sample.kind, 'shop', path)}"

    def post(self, body: Any, **headers: str) -> int:
        """The status; a kind that polls takes the body in without one."""
        sent, proof = self.sample.signed(body, secrets_of(self.stand.store))
        if not self.sample.posted:
            self.polled(sent)
            return 200
        return self.client.post(self.address, content=sent, headers=proof | headers).status_code

    def polled(self, body: bytes) -> None:
        things = channel(self.sample.kind).parse(body, {})
        self.stand.hooks._intake.receive(TENANT, "shop", self.sample.kind, things, body)

    def says(self, text: str, number: int | None = None) -> tuple[str, int]:
        """A new customer writes: his chat and the message's number."""
        number = number or next(NUMBERS)
        chat = self.sample.chat(number)
        assert self.post(self.sample.says(chat, text, number)) == 200
        return chat, number

    def asks(self) -> str:
        self.says("Bread?")
        return self.events("dialog.opened")[-1].entity

    def answers(self, dialog: str, text: str) -> None:
        command = SendMessage(dialog=dialog, client_key=f"c{next(NUMBERS)}", author=ANNA, body=text)
        self.stand.store.do(command)

    def events(self, kind: str) -> list[Any]:
        return self.stand.store.log.read(0, 10_000, kinds=[kind])

    def opened(self, kind: str) -> list[Any]:
        codec = Codec(self.stand.store.vault)
        return [codec.opened(TENANT, one.event) for one in self.events(kind)]

    def head(self) -> int:
        return self.stand.store.log.head()

    def counts(self) -> dict[str, int]:
        query = "SELECT outcome, n FROM parley.intake_count WHERE tenant = %s AND channel = 'shop'"
        return dict(self.stand.store.rows(query, TENANT))  # type: ignore[arg-type]

    def failures(self, dialog: str) -> list[str]:
        told = [one.event for one in self.stand.store.log.stream(TENANT, f"dialog-{dialog}")]
        return [one.code for one in told if one.kind == "dialog.message_failed"]  # type: ignore[attr-defined]

    def later(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    def now(self, clock: datetime) -> datetime:
        return clock + self.ahead


@contextmanager
def opened(kind: str) -> Iterator[Place]:
    sample = SAMPLES[kind]
    provider = Provider(sample)
    with LoopbackServer(provider.answer) as server, stand(sample.kind, server.url) as made, http_client() as client:
        connect(made.store, sample)
        place = Place(sample, made, provider, None, client)  # type: ignore[arg-type]
        store, urls = made.store, {sample.kind: server.url}
        place.delivery = Delivery(
            store.database,
            store.vault,
            store.executor,
            client=client,
            clock=place.now,
            provider_urls=urls,  # type: ignore[arg-type]
            rates={},
        )
        try:
            yield place
        finally:
            place.delivery.stop()


@pytest.fixture(scope="module", params=kinds())
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    with opened(request.param) as made:
        yield made


@pytest.fixture(scope="module", params=[kind for kind in kinds() if kind not in NEVER_CALLED])
def caller(request: pytest.FixtureRequest) -> Iterator[Place]:
    with opened(request.param) as made:
        yield made


def test_every_kind_has_a_sample() -> None:
    assert set(kinds()) == set(SAMPLES) == set(KINDS)
    assert {one.kind for one in SAMPLES.values() if not one.called} == NEVER_CALLED


# -- in ---------------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("E01")
def test_a_text_comes_in_whole(place: Place) -> None:
    place.says("Есть ли хлеб?")
    received = place.opened("dialog.message_received")[-1]
    assert received.body == "Есть ли хлеб?"
    assert place.events("dialog.opened")


@pytest.mark.requirement("E09")
def test_hard_letters_survive(place: Place) -> None:
    place.says(HARD)
    assert place.opened("dialog.message_received")[-1].body == HARD


@pytest.mark.requirement("E09")
def test_half_a_character_is_replaced_and_the_rest_is_kept(place: Place) -> None:
    number = next(NUMBERS)
    body = place.sample.says(place.sample.chat(number), "before PLACE after", number)
    sent, proof = place.sample.signed(body, secrets_of(place.stand.store))
    half = sent.replace(b"PLACE", b"\\ud83d" if place.sample.posted else b"\xed\xa0\xbd").replace(b"place", b"")
    _, proof = place.sample.signed(half, secrets_of(place.stand.store))
    if place.sample.posted:
        assert place.client.post(place.address, content=half, headers=proof).status_code == 200
    else:
        place.polled(half)
    received = place.opened("dialog.message_received")[-1].body
    assert received.startswith("before ") and received.endswith(" after")
    assert "\ufffd" in received or not place.sample.posted  # the bytes of a letter may be of another alphabet
    received.encode("utf-8")


@pytest.mark.requirement("E08")
def test_a_file_without_a_word_is_a_message(place: Place) -> None:
    if place.sample.shows is None:
        assert place.sample.kind == "yandex_dialogs"  # a voice brings no files
        return
    number = next(NUMBERS)
    assert place.post(place.sample.shows(place.sample.chat(number), number)) == 200
    received = place.opened("dialog.message_received")[-1]
    assert (received.body.strip(), len(received.attachments)) == ("", 1)


@pytest.mark.requirement("E02")
def test_the_same_message_again_is_one_message(place: Place) -> None:
    chat, number = place.says("Twice")
    before, counted = len(place.events("dialog.message_received")), place.counts().get("duplicate", 0)
    assert place.post(place.sample.says(chat, "Twice", number)) == 200
    assert len(place.events("dialog.message_received")) == before
    assert place.counts()["duplicate"] == counted + 1


@pytest.mark.requirement("E11")
def test_an_event_of_a_kind_that_nobody_knows_is_acknowledged(place: Place) -> None:
    if place.sample.strange is None:
        assert place.sample.kind == "email"  # everything that comes is a letter
        return
    before, counted = place.head(), place.counts().get("ignored", 0)
    assert place.post(place.sample.strange) == 200
    assert place.counts()["ignored"] == counted + 1
    kept = [one.event.kind for one in place.stand.store.log.read(before)]
    assert not [kind for kind in kept if kind.startswith(("dialog.", "quarantine."))]


@pytest.mark.requirement("S10")
def test_what_is_malformed_is_acknowledged_kept_and_said_why(place: Place) -> None:
    sent, _ = place.sample.signed(place.sample.broken, secrets_of(place.stand.store))
    things = channel(place.sample.kind).parse(sent, {})
    assert [one.kind for one in things] == ["invalid"]
    reason = things[0].reason or ""
    assert reason.endswith(".") and "seven" not in reason
    before = len(place.events("quarantine.inbound_quarantined"))
    assert place.post(place.sample.broken) == 200
    quarantined = place.events("quarantine.inbound_quarantined")[before:]
    assert [one.event.reason for one in quarantined] == ["malformed"]


@pytest.mark.requirement("E07", "S11")
def test_who_does_not_know_the_secret_is_refused_counted_and_not_kept(place: Place) -> None:
    if not place.sample.posted:
        assert channel(place.sample.kind).kind == "email"  # nobody posts letters to us
        return
    number = next(NUMBERS)
    body = place.sample.says(place.sample.chat(number), "Forged", number)
    wrong = {name: f"{text}-no" for name, text in secrets_of(place.stand.store).items()}
    sent, proof = place.sample.signed(body, wrong)
    before, refused = place.head(), dict(place.stand.hooks.refused)
    if channel(place.sample.kind).address_proves:
        address, why, status = place.address[:-1] + "!", ("", "unknown_address"), 404
    else:
        address, why, status = place.address, ("shop", "bad_signature"), 401
    assert place.client.post(address, content=sent, headers=proof).status_code == status
    assert place.stand.hooks.refused[why] == refused.get(why, 0) + 1
    assert place.head() == before


@pytest.mark.requirement("E07")
def test_an_altered_body_is_refused_where_the_body_is_signed(place: Place) -> None:
    number = next(NUMBERS)
    body = place.sample.says(place.sample.chat(number), "Two loaves", number)
    sent, proof = place.sample.signed(body, secrets_of(place.stand.store))
    if not any("signature" in name for name in proof):
        return  # a secret word, or the address, proves who posts; what he posts, TLS protects
    altered = sent.replace(b"Two", b"Ten")
    assert place.client.post(place.address, content=altered, headers=proof).status_code == 401


# -- out --------------------------------------------------------------------------------------------------------------


def test_an_answer_goes_out_whole_and_once(caller: Place) -> None:
    dialog = caller.asks()
    caller.answers(dialog, f"Да: {HARD}")
    assert caller.delivery.run_once() == 1 and caller.delivery.run_once() == 0
    assert caller.provider.said[-1] == f"Да: {HARD}"
    states = caller.stand.store.rows("SELECT state FROM parley.delivery WHERE dialog = %s", dialog)
    assert states == [("sent",)]


def test_a_provider_that_is_down_gets_it_later_and_once(caller: Place) -> None:
    dialog = caller.asks()
    caller.answers(dialog, "At last")
    caller.provider.replies.extend([Reply(502, {}), Reply(503, {})])
    for _ in range(3):
        caller.delivery.run_once()
        caller.later(5)
    assert caller.provider.said.count("At last") == 1 and caller.failures(dialog) == []


def test_a_lost_answer_is_not_sent_again_where_the_provider_cannot_tell_a_repeat(caller: Place) -> None:
    dialog = caller.asks()
    caller.answers(dialog, "Lost")
    caller.provider.replies.append(Reply(0, hang_up=True))
    caller.delivery.run_once()
    caller.later(3600)
    caller.delivery.run_once()
    ((state,),) = caller.stand.store.rows("SELECT state FROM parley.delivery WHERE dialog = %s", dialog)
    again = caller.sample.kind == "vk"  # `random_id` lets VK take a message once, however often it is sent
    assert (state, caller.provider.said.count("Lost")) == (("sent", 1) if again else ("unknown", 0))


def test_where_nobody_listens_it_waits(caller: Place) -> None:
    """Nothing has left: it may be sent again, by every kind."""
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{closed.getsockname()[1]}"
    access = Access(caller.client, {TOKEN: Secret("t"), "key": Secret("k"), "api_key": Secret("k")}, nowhere, "77")
    result = channel(caller.sample.kind).send(access, caller.sample.chat(1), Outbound(text="Hello", key="m1"))
    assert (result.outcome, result.code) == ("retry", "provider_unavailable")


def test_slower_is_obeyed_for_as_long_as_the_provider_says(caller: Place) -> None:
    dialog = caller.asks()
    caller.answers(dialog, "Slowly")
    caller.provider.replies.append(Reply(429, {}, {"Retry-After": "30"}))
    assert caller.delivery.run_once() == 1
    caller.later(29)
    assert caller.delivery.run_once() == 0
    caller.later(2)
    assert caller.delivery.run_once() == 1
    assert caller.provider.said[-1] == "Slowly"


def test_what_one_customer_does_not_take_says_nothing_about_the_channel(caller: Place) -> None:
    dialog = caller.asks()
    for _ in range(3):
        caller.answers(dialog, "Refused")
        caller.provider.replies.append(caller.sample.refuses)
        caller.delivery.run_once()
    codes = set(caller.failures(dialog))
    assert codes <= set(SEND_ERRORS) and codes <= {caller.sample.refusal or codes.pop()}
    assert caller.stand.state().phase == "connected"
    assert "Refused" not in caller.provider.said


@pytest.mark.requirement("B10")
def test_a_revoked_token_degrades_the_channel_and_its_history_says_so(caller: Place) -> None:
    dialog = caller.asks()
    for _ in range(2):
        caller.answers(dialog, "Nobody hears this")
        caller.provider.replies.append(caller.sample.revoked)
        caller.delivery.run_once()
    assert caller.stand.state().phase == "degraded"
    told = [one.event for one in caller.stand.store.log.stream(TENANT, "channel-shop")]
    assert [one.cause for one in told if one.kind == "channel.degraded"] == ["authorisation"]  # type: ignore[attr-defined]
    caller.answers(dialog, "A new token")
    caller.delivery.run_once()
    assert caller.provider.said[-1] == "A new token" and caller.stand.state().phase == "connected"
    assert caller.stand.kinds()[-1] == "channel.recovered"
