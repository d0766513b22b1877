"""The log as a feed: pages, the long poll and the stream tell the same events in the same order, once each."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from adapters.http.live import KEPT
from adapters.http.routes.events import PUBLISHED
from adapters.http.tokens import Tokens
from domain.streams import AGGREGATES, EVENTS
from tests.adapters.http.door import Office, client_of, office
from tests.adapters.http.reader import Stream, served
from tests.store import TENANT


@pytest.fixture(scope="module")
def url(shop: Office) -> Iterator[str]:
    with served(shop) as address:
        yield address


@pytest.fixture(scope="module")
def http(shop: Office, url: str) -> Iterator[TestClient]:
    """Beside the server, on the same application: its own lifespan must not end the server's."""
    yield TestClient(shop.app, base_url="http://127.0.0.1")


def expected(shop: Office, after: int = 0) -> list[int]:
    return [one.position for one in shop.store.log.read(after, 100_000, tenant=TENANT, kinds=sorted(PUBLISHED))]


def pages(shop: Office, http: TestClient, limit: int, query: str = "") -> list[dict[str, Any]]:
    events: list[dict[str, Any]] = []
    after = 0
    while True:
        path = f"/v1/events?after={after}&limit={limit}{query}"
        page = http.get(path, headers=shop.as_("vera")).json()
        assert page["next"] >= after
        events += page["events"]
        if page["next"] == page["head"] and len(page["events"]) < limit:
            return events
        after = page["next"]


@pytest.mark.requirement("K07")
@pytest.mark.parametrize("limit", [1, 7, 500])
def test_the_feed_is_the_log(shop: Office, http: TestClient, limit: int) -> None:
    shop.hears("Hello", customer="feed")
    shop.settle()
    events = pages(shop, http, limit)
    assert [one["position"] for one in events] == expected(shop)
    versions: dict[str, int] = {}
    for one in events:
        assert one["version"] == versions.get(one["stream"], 0) + 1
        versions[one["stream"]] = one["version"]
    assert len({one["event_id"] for one in events}) == len(events)


def test_only_published_streams_are_told_and_personal_fields_are_sealed(shop: Office, http: TestClient) -> None:
    shop.hears("My number is 555-0199", customer="secret")
    shop.settle()
    events = pages(shop, http, 500)
    prefixes = {one["stream"].partition("-")[0] for one in events}
    assert prefixes == {"agent", "group", "channel", "account", "dialog", "privacy"}
    unpublished = {prefix for prefix, one in AGGREGATES.items() if one.topic is None}
    assert not prefixes & unpublished
    assert "555-0199" not in json.dumps(events)
    for one in events:
        for name in EVENTS[one["type"]].personal:
            assert not one["data"][name] or set(one["data"][name]) == {"sealed"}


def test_a_filtered_feed_moves_on_over_what_it_leaves_out(shop: Office, http: TestClient) -> None:
    events = pages(shop, http, 3, "&types=group.*,dialog.opened")
    assert {one["type"] for one in events} <= {kind for kind in PUBLISHED if kind.startswith("group.")} | {
        "dialog.opened"
    }
    assert [one["position"] for one in events] == [
        one.position for one in shop.store.log.read(0, 10_000) if one.event.kind in {event["type"] for event in events}
    ]
    quiet = http.get("/v1/events?types=widget.created&limit=1", headers=shop.as_("vera")).json()
    assert (quiet["events"], quiet["next"]) == ([], quiet["head"])


def test_a_long_poll_answers_as_soon_as_there_is_something(shop: Office, url: str) -> None:
    head = shop.settle()
    stream = _Poll(f"{url}/v1/events?after={head}&wait=20&types=dialog.opened", shop.as_("vera"))
    time.sleep(0.3)
    said = time.monotonic()
    shop.hears("Now", customer="poll")
    answer, at = stream.answer()
    assert [one["type"] for one in answer["events"]] == ["dialog.opened"]
    assert at - said < 5, "it waited for its time to run out"
    empty = _Poll(f"{url}/v1/events?after={answer['head']}&wait=0.4&types=widget.*", shop.as_("vera")).answer()[0]
    assert empty["events"] == []


def test_the_stream_tells_history_then_what_comes(shop: Office, url: str) -> None:
    stream = Stream(f"{url}/v1/events/stream?after=0", shop.as_("vera"))
    caught_up = stream.wait(lambda one: one.event == "caught-up")
    dialog = shop.hears("Live", customer="live")
    came = stream.wait(lambda one: one.event == "dialog.opened" and one.data["stream"] == f"dialog-{dialog}")
    assert came.id is not None
    assert came.id > (caught_up.id or 0)
    head = shop.settle()
    stream.wait(lambda one: one.id == expected(shop)[-1])
    told = [one.id for one in stream.heard if one.event in PUBLISHED]
    assert told == [position for position in expected(shop) if position <= head]
    stream.close()


def test_the_header_beats_the_query(shop: Office, url: str) -> None:
    positions = expected(shop)
    last = positions[len(positions) // 2]
    headers = shop.as_("vera", last_event_id=str(last))
    stream = Stream(f"{url}/v1/events/stream?after=0", headers)
    stream.wait(lambda one: one.event == "caught-up")
    told = [one.id for one in stream.heard if one.event in PUBLISHED]
    assert told == [position for position in positions if position > last]
    stream.close()


def test_readers_that_come_and_go_under_load_miss_nothing(shop: Office, url: str) -> None:
    """Ten readers reconnect with their last id while customers write; each hears every event once, in order."""
    start = shop.settle()
    writing = threading.Event()

    def write() -> None:
        for number in range(60):
            shop.hears(f"Message {number}", customer=f"load-{number % 6}", number=number)
        writing.set()

    writer = threading.Thread(target=write)
    writer.start()
    told: list[list[int]] = [[] for _ in range(10)]
    while not writing.is_set() or any(not one or one[-1] < expected(shop)[-1] for one in told):
        for ids in told:
            last = ids[-1] if ids else start
            stream = Stream(f"{url}/v1/events/stream?after={start}", shop.as_("vera", last_event_id=str(last)))
            stream.wait(lambda one: one.event == "caught-up")
            ids += [one.id for one in stream.heard if one.event in PUBLISHED and one.id is not None]
            stream.close()
    writer.join()
    shop.settle()
    for ids in told:
        assert ids == [position for position in expected(shop, start) if position <= ids[-1]]


def test_a_reader_far_behind_reads_the_log_itself(shop: Office, url: str) -> None:
    watch = shop.app.state.watch
    listener = Stream(f"{url}/v1/events/stream", shop.as_("vera"))
    listener.wait(lambda one: one.event == "caught-up")
    assert watch.behind(0) is None, "the ring must not reach back to the beginning here"
    assert KEPT >= 1000
    old = Stream(f"{url}/v1/events/stream?after=0", shop.as_("vera"))
    old.wait(lambda one: one.event == "caught-up")
    assert [one.id for one in old.heard if one.event in PUBLISHED] == expected(shop)
    old.close()
    listener.close()


def test_another_companys_stream_is_silent(shop: Office, url: str) -> None:
    shop.store.vault.add_tenant("other")
    shop.employ("spy", "admin", tenant="other")
    for after in ("?after=0", ""):
        stream = Stream(f"{url}/v1/events/stream{after}", shop.as_("spy"))
        stream.wait(lambda one: one.event == "caught-up")
        mine = Stream(f"{url}/v1/events/stream", shop.as_("vera"))
        mine.wait(lambda one: one.event == "caught-up")
        shop.hears("Not for you", customer=f"spied{after}")
        mine.wait(lambda one: one.event == "dialog.opened")
        time.sleep(0.3)
        assert [one.event for one in stream.heard] == ["caught-up"]
        stream.close()
        mine.close()


@pytest.mark.parametrize(("who", "status"), [("anna", 403), (None, 401)])
def test_the_stream_is_for_those_who_may(shop: Office, http: TestClient, who: str | None, status: int) -> None:
    headers = shop.as_(who) if who else {}
    assert http.get("/v1/events/stream", headers=headers).status_code == status
    assert http.get("/v1/events/stream?after=x", headers=shop.as_("vera")).status_code == 422
    assert http.get("/v1/events/stream?after=99999999", headers=shop.as_("vera")).status_code == 409


def test_a_revoked_token_loses_its_stream_within_five_seconds(shop: Office, url: str) -> None:
    shop.employ("temp", "supervisor")
    stream = Stream(f"{url}/v1/events/stream", shop.as_("temp"))
    stream.wait(lambda one: one.event == "caught-up")
    revoked = time.monotonic()
    Tokens(shop.store.database).revoke(TENANT, shop.token("temp").split("_")[1])
    assert stream.wait_for_end(8) - revoked < 5


def test_streams_end_when_the_server_stops() -> None:
    with office() as made:
        with served(made) as url:
            stream = Stream(f"{url}/v1/events/stream", made.as_("vera"))
            stream.wait(lambda one: one.event == "caught-up")
            started = time.monotonic()
        assert time.monotonic() - started < 5
        stream.wait_for_end(1)
        assert made.app.state.watch._parts.executor.on_commit == [made.feed.wake]
        with client_of(made) as client:
            assert client.get("/livez").status_code == 200


class _Poll:
    """A request in a thread: what it answered, and when."""

    def __init__(self, url: str, headers: dict[str, str]) -> None:
        self._result: list[tuple[Any, float]] = []
        self._thread = threading.Thread(target=self._ask, args=(url, headers))
        self._thread.start()

    def _ask(self, url: str, headers: dict[str, str]) -> None:
        import httpx2

        response = httpx2.get(url, headers=headers, timeout=30, trust_env=False)
        self._result.append((response.json(), time.monotonic()))

    def answer(self) -> tuple[Any, float]:
        self._thread.join(30)
        return self._result[0]
