"""What the models of providers' bodies share. Unknown fields are let through; what we must have is required."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidatorFunctionWrapHandler,
    WrapValidator,
)

Id = Annotated[int, Field(strict=True, ge=-(2**63), lt=2**63)]
Moment = Annotated[int, Field(strict=True, ge=0, le=253_402_300_799)]
"""Seconds since 1970, up to the end of the year 9999."""
Millis = Annotated[int, Field(strict=True, ge=0, le=253_402_300_799_999)]


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Key = Annotated[str, BeforeValidator(_as_text), Field(min_length=1)]
"""An id: text, which some providers send as a number."""


def _or_none(value: Any, read: ValidatorFunctionWrapHandler) -> Any:
    try:
        return read(value)
    except ValidationError:
        return None


T = TypeVar("T")
Perhaps = Annotated[T | None, WrapValidator(_or_none)]
"""A fact beside the message: of another form than we know it is none, and the words that it stands beside are kept."""


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


def what_is_wrong(error: ValidationError, what: str) -> str:
    """Where it is wrong and how, without the value: a reason may be shown and logged."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{what}: {'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}."
