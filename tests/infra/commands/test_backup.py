"""A backup, restored, is the same log, and its conversations can be read; a folder in use is never written over."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from infra.commands.session import Session, open_session
from infra.settings import Settings
from tests.infra.commands.terminal import Terminal, answers_at, process
from tests.loop import eventually

PNG = b"\x89PNG\r\n\x1a\n" + b"cake" * 1000
WORDS = "Где мой заказ?"


def test_backup_and_restore(here: Terminal, data: Path, tmp_path: Path) -> None:
    at, file = ("--data", str(data)), tmp_path / "parley.backup"
    with process("up", "--port", "0", *at) as up:
        answers_at(data, up)
        with open_session(Settings(data=data, database_url=None)) as session:
            dialog = ask(session, WORDS)
        cake = tmp_path / "cake.png"
        cake.write_bytes(PNG)
        assert here("dialogs", "reply", dialog, "--file", str(cake), "--as", "olga", *at).code == 0
        late = ("dialog.routing_decided", "dialog.message_failed")  # the shop has no token: nothing comes after these
        assert eventually(lambda: all(kind in here("tail", *at, "-o", "jsonl").out for kind in late))
        taken = here("backup", str(file), *at, "-o", "json")
        assert taken.code == 0, taken.err
        events = here("tail", "--from", "start", "-o", "jsonl", *at).lines
        again = here("backup", str(file), *at)
        assert (again.code, "(file_exists)" in again.err) == (6, True)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    restored = tmp_path / "restored"
    back = here("restore", str(file), "--data", str(restored), "-o", "json")
    assert back.code == 0, back.err
    assert back.json["head"] == taken.json["head"] == len(events)
    assert back.json["epoch"] != taken.json["epoch"] == back.json["epoch_before"]
    with process("up", "--port", "0", "--data", str(restored)) as up:
        answers_at(restored, up)
        assert here("tail", "--from", "start", "-o", "jsonl", "--data", str(restored)).lines == events
        shown = here("dialogs", "show", dialog, "--data", str(restored)).out
        assert WORDS in shown
        (ident,) = re.findall("cake.png ([0-9a-f]{32}) kept", " ".join(shown.split()))
        saved = here("dialogs", "attachment", ident, "--to", str(tmp_path / "saved"), "--data", str(restored))
        assert saved.code == 0 and (tmp_path / "saved").read_bytes() == PNG
    assert len([path for path in (restored / "blobs").rglob("*") if path.is_file()]) == 1
    assert not list(tmp_path.glob(".parley-backup*"))


def test_what_cannot_be_restored_leaves_nothing(here: Terminal, data: Path, tmp_path: Path) -> None:
    garbage, full = tmp_path / "garbage", tmp_path / "full"
    garbage.write_bytes(b"not a backup")
    refused = here("restore", str(garbage), "--data", str(data))
    assert (refused.code, refused.out) == (2, "")
    assert "(not_a_backup)" in refused.err
    assert not data.exists()
    full.mkdir()
    (full / "mine").write_text("mine")
    held = here("restore", str(garbage), "--data", str(full))
    assert (held.code, "(data_not_empty)" in held.err) == (6, True)
    assert [entry.name for entry in full.iterdir()] == ["mine"]
    nothing = here("backup", str(tmp_path / "b"), "--data", str(data))
    assert (nothing.code, "(no_data)" in nothing.err) == (5, True)


def ask(session: Session, words: str) -> str:
    """A customer's message to a fresh channel; the id of its dialog."""
    from adapters.channels import Inbound
    from adapters.intake import receive
    from domain.desk import administration as admin
    from domain.desk import channels, connecting

    session.ask(admin.SetGroup(group="support", name="Support"))
    session.ask(channels.CreateChannel(channel="shop", kind="telegram"))
    session.ask(connecting.VerifyChannel(channel="shop", bot_name="Shop", external_id="42"))
    changes = {"receiver": {"kind": "group", "id": "support"}, "auto_close": {"value": 1, "unit": "days"}}
    session.ask(channels.SaveChannel(channel="shop", changes=changes, account_key="k"))
    thing = Inbound(kind="message", external_message_id="1", external_chat_id="9", sender_id="9", text=words)
    engine = session.engine
    outcome = receive(engine.executor, engine.vault, session.tenant, "shop", "telegram", [thing])[0]
    assert outcome.dialog is not None
    return outcome.dialog
