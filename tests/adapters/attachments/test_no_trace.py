"""Canary: a word in the name and in the content of files, in and out. It is nowhere but where it may be read."""

from __future__ import annotations

import base64
import logging
from urllib.parse import quote

import pytest

from adapters.doubles.telegram import TOKEN, broken, hang_up
from tests.adapters.attachments.parcels import Parcels, parcels
from tests.adapters.attachments.test_sending_files import Post

CANARY = "Канарейка-9c41e"
CONTENT = f"the word is {CANARY}".encode() * 50


def needles(word: str) -> list[str]:
    raw = word.encode()
    return [word, raw.hex(), base64.b64encode(raw).decode()[:-4], quote(word), ascii(word)[1:-1]]


def dump(desk: Parcels) -> str:
    """Every row of every table, as text; bytes are in hexadecimal digits there."""
    rows = desk.shop.store.rows
    tables = rows("SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('parley', 'view')")
    told = [str(rows(f'SELECT t::text, encode(t::text::bytea, \'escape\') FROM "{schema}"."{table}" AS t'))
            for schema, table in tables]  # fmt: skip
    data = str(rows("SELECT convert_from(data, 'UTF8') FROM parley.event"))
    return "".join(told) + data


@pytest.mark.requirement("N01", "E13")
def test_no_name_and_no_content_of_a_file_is_in_the_database_the_folder_or_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with parcels() as desk:
        post = Post(desk)
        post.telegram.fails(broken(), method="getFile")
        post.telegram.fails(hang_up(), method="file")
        post.telegram.customer_sends_document(100, CONTENT, file_name=f"{CANARY}.txt")
        for _ in range(4):
            desk.fetch()
            desk.later(30)
        post.telegram.fails(broken(), method="sendDocument")
        post.sends("", post.upload(CONTENT, f"{CANARY}.txt"))
        post.deliver()
        desk.later(30)
        post.deliver()
        assert b"".join(desk.shelf.read(desk.files()[0])) == CONTENT
        assert [said.file.content for said in post.telegram.sent if said.file] == [CONTENT]
        kept, on_disk = dump(desk), [path.read_bytes() for path in desk.on_disk()]
        paths = " ".join(map(str, desk.on_disk()))
        post.close()
    assert len(on_disk) == 2
    for needle in needles(CANARY):
        assert needle not in kept and needle not in caplog.text and needle not in paths
        assert not any(needle.encode() in content for content in on_disk)
    for needle in needles(TOKEN):
        assert needle not in caplog.text and needle not in kept


def test_the_dump_would_find_it() -> None:
    """The control: a row that holds the word is seen by what looks for it."""
    with parcels() as desk:
        desk.shop.store.rows("INSERT INTO parley.dirty VALUES (0, 'p', 't', %s, 1) RETURNING 1", CANARY)
        desk.shop.store.rows(
            "INSERT INTO parley.secret (tenant, owner, name, sealed) VALUES ('acme', 'o', 'n', %s) RETURNING 1",
            CANARY.encode(),
        )
        told = dump(desk)
    assert CANARY in told and CANARY.encode().hex() in told
