"""Our arrays arrive in PostgreSQL exactly as psycopg's own lists would."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.store.arrays import Bigints, Blobs, Texts, register
from adapters.store.database import Connection
from tests.postgres import cluster


@pytest.fixture(scope="module")
def connection() -> Iterator[Connection]:
    import psycopg

    with psycopg.connect(cluster().dsn(dbname="postgres"), autocommit=True) as made:
        register(made)
        yield made


text = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
calm = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@calm
@given(items=st.lists(st.none() | text))
def test_texts(connection: Connection, items: list[Any]) -> None:
    assert arrived(connection, "text", Texts(items)) == items


@calm
@given(items=st.lists(st.none() | st.binary()))
def test_blobs(connection: Connection, items: list[Any]) -> None:
    assert arrived(connection, "bytea", Blobs(items)) == items


@calm
@given(items=st.lists(st.none() | st.integers(-(2**63), 2**63 - 1)))
def test_whole_numbers(connection: Connection, items: list[Any]) -> None:
    assert arrived(connection, "bigint", Bigints(items)) == items


def test_a_text_with_a_nul_is_refused_here_and_not_cut(connection: Connection) -> None:
    with pytest.raises(ValueError, match="NUL"):
        arrived(connection, "text", Texts(["a\0b"]))


def arrived(connection: Connection, kind: str, items: list[Any]) -> list[Any]:
    row = connection.execute(f"SELECT %b::{kind}[]", (items,), binary=True).fetchone()  # type: ignore[arg-type]
    assert row is not None
    found: list[Any] = row[0]
    return found
