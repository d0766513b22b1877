"""WhatsApp and Messenger from an agent's words to the provider and back: templates, windows, receipts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from adapters.channels.checks import Checker
from adapters.channels.http_client import App
from adapters.doubles.facebook import APP_ID, APP_SECRET, PAGE, FacebookDouble
from adapters.doubles.faults import hang_up
from adapters.doubles.whatsapp_official import NUMBER_ID, TOKEN, WABA, WhatsAppDouble
from adapters.vault.secrets import Secret
from domain.desk.answering import SendMessage
from domain.dialog.events import OUTSIDE
from domain.errors import Conflict
from domain.recorded import Actor
from tests.adapters.channels.bakery import SETTINGS
from tests.adapters.channels.stand import stand
from tests.adapters.delivery.desks import ANNA, Ahead, Desk, desk
from tests.store import TENANT

CUSTOMER, PSID = "79161234567", "77"
HOURS = {**SETTINGS, "auto_close": {"value": 24, "unit": "hours"}}
TYPED = {"waba_id": WABA, "access_token": TOKEN, "app_secret": APP_SECRET, "verify_token": "a word"}
DAY = timedelta(days=1)


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppDouble]:
    with WhatsAppDouble(speed=20) as made:
        yield made


@pytest.fixture
def official(whatsapp: WhatsAppDouble) -> Iterator[Desk]:
    clock = Ahead()
    with stand("whatsapp_official", whatsapp.url, clock=clock) as shop:
        Checker(shop.connector).activation(TENANT, "shop", NUMBER_ID, TYPED, actor=Actor(kind="manager", id="mia"))
        assert shop.saves(changes=HOURS)["webhook"] == "set"
        with desk(shop, clock) as made:
            yield made


@pytest.fixture
def facebook() -> Iterator[FacebookDouble]:
    with FacebookDouble(speed=20) as made:
        yield made


@pytest.fixture
def page(facebook: FacebookDouble) -> Iterator[Desk]:
    clock = Ahead()
    with stand("facebook", facebook.url, app=App(APP_ID, Secret(APP_SECRET)), clock=clock) as shop:
        shop.logs_in()
        shop.chooses(PAGE)
        assert shop.saves()["webhook"] == "set"
        with desk(shop, clock) as made:
            yield made


def test_an_answer_goes_out_and_its_receipts_come_back(whatsapp: WhatsAppDouble, official: Desk) -> None:
    whatsapp.customer_says(CUSTOMER, "Есть хлеб?")
    assert whatsapp.settle()
    message = official.answers("Да 🥖")
    (said,) = whatsapp.wait_for_sent(1)
    assert (said.text, said.key, said.chat) == ("Да 🥖", message, CUSTOMER)
    assert [one.message for one in official.hears("dialog.message_delivered")] == [message]
    whatsapp.customer_reads(said)
    assert [one.message for one in official.hears("dialog.message_read")] == [message]


def test_a_first_message_is_an_approved_template_filled_with_the_agents_words(
    whatsapp: WhatsAppDouble, official: Desk
) -> None:
    whatsapp.template("order_ready", "Здравствуйте, {{1}}! Заказ {{2}} готов.")
    official.writes_first("+7 (916) 123-45-67", "Здравствуйте, Анна! Заказ № 7 готов.", "order_ready")
    (said,) = whatsapp.wait_for_sent(1)
    assert (said.type, said.template, said.chat) == ("template", "order_ready", CUSTOMER)
    assert said.text == "Здравствуйте, Анна! Заказ № 7 готов."
    assert official.hears("dialog.message_delivered")


def test_without_a_template_nobody_is_written_to_first(official: Desk) -> None:
    with pytest.raises(Conflict) as refusal:
        official.writes_first(CUSTOMER, "Hello", None)
    assert refusal.value.code == "template_required"


@pytest.mark.parametrize(("status", "text"), [("APPROVED", "Buy now!"), ("REJECTED", "Ready.")])
def test_a_template_that_is_not_approved_or_not_what_was_written_fails(
    whatsapp: WhatsAppDouble, official: Desk, status: str, text: str
) -> None:
    whatsapp.template("order_ready", "Ready.", status=status)
    official.writes_first(CUSTOMER, text, "order_ready")
    assert [one.code for one in official.hears("dialog.message_failed")] == ["template_refused"]
    assert whatsapp.sent == []


def test_who_hides_his_number_is_answered_by_the_id_that_stands_for_it(
    whatsapp: WhatsAppDouble, official: Desk
) -> None:
    whatsapp.customer(CUSTOMER).hidden = True
    whatsapp.customer_says(CUSTOMER, "Есть хлеб?")
    assert whatsapp.settle()
    official.answers("Да")
    (said,) = whatsapp.wait_for_sent(1)
    assert said.chat == f"RU.{CUSTOMER}"
    assert official.hears("dialog.message_delivered")


@pytest.mark.requirement("C19")
def test_a_day_after_the_customers_last_word_free_text_is_not_even_sent(
    whatsapp: WhatsAppDouble, official: Desk
) -> None:
    whatsapp.customer_says(CUSTOMER, "Есть хлеб?")
    assert whatsapp.settle()
    official.clock.by = DAY
    official.answers("Поздно")
    assert [one.code for one in official.hears("dialog.message_failed")] == ["window_closed"]
    assert whatsapp.sent == []


@pytest.mark.requirement("C19")
def test_a_day_later_an_approved_template_still_goes_out_in_the_open_dialog(
    whatsapp: WhatsAppDouble, official: Desk
) -> None:
    whatsapp.template("still_there", "{{1}}, вы ещё с нами?")
    whatsapp.customer_says(CUSTOMER, "Есть хлеб?")
    assert whatsapp.settle()
    official.clock.by = DAY
    whatsapp.customer_is_quiet(CUSTOMER, 90_000)
    said = "Анна, вы ещё с нами?"
    facts = {"dialog": official.dialogs()[-1], "client_key": "k", "author": ANNA, "body": said}
    official.shop.store.do(SendMessage(template="still_there", **facts))  # type: ignore[arg-type]
    (sent,) = whatsapp.wait_for_sent(1)
    assert (sent.type, sent.text) == ("template", said)
    assert official.hears("dialog.message_delivered")


@pytest.mark.requirement("C19")
def test_where_metas_clock_says_that_it_is_too_late_the_status_says_so(
    whatsapp: WhatsAppDouble, official: Desk
) -> None:
    whatsapp.customer_says(CUSTOMER, "Есть хлеб?")
    assert whatsapp.settle()
    whatsapp.customer_is_quiet(CUSTOMER, 90_000)
    official.answers("Да")
    assert [one.code for one in official.hears("dialog.message_failed")] == ["window_closed"]


def test_messenger_echoes_what_we_sent_and_it_is_no_customers_message(facebook: FacebookDouble, page: Desk) -> None:
    facebook.customer_says(PSID, "Bread?")
    assert facebook.settle()
    message = page.answers("Yes")
    (said,) = facebook.wait_for_sent(1)
    assert (said.text, said.messaging_type, said.metadata) == ("Yes", "RESPONSE", message)
    assert [one.message for one in page.hears("dialog.message_delivered")] == [message]
    assert facebook.settle() and len(page.shop.events("dialog.message_received")) == 1


def test_a_day_later_an_agent_answers_under_the_tag_for_people(facebook: FacebookDouble, page: Desk) -> None:
    facebook.customer_says(PSID, "Bread?")
    assert facebook.settle()
    facebook.customer_is_quiet(PSID, 2 * 86_400)
    page.clock.by = 2 * DAY
    page.answers("Yes")
    (said,) = facebook.wait_for_sent(1)
    assert (said.messaging_type, said.tag) == ("MESSAGE_TAG", "HUMAN_AGENT")


def test_a_week_later_nobody_may(facebook: FacebookDouble, page: Desk) -> None:
    facebook.customer_says(PSID, "Bread?")
    assert facebook.settle()
    page.clock.by = 7 * DAY
    page.answers("Yes")
    assert [one.code for one in page.hears("dialog.message_failed")] == ["window_closed"]
    assert facebook.sent == []


def test_a_customer_is_one_by_his_number_and_by_the_id_that_hides_it(whatsapp: WhatsAppDouble, official: Desk) -> None:
    whatsapp.customer_says(CUSTOMER, "Есть хлеб?")
    whatsapp.customer(CUSTOMER).hidden = True
    assert whatsapp.settle()
    whatsapp.customer_says(CUSTOMER, "Это снова я")
    assert whatsapp.settle()
    assert len(official.dialogs()) == 1 and len(official.shop.events("dialog.message_received")) == 2
    assert len(official.shop.events("customer.created")) == len(official.shop.events("customer.identity_added")) == 1
    official.answers("Да")
    assert official.hears("dialog.message_delivered")


def test_who_has_a_new_number_stays_himself_and_is_answered_there(whatsapp: WhatsAppDouble, official: Desk) -> None:
    whatsapp.customer_says(CUSTOMER, "Есть хлеб?")
    whatsapp.happens(CUSTOMER, moved("79990000000"))
    assert whatsapp.settle()
    official.answers("Да")
    (said,) = whatsapp.wait_for_sent(1)
    assert said.chat == "79990000000"
    whatsapp.customer_says("79990000000", "Спасибо")
    assert whatsapp.settle()
    assert len(official.dialogs()) == len(official.shop.events("customer.created")) == 1


def test_a_new_number_of_nobody_changes_nothing(whatsapp: WhatsAppDouble, official: Desk) -> None:
    whatsapp.happens(CUSTOMER, moved("79990000000"))
    assert whatsapp.settle()
    assert official.shop.events("customer.created") == []


def moved(to: str) -> dict[str, Any]:
    told = {"type": "user_changed_number", "wa_id": to, "body": f"User changed from {CUSTOMER} to {to}"}
    return {"from": CUSTOMER, "id": "wamid.moved", "timestamp": "1700000000", "type": "system", "system": told}


def test_an_answer_that_was_lost_is_settled_by_the_status_that_names_our_message(
    whatsapp: WhatsAppDouble, official: Desk
) -> None:
    whatsapp.customer_says(CUSTOMER, "Есть хлеб?")
    assert whatsapp.settle()
    whatsapp.receipts = False
    whatsapp.fails(hang_up())
    message = official.answers("Да")
    assert [one.message for one in official.hears("dialog.send_unknown")] == [message]
    (said,) = whatsapp.wait_for_sent(1)
    whatsapp.tells(said, "delivered")
    assert [one.message for one in official.hears("dialog.message_delivered")] == [message]
    assert len(whatsapp.sent) == 1


@pytest.mark.requirement("B10")
def test_a_token_that_is_refused_twice_degrades_the_number(whatsapp: WhatsAppDouble, official: Desk) -> None:
    whatsapp.revokes()
    for customer in (CUSTOMER, "79990000000"):
        whatsapp.customer_says(customer, "Есть хлеб?")
        assert whatsapp.settle()
        official.answers(f"Да, {customer}")
    assert [one.cause for one in official.hears("channel.degraded")] == ["authorisation"]
    assert official.shop.state().causes == {"authorisation"}


def test_a_kind_without_templates_says_so(facebook: FacebookDouble, page: Desk) -> None:
    facebook.customer_says(PSID, "Bread?")
    assert facebook.settle()
    facts = {"dialog": page.dialogs()[-1], "client_key": "k", "author": ANNA, "body": "Yes"}
    with pytest.raises(Conflict) as refusal:
        page.shop.store.do(SendMessage(template="any", **facts))  # type: ignore[arg-type]
    assert refusal.value.code == "no_templates"


def test_what_messengers_customer_has_read_is_read(facebook: FacebookDouble, page: Desk) -> None:
    facebook.customer_says(PSID, "Bread?")
    assert facebook.settle()
    message = page.answers("Yes")
    facebook.wait_for_sent(1)
    assert page.hears("dialog.message_delivered")
    facebook.customer_reads(PSID)
    assert [one.message for one in page.hears("dialog.message_read")] == [message]


def test_what_a_person_writes_in_metas_inbox_joins_the_dialog(facebook: FacebookDouble, page: Desk) -> None:
    facebook.customer_says(PSID, "Bread?")
    assert facebook.settle()
    facebook.admin_writes(PSID, "From the inbox")
    assert facebook.settle()
    (said,) = page.hears("dialog.message_sent")
    assert said.author == OUTSIDE
    assert facebook.sent == []


@pytest.mark.requirement("E09")
@pytest.mark.parametrize("text", ["\u202eобратно", "👩‍👩‍👧‍👦", "a\x00b"])
def test_what_a_customer_writes_is_what_is_kept(whatsapp: WhatsAppDouble, official: Desk, text: str) -> None:
    whatsapp.customer_says(CUSTOMER, text)
    assert whatsapp.settle()
    received = official.shop.events("dialog.message_received")[-1]
    key = official.shop.events("customer.created")[0].subject_key_id
    opened = official.shop.store.vault.open(TENANT, key, "dialog.message_received.body", received.body)
    assert opened == text
