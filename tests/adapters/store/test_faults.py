"""What a fault of ours leaves in the log: its kind and its place, never its words."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from adapters.http.middleware import Guard
from adapters.http.routes.hooks import ROUTE
from adapters.store.executor import Executor
from adapters.store.faults import where
from adapters.store.requests import Request
from domain.errors import Unavailable
from processors import ALL_HANDLERS
from tests.store import TENANT, store


def test_kind_and_place_without_the_message() -> None:
    try:
        raise ValueError("the customer wrote: canary-77")
    except ValueError as error:
        told = where(error)
    assert told.startswith("ValueError at store/test_faults.py:")
    assert "canary" not in told


@pytest.mark.requirement("A24")
def test_the_executor_logs_no_word_of_a_command_that_failed(caplog: pytest.LogCaptureFixture) -> None:
    class Broken:
        pass

    def fail(world: Any, command: Any) -> dict[str, Any]:
        raise ValueError("the customer wrote: canary-78")

    with store() as made, caplog.at_level(logging.DEBUG):
        executor = Executor(made.database, made.vault, handlers={**ALL_HANDLERS, Broken: fail})
        with pytest.raises(Unavailable):
            executor.execute(Request(tenant=TENANT, command=Broken()))
        executor.close()
    assert "command Broken failed: ValueError" in caplog.text
    assert "canary" not in caplog.text


@pytest.mark.requirement("A24", "D05")
@pytest.mark.anyio
async def test_a_hook_that_fails_does_not_log_its_secret(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(*_: Any) -> None:
        raise ValueError("canary-79")

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": "/hooks/telegram/shop/SECRET", "query_string": b"", "headers": []}
    await Guard(fails, ROUTE)(scope, fails, send)
    assert sent[0]["status"] == 500
    assert "/hooks/telegram/shop/… failed: ValueError" in caplog.text
    assert "SECRET" not in caplog.text and "canary" not in caplog.text
