"""What a bot may answer, in the body of its reply or later by itself. Fields that are not named here are let pass.

An empty body is a promise: it has heard, and answers later. A promise does not stop the clock.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from domain.desk.bots import AnswerAsBot

MOST_MESSAGES = 50
_NUL = "\0"


def _writable(value: Any) -> Any:
    """JSON can hold what no text of PostgreSQL can: NULs and halves of characters."""
    if isinstance(value, str) and (_NUL in value or any("\ud800" <= one <= "\udfff" for one in value)):
        raise ValueError("a text holds a NUL or half a character")
    return value


Text = Annotated[str, BeforeValidator(_writable)]


class Said(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    text: Text = Field(min_length=1, max_length=65_536)


class Why(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    reason: Text = Field("", max_length=4_000, description="what the people who get the dialog should know: a note")


class BotAnswer(BaseModel):
    """All or nothing, in this order: the messages, then `hand_off` or else `close`."""

    model_config = ConfigDict(extra="ignore", strict=True)

    messages: list[Said] = Field(default_factory=list, max_length=MOST_MESSAGES)
    hand_off: bool | Why = Field(False, description="true, or why: people get the dialog")
    close: bool = Field(False, description="only where the channel's bot_may_close is set")

    def command(self, dialog: str, bot: str, key: str, *, answers: int | None = None) -> AnswerAsBot:
        return AnswerAsBot(
            dialog=dialog,
            bot=bot,
            key=key,
            messages=tuple(one.text for one in self.messages),
            hand_off=self.hand_off is not False,
            note=self.hand_off.reason if isinstance(self.hand_off, Why) else "",
            close=self.close,
            answers=answers,
        )


def parsed(status: int, body: bytes) -> BotAnswer | None:
    """None: this is no answer, and the call has failed."""
    if not 200 <= status < 300:
        return None
    if not body.strip():
        return BotAnswer()
    try:
        return BotAnswer.model_validate_json(body)
    except ValidationError:
        return None
