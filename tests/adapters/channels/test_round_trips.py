"""From a customer's words to an agent and back, over every kind of channel that has a double (`rounds`)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any

import pytest

from adapters.channels import kinds
from adapters.delivery import Delivery
from adapters.doubles.faults import Fault
from adapters.doubles.viber import refused
from adapters.doubles.vk import captcha
from adapters.store.codec import Codec
from domain.desk.answering import SendMessage
from domain.dialog.events import Author
from tests.adapters.channels.rounds import SIDES, Side
from tests.adapters.channels.rounds.side import escaped
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

ELSEWHERE = {
    "yandex_dialogs": "it cannot be called: test_yandex_turns",
    "email": "letters: test_email_letters",
    "whatsapp_messagebird": "test_bird",
    "whatsapp_infobip": "test_infobip",
}
"""Kinds whose round trips have another form, or a suite of their own."""
TEXTS = ("Есть хлеб? 🥖", "\u202eשלום\u202c and 𝔘 👨\u200d👩\u200d👧", "a\x00b", "line\nline", "x" * 900)
ANNA = Author(kind="agent", id="anna")


@dataclass
class Round:
    side: Side
    shop: Stand
    before: dict[str, int] = field(default_factory=dict)

    def heard(self) -> list[str]:
        """What customers have said, as an agent reads it."""
        vault = self.shop.store.vault
        return [
            vault.open(TENANT, one.subject_key_id, "dialog.message_received.body", one.body)
            for one in self.shop.events("dialog.message_received")
        ]

    def asks(self) -> None:
        self.side.says("Bread?")
        assert self.side.double.settle()

    def answers(self, text: str) -> str:
        opened = self.shop.store.log.read(0, 10_000, kinds=["dialog.opened"])
        command = SendMessage(dialog=opened[-1].entity, client_key=text, author=ANNA, body=text)
        return str(self.shop.store.do(command).answer["message"])

    def waits(self, kind: str, number: int = 1) -> list[Any]:
        """Events of this kind, as soon as there are so many, or when time is up."""
        end = monotonic() + 10
        while len(found := self.shop.events(kind)) < number and monotonic() < end:
            sleep(0.02)
        return found

    def counts(self) -> dict[str, int]:
        """What has come since the channel was connected: a provider may have tried the address before."""
        query = "SELECT outcome, n FROM parley.intake_count WHERE tenant = %s AND channel = 'shop'"
        now = {str(outcome): int(n) for outcome, n in self.shop.store.rows(query, TENANT)}
        return {
            outcome: n - self.before.get(outcome, 0) for outcome, n in now.items() if n > self.before.get(outcome, 0)
        }


@pytest.fixture(params=sorted(SIDES))
def round(request: pytest.FixtureRequest) -> Iterator[Round]:
    with connected(SIDES[request.param]()) as made:
        yield made


@contextmanager
def connected(side: Side) -> Iterator[Round]:
    with side.entered(), stand(side.kind, side.double.url, app=side.app) as shop:
        side.connect(shop)
        store, connector = shop.store, shop.connector
        delivery = Delivery(
            store.database,
            store.vault,
            store.executor,
            client=shop.client,
            provider_urls=connector.provider_urls,
            apps=connector.apps,
            rates={},
        )
        delivery.start()
        try:
            made = Round(side, shop)
            made.before = made.counts()
            yield made
        finally:
            delivery.stop()


def test_every_kind_of_channel_makes_its_round() -> None:
    assert set(kinds()) - set(ELSEWHERE) <= set(SIDES)
    assert not set(SIDES) & set(ELSEWHERE)


@pytest.mark.requirement("E09")
def test_words_come_in_and_go_out_as_they_were(round: Round) -> None:
    for text in TEXTS:
        round.side.says(text)
    assert round.side.double.settle()
    assert sorted(round.heard()) == sorted(TEXTS)
    for text in TEXTS:
        round.answers(text)
    round.waits("dialog.message_delivered", len(TEXTS))
    assert round.side.texts == list(TEXTS)


@pytest.mark.requirement("E09")
def test_half_a_character_is_replaced_and_the_rest_is_kept(round: Round) -> None:
    raw = escaped(round.side.body("bread \ud83d!"))
    assert b"\\ud83d" in raw
    assert round.side.posts(round.shop, raw) == 200
    assert round.heard() == ["bread \ufffd!"]


@pytest.mark.requirement("E01", "E02", "E11")
def test_what_comes_twice_is_there_once_and_counted(round: Round) -> None:
    round.side.says("Once", copies=3)
    assert round.side.double.settle()
    assert round.heard() == ["Once"]
    assert round.counts() == {"routed": 1, "duplicate": 2}


def test_a_picture_without_a_word_is_a_message(round: Round) -> None:
    round.side.sends_picture()
    assert round.side.double.settle()
    (received,) = round.shop.events("dialog.message_received")
    opened = Codec(round.shop.store.vault).opened(TENANT, received)
    assert (opened.body, [one.type for one in opened.attachments]) == ("", ["image"])


@pytest.mark.requirement("E11")
def test_a_kind_that_does_not_exist_yet_is_acknowledged_and_counted(round: Round) -> None:
    assert round.side.posts(round.shop, escaped(round.side.odd())) == 200
    assert round.counts() == {"ignored": 1}


@pytest.mark.requirement("E11")
def test_a_malformed_body_is_acknowledged_and_quarantined(round: Round) -> None:
    assert round.side.posts(round.shop, round.side.malformed) == 200
    assert [one.reason for one in round.shop.events("quarantine.inbound_quarantined")] == ["malformed"]


@pytest.mark.requirement("E07", "S11")
def test_a_stranger_is_refused_and_leaves_nothing(round: Round) -> None:
    before, raw = round.shop.store.log.head(), escaped(round.side.body("Forged"))
    proof = round.side.proof(round.shop, raw)
    altered = raw.replace(b"Forged", b"Altered")
    where = round.side.hook(round.shop)
    assert round.shop.client.post(where[:-3] + "xxx", content=raw, headers=proof).status_code == 404
    if proof:
        assert round.shop.client.post(where, content=raw).status_code == 401
        forged = {name: value[:-1] + ("0" if value[-1] != "0" else "1") for name, value in proof.items()}
        assert round.shop.client.post(where, content=raw, headers=forged).status_code == 401
        assert round.shop.hooks.refused["shop", "bad_signature"] == 2
        if round.side.proof(round.shop, altered) != proof:
            assert round.shop.client.post(where, content=altered, headers=proof).status_code == 401
    assert round.shop.store.log.head() == before and round.counts() == {}


@pytest.mark.parametrize("trouble", ["down", "too fast"])
def test_a_message_waits_for_a_provider_that_is_away_or_wants_it_slower(round: Round, trouble: Any) -> None:
    round.asks()
    round.side.fails(trouble)
    round.answers("Yes")
    assert round.waits("dialog.message_delivered")
    assert round.side.texts == ["Yes"]


def test_who_may_not_be_written_to_fails_the_message_and_not_the_channel(round: Round) -> None:
    round.asks()
    round.side.fails("blocked")
    round.answers("Yes")
    assert [one.code for one in round.waits("dialog.message_failed")] == [round.side.blocked]
    round.answers("Still there?")
    assert round.waits("dialog.message_delivered")
    assert round.shop.state().phase == "connected"


def test_a_lost_answer_never_makes_two_messages_of_one(round: Round) -> None:
    round.asks()
    round.side.fails("answer lost")
    round.answers("Once")
    if round.side.lost == "unknown":
        assert round.waits("dialog.send_unknown")
    else:
        assert round.waits("dialog.message_delivered")
    round.answers("Then")
    round.side.double.wait_for_sent(2)
    assert round.side.texts == ["Once", "Then"]


@pytest.mark.requirement("B10", "A25")
def test_a_right_that_was_taken_back_degrades_the_channel_at_the_second_refusal(round: Round) -> None:
    round.asks()
    round.side.revokes()
    round.answers("One")
    assert round.waits("dialog.message_failed")
    assert round.shop.state().phase == "connected"
    round.answers("Two")
    assert round.waits("dialog.message_failed", 2)
    assert [one.cause for one in round.waits("channel.degraded")] == ["authorisation"]
    assert round.shop.kinds()[-1] == "channel.degraded"


def test_receipts_come_back(round: Round) -> None:
    round.asks()
    message = round.answers("Yes")
    assert [one.message for one in round.waits("dialog.message_delivered")] == [message]
    if "read" in round.side.receipts:
        round.side.reads()
        assert [one.message for one in round.waits("dialog.message_read")] == [message]


def test_who_has_read_a_message_of_vks_has_read_all_before_it_and_none_after() -> None:
    with connected(SIDES["vk"]()) as round:
        round.asks()
        sent = [round.answers(str(number)) for number in range(3)]
        assert len(round.waits("dialog.message_delivered", 3)) == 3
        second = next(said for said in round.side.double.sent if said.text == "1")
        round.side.double.customer_reads(77, second.message_id)
        assert [one.message for one in round.waits("dialog.message_read", 2)] == sent[:2]
        round.side.reads()
        assert [one.message for one in round.waits("dialog.message_read", 3)] == sent


@pytest.mark.parametrize(("kind", "fault"), [("vk", captcha()), ("viber", refused(7))])
def test_what_only_a_person_can_mend_is_an_alert_until_a_message_goes_again(kind: str, fault: Fault) -> None:
    with connected(SIDES[kind]()) as round:
        round.asks()
        round.side.double.fails(fault)
        round.answers("One")
        assert round.waits("dialog.message_failed")
        assert [(one.alert, one.subject) for one in round.waits("alert.alert_raised")] == [("delivery", "shop")]
        round.answers("Two")
        assert [one.alert for one in round.waits("alert.alert_cleared")] == ["delivery"]
