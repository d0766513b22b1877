"""What became of a call to a provider: sent, to be sent again, never, or nobody knows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from adapters.channels.errors import SEND_ERRORS, SendError
from adapters.channels.http_client import Answer, Failure

SendOutcome = Literal[
    "sent",
    "accepted",
    "retry",
    "permanent_failure",
    "chat_migrated",
    "bad_credentials",
    "operator_action",
    "token",
    "unknown",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SendResult:
    """`code` = a row of `SEND_ERRORS`, None where nothing went wrong. `retry_after` in seconds."""

    outcome: SendOutcome
    code: str | None = None
    retry_after: float | None = None
    external_message_id: str | None = None
    account_id: str | None = None
    account_name: str | None = None
    new_chat_id: str | None = None

    @property
    def error(self) -> SendError | None:
        return SEND_ERRORS[self.code] if self.code else None

    def to_json(self, language: Literal["en", "ru"] = "en") -> dict[str, Any]:
        """As `parley channels parse --response` prints it; absent facts stay out."""
        facts = {
            "outcome": self.outcome,
            "reason": self.code,
            "retry_after": self.retry_after,
            "external_message_id": self.external_message_id,
            "account_id": self.account_id,
            "account_name": self.account_name,
            "new_chat_id": self.new_chat_id,
            "error": _error(self.error, language),
        }
        return {name: value for name, value in facts.items() if value is not None}


def sent(external_message_id: str | None = None) -> SendResult:
    return SendResult(outcome="sent", external_message_id=external_message_id)


def failed(code: str) -> SendResult:
    return SendResult(outcome="permanent_failure", code=code)


def bad_credentials(code: str = "bad_credentials") -> SendResult:
    return SendResult(outcome="bad_credentials", code=code)


def again(code: str = "provider_unavailable", retry_after: float | None = None) -> SendResult:
    """The provider certainly does not have it: it may be sent again."""
    return SendResult(outcome="retry", code=code, retry_after=retry_after)


def answer_lost() -> SendResult:
    """The provider may have it or not: it must not be sent again blindly."""
    return SendResult(outcome="unknown", code="answer_lost")


def after(answer: Answer | Failure, meaning: Callable[[int, bytes], SendResult]) -> SendResult:
    """What became of a call that must not be repeated blindly."""
    match answer:
        case "not_sent":
            return again()
        case "answer_lost":
            return answer_lost()
        case Answer(status=status, body=body, headers=headers):
            return waiting(meaning(status, body), headers.get("retry-after"))


def waiting(result: SendResult, retry_after: str | None) -> SendResult:
    """With the wait of a `Retry-After` header (whole seconds), where the body named none."""
    seconds = (retry_after or "").strip()
    if result.outcome != "retry" or result.retry_after is not None or not (seconds.isascii() and seconds.isdigit()):
        return result
    return replace(result, retry_after=float(seconds[:6]))


def _error(error: SendError | None, language: Literal["en", "ru"]) -> dict[str, Any] | None:
    if error is None:
        return None
    return {"code": error.code, "retryable": error.retryable, "sentence": getattr(error, language)}
