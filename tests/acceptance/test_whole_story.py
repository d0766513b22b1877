"""One customer's story from the outside: `parley up`, the page's API, the terminal, and Telegram at the other end."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from adapters.doubles.telegram import TelegramDouble
from tests.acceptance.kill.supervised import STOP_SECONDS, Watcher, surroundings
from tests.acceptance.premises import eventually
from tests.acceptance.shop import Api, open_shop
from tests.broker import kafka_address, topic_prefix

PARLEY = str(Path(sys.executable).with_name("parley"))
IVAN = 101
STORY = [
    "dialog.opened",
    "dialog.message_received",
    "dialog.queued",
    "dialog.routing_decided",
    "dialog.offers_made",
    "dialog.offer_accepted",
    "dialog.assigned",
    "dialog.message_sent",
    "dialog.message_delivered",
    "dialog.reaction_changed",
    "dialog.closed",
]
__all__ = ["kafka_address"]


@contextmanager
def up(data: Path, environment: Mapping[str, str], *options: str) -> Iterator[str]:
    """`parley up` until the end of the block; its address. It has to stop in order."""
    watcher = Watcher()
    with (data.with_suffix(".log")).open("ab") as log:
        process = subprocess.Popen(
            [PARLEY, "up", "--data", str(data), "--port", "0", *options], env=environment, stdout=log, stderr=log
        )
    watcher.tell(process.pid)
    try:
        yield str(eventually(lambda: _address(data, process), within=90))
        process.send_signal(signal.SIGTERM)
        assert process.wait(STOP_SECONDS) == 0, data.with_suffix(".log").read_text()
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(STOP_SECONDS)
        watcher.tell(-process.pid)
        watcher.stop()


def _address(data: Path, process: subprocess.Popen[bytes]) -> str | None:
    """Where it answers, as soon as it does."""
    assert process.poll() is None, data.with_suffix(".log").read_text()
    try:
        url = json.loads((data / "parley.json").read_text()).get("url")
        return url if url and httpx2.get(f"{url}/readyz", trust_env=False).is_success else None
    except (OSError, ValueError, httpx2.HTTPError):
        return None


def parley(data: Path, *words: str) -> str:
    """What a command at the terminal prints."""
    command = [PARLEY, *words, "--data", str(data)]
    answer = subprocess.run(command, env=surroundings(), capture_output=True, text=True, timeout=90, check=False)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout.strip()


@pytest.mark.requirement("E01", "E02", "F02", "J01", "J07")
@pytest.mark.timeout(300)
def test_a_customers_story(tmp_path: Path) -> None:
    _story(tmp_path / "data", {})


@pytest.mark.kafka
@pytest.mark.requirement("E01", "E02", "F02", "J01", "J07")
@pytest.mark.timeout(300)
def test_the_same_story_through_kafka(tmp_path: Path, kafka_address: str) -> None:
    kafka = {"kafka": kafka_address, "kafka_topic_prefix": topic_prefix(), "kafka_partitions": "3"}
    _story(tmp_path / "data", kafka, "--kafka")


def _story(data: Path, settings: Mapping[str, str], *options: str) -> None:
    with TelegramDouble(speed=20) as telegram:
        environment = surroundings(provider_urls=json.dumps({"telegram": telegram.url}), **settings)
        with up(data, environment, *options) as url:
            root = Api(url, (data / "admin.token").read_text().strip())
            open_shop(root, agents={"anna": 3})
            anna = Api(url, parley(data, "tokens", "make", "--role", "agent", "--actor", "anna"))
            first = _bread(telegram, anna)
            second = _again(telegram, anna, first)
            _books(root, anna, first, second)
            for api in (root, anna):
                api.close()
        with up(data, environment, *options) as url:
            _after_a_night(url, data, first, second)


def _bread(telegram: TelegramDouble, anna: Api) -> str:
    """He asks, is offered to Anna, is answered, likes it, and is done with."""
    telegram.customer_says(IVAN, "Is there bread?", name="Ivan Petrov", copies=2)
    assert telegram.settle(60)
    (row,) = eventually(lambda: anna.get("/v1/dialogs", list="offered")["dialogs"])
    assert (row["customer_name"], row["last_text"], row["phase"]) == ("Ivan Petrov", "Is there bread?", "offered")
    dialog = str(row["dialog"])
    anna.post(f"/v1/dialogs/{dialog}/accept", {"offer": next(iter(row["offers"]))})
    told = anna.post(f"/v1/dialogs/{dialog}/messages", {"body": "Fresh, at nine."})
    (said,) = telegram.wait_for_sent(1, 60)
    assert (said.chat, said.text) == (str(IVAN), "Fresh, at nine.")
    assert eventually(lambda: _entry(anna, dialog, "Fresh, at nine.")["status"] == "delivered")
    telegram.customer_reacts(IVAN, said.message_id, "👍")
    assert eventually(lambda: _entry(anna, dialog, "Fresh, at nine.")["reaction"] == "👍")
    told = anna.post(f"/v1/dialogs/{dialog}/close")
    closed = eventually(lambda: _closed(anna, dialog, told["position"]))
    assert (closed["closed_cause"], closed["assignee"], closed["messages"]) == ("agent", None, 2)
    return dialog


def _again(telegram: TelegramDouble, anna: Api, first: str) -> str:
    """His next message opens a dialog of its own, which knows the one before."""
    telegram.customer_says(IVAN, "And milk?", name="Ivan Petrov")
    assert telegram.settle(60)
    (row,) = eventually(lambda: anna.get("/v1/dialogs", list="offered")["dialogs"])
    assert (row["previous_dialog"], row["session"], row["last_text"]) == (first, 2, "And milk?")
    return str(row["dialog"])


def _books(root: Api, anna: Api, first: str, second: str) -> None:
    """Nothing is lost or counted twice, and the log tells the story in its order."""
    (counts,) = root.get("/v1/intake")["channels"]
    assert (counts["routed"], counts["duplicate"], counts["quarantined"]) == (3, 1, 0)
    events = anna.get(f"/v1/dialogs/{first}/events")["events"]
    assert [one["type"] for one in events] == STORY
    assert [one["version"] for one in events] == list(range(1, len(STORY) + 1))
    assert [one["dialog"] for one in anna.get("/v1/dialogs", sort="started")["dialogs"]] == [second]


def _after_a_night(url: str, data: Path, first: str, second: str) -> None:
    """Stopped and started again: everything is where it was, also for the terminal."""
    root = Api(url, (data / "admin.token").read_text().strip())
    told = [root.get(f"/v1/dialogs/{dialog}")["dialog"]["phase"] for dialog in (first, second)]
    assert told == ["closed", "offered"]
    assert [one["body"] for one in root.get(f"/v1/dialogs/{first}/messages")["messages"] if one["body"]] == [
        "Is there bread?",
        "Fresh, at nine.",
    ]
    assert second in parley(data, "dialogs", "list", "--output", "json")
    root.close()


def _entry(api: Api, dialog: str, body: str) -> dict[str, Any]:
    entries = api.get(f"/v1/dialogs/{dialog}/messages")["messages"]
    return next((one for one in entries if one["body"] == body), {"status": None, "reaction": None})


def _closed(api: Api, dialog: str, position: int) -> dict[str, Any] | None:
    """The dialog as the list shows it, once it is closed there."""
    answer = api.client.get(f"/v1/dialogs/{dialog}", params={"wait_for": position})
    row: dict[str, Any] = answer.json().get("dialog", {})
    return row if row.get("phase") == "closed" else None
