"""Checking a token and setting the webhook, against the double."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import httpx2
import pytest

from adapters.channels import Access, Account, Outbound, channel, http_client
from adapters.doubles.telegram import TOKEN, TelegramDouble, broken, slow
from adapters.vault.secrets import Secret
from domain.errors import Conflict, Unavailable

BOT = channel("telegram")


@pytest.fixture
def double() -> Iterator[TelegramDouble]:
    with TelegramDouble(name="Bakery", username="bakery_bot") as made:
        yield made


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with http_client(timeout=httpx2.Timeout(0.3)) as made:
        yield made


def with_token(client: httpx2.Client, double: TelegramDouble, token: str = TOKEN) -> Access:
    return Access(client, {"token": Secret(token)}, double.url)


@pytest.mark.requirement("D01")
def test_a_right_token_names_its_bot(client: httpx2.Client, double: TelegramDouble) -> None:
    assert BOT.check_token(with_token(client, double)) == Account("4839574812", "Bakery", "bakery_bot")


@pytest.mark.requirement("D02")
@pytest.mark.parametrize("token", ["1:wrong", "rubbish", "../../x"])
def test_a_wrong_token_is_nobodys(client: httpx2.Client, double: TelegramDouble, token: str) -> None:
    assert BOT.check_token(with_token(client, double, token)) is None


@pytest.mark.requirement("D03")
def test_a_provider_that_is_down_is_not_a_wrong_token(client: httpx2.Client, double: TelegramDouble) -> None:
    for fault in (broken(502), broken(429), slow(0.6)):
        double.fails(fault, method="getMe")
        with pytest.raises(Unavailable) as refused:
            BOT.check_token(with_token(client, double))
        assert refused.value.code == "provider_unavailable"


@pytest.mark.requirement("D03")
def test_an_address_where_nobody_is_is_not_a_wrong_token(client: httpx2.Client) -> None:
    with pytest.raises(Unavailable):
        BOT.check_token(Access(client, {"token": Secret(TOKEN)}, "http://127.0.0.1:9"))


def test_another_products_webhook_is_noticed(client: httpx2.Client, double: TelegramDouble) -> None:
    access = with_token(client, double)
    assert BOT.foreign_webhook(access, "http://127.0.0.1:1/ours") is None
    BOT.set_webhook(access, "http://localhost:1/theirs?key=1", Secret("s"))
    assert BOT.foreign_webhook(access, "http://127.0.0.1:1/ours") == "localhost"
    assert BOT.foreign_webhook(access, "http://localhost:1/theirs?key=1") is None


def test_an_address_that_telegram_does_not_take(client: httpx2.Client, double: TelegramDouble) -> None:
    with pytest.raises(Conflict) as refused:
        BOT.set_webhook(with_token(client, double), "https://example.com/x", Secret("s"))
    assert refused.value.code == "webhook_refused"


def test_disconnecting_goes_on_where_the_provider_does_not_answer(
    client: httpx2.Client, double: TelegramDouble
) -> None:
    access = with_token(client, double)
    assert BOT.delete_webhook(access) is True
    double.fails(broken(), method="deleteWebhook")
    assert BOT.delete_webhook(access) is False


@pytest.mark.requirement("A24", "D05", "S12")
def test_the_token_is_in_no_log_line_and_no_error(
    client: httpx2.Client, double: TelegramDouble, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    access = with_token(client, double)
    BOT.check_token(access)
    double.customer_says(1, "hi")
    BOT.send(access, "1", Outbound(text="Hello", key="k"))
    double.fails(broken(), method="getMe")
    with pytest.raises(Unavailable) as refused:
        BOT.check_token(access)
    assert TOKEN not in caplog.text
    assert TOKEN not in str(refused.value) + repr(refused.value) + repr(access)


def test_the_guard_can_fail(double: TelegramDouble, caplog: pytest.LogCaptureFixture) -> None:
    """An ordinary client, with its loggers as they come, does write the token down."""
    loggers = [logging.getLogger(name) for name in ("httpx2", "httpcore2")]
    levels = [logger.level for logger in loggers]
    caplog.set_level(logging.DEBUG)
    try:
        with httpx2.Client(trust_env=False) as client:
            for logger in loggers:
                logger.setLevel(logging.NOTSET)
            client.post(f"{double.url}/bot{TOKEN}/getMe")
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
    assert TOKEN in caplog.text
