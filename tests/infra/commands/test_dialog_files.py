"""Files at the terminal: sent with a reply, shown with their ids, saved."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.attachments.worker import Fetching
from adapters.blobs import FolderBlobs
from tests.infra.commands.terminal import Terminal, says
from tests.store import Store

PDF = b"%PDF-1.7 prices"


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("PARLEY_BLOBS", str(tmp_path / "blobs"))
    return tmp_path / "blobs"


@pytest.fixture
def prices(tmp_path: Path) -> Path:
    file = tmp_path / "Прайс лист.pdf"
    file.write_bytes(PDF)
    return file


def hear(shop: Store, folder: Path) -> None:
    worker = Fetching(shop.database, shop.vault, shop.executor, FolderBlobs(folder))
    worker.run_once()
    worker.stop()


def test_a_file_is_sent_shown_and_saved(
    terminal: Terminal, shop: Store, folder: Path, prices: Path, tmp_path: Path
) -> None:
    dialog = says(shop, "What does it cost?", chat=71)
    sent = terminal("dialogs", "reply", dialog, "Here", "--file", str(prices), "--as", "anna", "-o", "json")
    assert sent.code == 0, sent.err
    hear(shop, folder)
    ((ident,),) = shop.rows("SELECT id FROM parley.attachment WHERE dialog = %s", dialog)
    shown = terminal("dialogs", "show", dialog).out
    assert f"Прайс лист.pdf {ident} kept" in " ".join(shown.split())
    saved = terminal("dialogs", "attachment", ident, "--to", str(tmp_path), "-o", "json")
    assert saved.code == 6 and "file_exists" in saved.err
    saved = terminal("dialogs", "attachment", ident, "--to", str(tmp_path / "again.pdf"), "-o", "json")
    assert (saved.code, saved.json["mime"], saved.json["size"]) == (0, "application/pdf", len(PDF))
    assert (tmp_path / "again.pdf").read_bytes() == PDF
    assert PDF not in b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_file_alone_is_an_answer_and_nothing_is_none(terminal: Terminal, shop: Store, prices: Path) -> None:
    dialog = says(shop, "And now?", chat=72)
    assert terminal("dialogs", "reply", dialog, "--as", "anna").code == 2
    assert terminal("dialogs", "reply", dialog, "--file", str(prices), "--as", "anna").code == 0
    refused = terminal("dialogs", "reply", dialog, "--file", str(prices), "--file", str(prices), "--as", "anna")
    assert (refused.code, "too_many_files" in refused.err) == (6, True)


def test_what_is_not_there_cannot_be_saved(terminal: Terminal, tmp_path: Path) -> None:
    refused = terminal("dialogs", "attachment", "0" * 32, "--to", str(tmp_path / "x"))
    assert (refused.code, "attachment_unknown" in refused.err) == (5, True)
    assert not (tmp_path / "x").exists()
