"""The demo: the same seed tells the same story, customers write by the public door, and agents answer them."""

from __future__ import annotations

import json
import re
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit

from adapters.demo.plan import BEGINS_AT, HOUR, arrivals, busy
from adapters.demo.scripts import scripts
from domain.kinds import KINDS
from infra.commands.demo import own_folder
from infra.settings import STAND_INS, Settings
from tests.infra.commands.terminal import Terminal, answers_at, parley, process


def test_messages_arrive_and_are_answered(here: Terminal, data: Path) -> None:
    at = ("--data", str(data))
    with process("demo", "--port", "0", "--speed", "60x", "--for", "10", *at) as demo:
        answers_at(data, demo)
        _, err = demo.communicate(timeout=60)
    assert demo.returncode == 0, err
    assert f" tail -f --data {data}" in err
    with process("up", "--port", "0", *at) as up:
        answers_at(data, up)
        kinds = [one["type"] for one in here("tail", "--from", "start", "-o", "jsonl", *at).lines]
        texts = here("tail", "--from", "start", "--type", "dialog.message_received", *at).out
        channels = here("channels", "list", "-o", "json", *at).json
    assert kinds.count("dialog.message_received") >= 20
    for kind in ("dialog.assigned", "dialog.message_sent", "dialog.message_delivered", "dialog.closed"):
        assert kinds.count(kind) >= 3, kind
    connected = {one["kind"] for one in channels if one["phase"] in ("connected", "degraded")}
    assert connected == set(KINDS)
    assert not any(one["settings"]["base_url"] for one in channels)
    stand_ins = json.loads((data / STAND_INS).read_text())
    assert all(urlsplit(url).hostname == "127.0.0.1" for url in stand_ins.values())
    assert Settings(data=data).with_stand_ins().provider_urls == stand_ins
    assert any("а" <= letter <= "я" for letter in texts)


def test_nothing_is_left_where_nothing_is_to_be_kept(data: Path) -> None:
    done = parley("demo", "--port", "0", "--speed", "100", "--for", "1", "--no-keep", "--data", str(data))
    assert done.code == 0, done.err
    assert not data.exists()
    data.mkdir()
    (data / "mine").write_text("mine")
    refused = parley("demo", "--port", "0", "--for", "1", "--no-keep", "--data", str(data))
    assert (refused.code, "(data_not_empty)" in refused.err) == (6, True)
    assert (data / "mine").exists()


def test_the_same_seed_tells_the_same_story() -> None:
    first, second = list(islice(arrivals(7), 300)), list(islice(arrivals(7), 300))
    assert first == second
    assert list(islice(arrivals(8), 300)) != first


def test_people_come_back_and_speak_two_languages() -> None:
    crowd = list(islice(arrivals(7), 500))
    assert {one.language for one in crowd} == {"ru", "en"}
    assert len({one.chat for one in crowd}) < len(crowd)
    assert all("{" not in line.text for one in crowd for line in one.lines)
    assert [one.offset for one in crowd] == sorted(one.offset for one in crowd)


def test_nights_are_quiet() -> None:
    assert busy((11 - BEGINS_AT) * HOUR) == 1.0
    assert busy((24 + 3 - BEGINS_AT) * HOUR) <= 0.02


def test_there_is_something_to_say() -> None:
    both = [*scripts("ru"), *scripts("en")]
    assert len(both) >= 20
    assert all(script.lines[0].by == "customer" and len(script.lines) >= 2 for script in both)
    assert len({script.name for script in both}) == len(both)


def test_a_clone_has_a_folder_of_its_own() -> None:
    assert re.fullmatch(r"parley-demo-[0-9a-f]{8}", own_folder().name)
