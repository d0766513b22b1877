"""One shape for everything that goes wrong: `{"error": {"code", "sentence", "detail"}}`, in the reader's language.

    domain.errors.Rejected     its own status and code            malformed JSON      400 malformed_body
    no or a bad token          401 unauthenticated                unknown route       404 not_found
    not for this role          403 not_allowed                    other method        405 method_not_allowed
    database away              503 store_unavailable, Retry-After body over 1 MiB     413 too_large
    a field that is wrong      422, every problem of the body     not JSON            415 not_json

Our own fault is 500 internal_error, made by `middleware.Guard`; a stack trace goes to our log, never into an answer.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import psycopg
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from psycopg_pool import PoolClosed, PoolTimeout
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Scope

from adapters.http.language import Language, preferred
from adapters.http.sentences import sentence_for
from adapters.http.wrong_fields import problems
from domain.errors import Invalid, Rejected

log = logging.getLogger("parley.http")

RETRY_AFTER = "1"
AWAY = (psycopg.OperationalError, psycopg.InterfaceError, PoolTimeout, PoolClosed)
_OF_STATUS = {
    400: ("malformed_body", "The body is not valid JSON."),
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not take this method."),
}


class Refusal(Exception):
    """An error of the door itself, before any command: a status, a code and a sentence."""

    def __init__(self, status: int, code: str, sentence: str, **detail: Any) -> None:
        super().__init__(sentence)
        self.status = status
        self.code = code
        self.sentence = sentence
        self.detail = detail


def install(app: FastAPI) -> None:
    """All roads that an error can take end in `answer`."""
    app.add_exception_handler(Rejected, _refused)
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _wrong_fields)
    app.add_exception_handler(HTTPException, _of_framework)
    for away in AWAY:
        app.add_exception_handler(away, _store_away)


def answer(scope: Scope, refusal: Refusal | Rejected) -> JSONResponse:
    language = preferred(Headers(scope=scope).get("accept-language"))
    headers = {"content-language": language, "vary": "accept-language"}
    if refusal.status == 503:
        headers["retry-after"] = RETRY_AFTER
    if refusal.status == 401:
        headers["www-authenticate"] = 'Bearer realm="parley"'
    body = as_json(refusal.code, refusal.sentence, refusal.detail, language)
    return JSONResponse(body, refusal.status, headers)


def store_away(scope: Scope, error: Exception) -> JSONResponse:
    log.warning("store away: %s", type(error).__name__)
    return answer(scope, Refusal(503, "store_unavailable", "The database does not answer; try again."))


def as_json(code: str, sentence: str, detail: Mapping[str, Any], language: Language) -> dict[str, Any]:
    told = dict(detail)
    if "problems" in told:
        told["problems"] = [
            {**one, "sentence": sentence_for(one["code"], one["sentence"], _facts(one), language)}
            for one in told["problems"]
        ]
    facts = told | (_facts(told["problems"][0]) if told.get("problems") else {})
    return {"error": {"code": code, "sentence": sentence_for(code, sentence, facts, language), "detail": told}}


def _facts(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {**problem, **problem.get("limits", {})}


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Rejected | Refusal)
    return answer(request.scope, error)


async def _of_framework(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code, sentence = _OF_STATUS.get(error.status_code, ("refused", "The request was refused."))
    response = answer(request.scope, Refusal(error.status_code, code, sentence))
    response.headers.update(error.headers or {})
    return response


async def _wrong_fields(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    errors = error.errors()
    if isinstance(error.body, bytes):
        return answer(request.scope, Refusal(415, "not_json", "The body must be sent as application/json."))
    if any(one["type"] == "json_invalid" for one in errors):
        code, sentence = _OF_STATUS[400]
        return answer(request.scope, Refusal(400, code, sentence))
    return answer(request.scope, Invalid(problems(errors)))


async def _store_away(request: Request, error: Exception) -> JSONResponse:
    return store_away(request.scope, error)
