"""Health, and a database that goes away: 503 with a code while it is gone, everything again when it is back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import psycopg
import pytest
from fastapi.testclient import TestClient
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tests.adapters.http.door import Office, client_of, office
from tests.postgres import cluster


@contextmanager
def database_away(shop: Office) -> Iterator[None]:
    """Nobody may connect to this one database, and whoever was connected no longer is."""
    name = str(conninfo_to_dict(shop.store.dsn)["dbname"])
    with psycopg.connect(cluster().dsn(dbname="postgres"), autocommit=True) as owner:
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        owner.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        owner.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            owner.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def test_alive_ready_started(http: TestClient, shop: Office) -> None:
    assert http.get("/livez").json() == {"status": "alive"}
    assert http.get("/readyz").json() == {"status": "ready", "schema": shop.app.state.parts.schema}
    assert http.get("/startupz").status_code == 200


def test_another_schema_or_a_stop_makes_it_unready(shop: Office, http: TestClient) -> None:
    parts = shop.app.state.parts
    object.__setattr__(parts, "schema", parts.schema + 1)
    behind = http.get("/readyz")
    object.__setattr__(parts, "schema", parts.schema - 1)
    assert (behind.status_code, behind.json()["error"]["code"]) == (503, "not_ready")
    shop.app.state.draining = True
    assert http.get("/readyz").status_code == 503
    assert http.get("/livez").status_code == 200
    shop.app.state.draining = False
    assert http.get("/readyz").status_code == 200


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_store_that_is_away_is_said_to_be_away_and_comes_back() -> None:
    with office() as shop, client_of(shop) as http:
        shop.open_shop()
        dialog = shop.hears("Hello")
        shop.settle()
        assert http.get("/v1/dialogs", headers=shop.as_("vera")).status_code == 200
        with database_away(shop):
            started = time.monotonic()
            unready = http.get("/readyz")
            assert (unready.status_code, time.monotonic() - started < 4) == (503, True)
            assert http.get("/livez").status_code == 200
            note = {"body": "x"}
            path, headers = f"/v1/dialogs/{dialog}/notes", shop.as_("vera", idempotency_key="once")
            for response in (
                http.post(path, headers=headers, json=note),
                http.get(f"/v1/dialogs/{dialog}", headers=shop.as_("vera")),
                http.post("/hooks/telegram/shop/whose-door-is-not-known-by-heart", json={}),
            ):
                assert response.status_code == 503
                assert response.json()["error"]["code"] == "store_unavailable"
                assert response.headers["retry-after"] == "1"
        done = _until_it_works(lambda: http.post(path, headers=headers, json=note))
        messages = f"/v1/dialogs/{dialog}/messages?wait_for={done['position']}"
        read = _until_it_works(lambda: http.get(messages, headers=shop.as_("vera")))
        assert [one["body"] for one in read["messages"] if one["what"] == "note"] == ["x"]


def _until_it_works(ask: Callable[[], httpx2.Response]) -> dict[str, Any]:
    end = time.monotonic() + 60
    while (response := ask()).status_code == 503:
        assert time.monotonic() < end, "the store is back, the door is not"
        time.sleep(0.2)
    assert response.status_code == 200
    return dict(response.json())
