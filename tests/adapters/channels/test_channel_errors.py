"""The table of errors: two languages, one decision each."""

from __future__ import annotations

import re

import pytest

from adapters.channels import SEND_ERRORS, SendError
from adapters.channels.outcomes import SendResult, again, answer_lost, failed

every_error = pytest.mark.parametrize("error", SEND_ERRORS.values(), ids=list(SEND_ERRORS))


@every_error
def test_an_error_speaks_both_languages(error: SendError) -> None:
    assert re.fullmatch(r"[A-Z][^А-я]*\.", error.en)
    assert re.fullmatch(r"[А-Я][^A-z]*", error.ru)


@every_error
def test_a_code_is_a_name(error: SendError) -> None:
    assert re.fullmatch(r"[a-z_]+", error.code)


@pytest.mark.requirement("D02")
def test_the_words_for_a_wrong_token_are_the_products() -> None:
    assert SEND_ERRORS["bot_not_found"].ru == "Бот не найден"


def test_a_lost_answer_is_never_retried() -> None:
    assert answer_lost().error is not None and not SEND_ERRORS["answer_lost"].retryable


def test_a_result_shows_itself_with_its_sentence() -> None:
    assert again("rate_limited", 3).to_json() == {
        "outcome": "retry",
        "reason": "rate_limited",
        "retry_after": 3,
        "error": {
            "code": "rate_limited",
            "retryable": True,
            "sentence": "The provider asks us to send more slowly.",
        },
    }
    assert SendResult(outcome="sent").to_json() == {"outcome": "sent"}


def test_a_code_outside_the_table_is_noticed() -> None:
    with pytest.raises(KeyError):
        _ = failed("no_such_code").error
