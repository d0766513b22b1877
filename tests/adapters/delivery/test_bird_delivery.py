"""WhatsApp through MessageBird and Infobip from an agent's words to the provider and back: templates, windows,
receipts, lost answers, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from adapters.doubles.whatsapp_infobip import KEY as API_KEY
from adapters.doubles.whatsapp_infobip import NUMBER, InfobipDouble
from adapters.doubles.whatsapp_infobip import hang_up as infobip_hangs_up
from adapters.doubles.whatsapp_infobip import rate_limited as infobip_slower
from adapters.doubles.whatsapp_messagebird import CHANNEL, KEY, NAMESPACE, SIGNING_KEY, MessageBirdDouble
from adapters.doubles.whatsapp_messagebird import hang_up as bird_hangs_up
from adapters.doubles.whatsapp_messagebird import rate_limited as bird_slower
from domain.errors import Conflict
from tests.adapters.channels.bakery import OWNER, SETTINGS
from tests.adapters.channels.stand import Stand, stand
from tests.adapters.delivery.desks import Ahead, Desk, desk
from tests.store import TENANT

CUSTOMER = "79161234567"
SIGNED = {"key": KEY, "channel_id": CHANNEL, "signing_key": SIGNING_KEY}
DAY = timedelta(days=1)


@pytest.fixture
def bird() -> Iterator[MessageBirdDouble]:
    with MessageBirdDouble(speed=20) as made:
        yield made


@pytest.fixture
def birds(bird: MessageBirdDouble) -> Iterator[Desk]:
    clock = Ahead()
    with stand("whatsapp_messagebird", bird.url, clock=clock) as shop:
        shop.checks({**SIGNED, "namespace_id": NAMESPACE})
        assert shop.saves()["webhook"] == "set"
        with desk(shop, clock) as made:
            yield made


@pytest.fixture
def infobip() -> Iterator[InfobipDouble]:
    with InfobipDouble(speed=20) as made:
        yield made


@pytest.fixture
def infobips(infobip: InfobipDouble) -> Iterator[Desk]:
    clock = Ahead()
    with stand("whatsapp_infobip", infobip.url, clock=clock) as shop:
        connect_infobip(infobip, shop)
        with desk(shop, clock) as made:
            yield made


def connect_infobip(infobip: InfobipDouble, shop: Stand) -> None:
    shop.checks({"api_key": API_KEY})
    shop.saves(changes={**SETTINGS, "number": NUMBER})
    infobip.forwards(NUMBER, shop.connector.issue_url(TENANT, "shop", actor=OWNER)["url"])


def codes(made: Desk) -> list[str]:
    return [one.code for one in made.hears("dialog.message_failed")]


# -- MessageBird ------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("C11")
def test_messagebird_an_answer_goes_out_without_a_namespace_and_its_receipts_come_back(bird: MessageBirdDouble) -> None:
    clock = Ahead()
    with stand("whatsapp_messagebird", bird.url, clock=clock) as shop:
        shop.checks(SIGNED)
        shop.saves()
        with desk(shop, clock) as made:
            bird.customer_says(CUSTOMER, "Есть хлеб?")
            assert bird.settle()
            message = made.answers("Да 🥖")
            (said,) = bird.wait_for_sent(1)
            assert (said.text, said.channel, said.chat) == ("Да 🥖", CHANNEL, CUSTOMER)
            assert [one.message for one in made.hears("dialog.message_delivered")] == [message]
            bird.customer_reads(said)
            assert [one.message for one in made.hears("dialog.message_read")] == [message]
            assert bird.settle() and len(shop.events("dialog.message_received")) == 1
            with pytest.raises(Conflict) as refusal:
                made.writes_first("79160000000", "Hello", "order_ready")
            assert refusal.value.code == "namespace_required"


@pytest.mark.requirement("C12")
def test_messagebird_a_first_message_is_a_template_of_the_namespace(bird: MessageBirdDouble, birds: Desk) -> None:
    bird.template("order_ready", "Здравствуйте, {{1}}! Заказ {{2}} готов.")
    birds.writes_first("+7 (916) 123-45-67", "Здравствуйте, Анна! Заказ № 7 готов.", "order_ready")
    (said,) = bird.wait_for_sent(1)
    assert (said.type, said.template, said.chat) == ("hsm", "order_ready", CUSTOMER)
    assert said.text == "Здравствуйте, Анна! Заказ № 7 готов."
    assert birds.hears("dialog.message_delivered")
    bird.customer_says(CUSTOMER, "Спасибо!")
    assert bird.settle() and len(birds.dialogs()) == 1


@pytest.mark.requirement("C12")
def test_messagebird_a_namespace_that_is_removed_forbids_first_messages_and_leaves_dialogs_alone(
    bird: MessageBirdDouble, birds: Desk
) -> None:
    bird.customer_says(CUSTOMER, "Есть хлеб?")
    assert bird.settle()
    birds.shop.saves(changes={"namespace_id": None})
    with pytest.raises(Conflict) as refusal:
        birds.writes_first("79160000000", "Hello", "order_ready")
    assert refusal.value.code == "namespace_required"
    birds.answers("Да")
    assert bird.wait_for_sent(1)[0].text == "Да"


def test_messagebird_a_template_that_is_not_what_was_written_fails(bird: MessageBirdDouble, birds: Desk) -> None:
    bird.template("order_ready", "Ready.", status="REJECTED")
    birds.writes_first(CUSTOMER, "Ready.", "order_ready")
    assert codes(birds) == ["template_refused"] and bird.sent == []


@pytest.mark.requirement("C19")
def test_messagebird_a_day_after_the_last_word_free_text_is_not_even_sent(bird: MessageBirdDouble, birds: Desk) -> None:
    bird.customer_says(CUSTOMER, "Есть хлеб?")
    assert bird.settle()
    birds.clock.by = DAY
    birds.answers("Поздно")
    assert codes(birds) == ["window_closed"] and bird.sent == []


@pytest.mark.requirement("C19")
def test_messagebird_where_its_clock_says_that_it_is_too_late_the_status_says_so(
    bird: MessageBirdDouble, birds: Desk
) -> None:
    bird.customer_says(CUSTOMER, "Есть хлеб?")
    assert bird.settle()
    bird.customer_is_quiet(CUSTOMER, 90_000)
    birds.answers("Да")
    assert codes(birds) == ["window_closed"]


def test_messagebird_a_lost_answer_is_unknown_until_the_echo_comes_and_a_wait_is_obeyed(
    bird: MessageBirdDouble, birds: Desk
) -> None:
    bird.customer_says(CUSTOMER, "Есть хлеб?")
    assert bird.settle()
    bird.fails(bird_slower(1))
    bird.fails(bird_hangs_up())
    message = birds.answers("Да")
    assert len(bird.wait_for_sent(1)) == 1
    told = birds.hears("dialog.send_unknown", "dialog.message_delivered")
    assert {one.message for one in told} == {message}
    assert bird.calls.count("send") == 2


def test_messagebird_what_a_colleague_writes_past_us_is_no_customers_message(
    bird: MessageBirdDouble, birds: Desk
) -> None:
    bird.customer_says(CUSTOMER, "Есть хлеб?")
    bird.somebody_writes(CUSTOMER, "Да, есть")
    assert bird.settle()
    assert len(birds.shop.events("dialog.message_received")) == 1


# -- Infobip ----------------------------------------------------------------------------------------------------------


@pytest.mark.requirement("C16")
def test_infobip_an_answer_goes_out_from_our_number_and_its_reports_come_back(
    infobip: InfobipDouble, infobips: Desk
) -> None:
    infobip.customer_says(CUSTOMER, "Есть хлеб?")
    assert infobip.settle()
    message = infobips.answers("Да 🥖")
    (said,) = infobip.wait_for_sent(1)
    assert (said.text, said.number, said.chat, said.id) == ("Да 🥖", NUMBER, CUSTOMER, message)
    assert [one.message for one in infobips.hears("dialog.message_delivered")] == [message]
    infobip.customer_reads(said)
    assert [one.message for one in infobips.hears("dialog.message_read")] == [message]


def test_infobip_a_message_whose_answer_was_lost_is_found_by_its_report_and_not_sent_twice(
    infobip: InfobipDouble, infobips: Desk
) -> None:
    infobip.customer_says(CUSTOMER, "Есть хлеб?")
    assert infobip.settle()
    infobip.fails(infobip_slower(1))
    infobip.fails(infobip_hangs_up())
    message = infobips.answers("Да")
    assert [one.message for one in infobips.hears("dialog.message_delivered")] == [message]
    assert len(infobip.sent) == 1 and infobip.calls.count("send") == 2


def test_infobip_a_first_message_is_an_approved_template(infobip: InfobipDouble, infobips: Desk) -> None:
    infobip.template("order_ready", "Здравствуйте, {{1}}! Заказ {{2}} готов.")
    infobips.writes_first("+7 (916) 123-45-67", "Здравствуйте, Анна! Заказ № 7 готов.", "order_ready")
    (said,) = infobip.wait_for_sent(1)
    assert (said.type, said.template, said.chat) == ("template", "order_ready", CUSTOMER)
    assert said.text == "Здравствуйте, Анна! Заказ № 7 готов."
    assert infobips.hears("dialog.message_delivered")


def test_infobip_without_a_template_nobody_is_written_to_first(infobips: Desk) -> None:
    with pytest.raises(Conflict) as refusal:
        infobips.writes_first(CUSTOMER, "Hello", None)
    assert refusal.value.code == "template_required"


@pytest.mark.requirement("C19")
def test_infobip_a_day_after_the_last_word_free_text_is_not_even_sent(infobip: InfobipDouble, infobips: Desk) -> None:
    infobip.customer_says(CUSTOMER, "Есть хлеб?")
    assert infobip.settle()
    infobips.clock.by = DAY
    infobips.answers("Поздно")
    assert codes(infobips) == ["window_closed"] and infobip.sent == []


def test_infobip_a_number_without_whatsapp_is_told_by_the_report(infobip: InfobipDouble, infobips: Desk) -> None:
    infobip.template("order_ready", "Ready.")
    infobip.customer(CUSTOMER).here = False
    infobips.writes_first(CUSTOMER, "Ready.", "order_ready")
    assert codes(infobips) == ["refused"]


def test_infobip_a_key_that_counts_no_more_fails_the_message(infobip: InfobipDouble, infobips: Desk) -> None:
    infobip.customer_says(CUSTOMER, "Есть хлеб?")
    assert infobip.settle()
    infobip.revokes()
    infobips.answers("Да")
    assert codes(infobips) == ["bad_credentials"] and infobip.sent == []
