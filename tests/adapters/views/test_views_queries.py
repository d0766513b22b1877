"""What lists, histories and counters answer, and to whom."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.store.database import Connection
from adapters.views import queries
from adapters.views.queries import Query
from domain.desk import answering, channels
from domain.dialog.events import Author
from domain.errors import Invalid
from domain.idleness import deadline
from domain.recorded import Actor
from processors import distribution
from tests.adapters.views.place import Place
from tests.office import MONDAY
from tests.projections.days import AGENTS, BOSS, CHANNELS, GROUPS, Act, Shop, acts, play
from tests.store import TENANT

LISTS = ("unassigned", "queued", "offered", "bot", "open", "closed", "unanswered")
SORTS = ("last_activity", "started", "waiting", "deadline", "priority")
BUSY: list[Act] = [
    (kind, n % 12, n % 6, (n + 1) % 6)
    for n in range(14)
    for kind in ("write", "write", "distribute", "accept", "send", "tell", "close")
]
EVENING: list[Act] = [
    *(("write", customer, channel, 1) for customer in range(4) for channel in range(2)),
    ("presence", 0, 1, 0), ("presence", 1, 1, 0), ("distribute", 0, 0, 0), ("transfer", 5, 2, 0), ("write", 1, 0, 1),
]  # fmt: skip


def busy_shop() -> Shop:
    """A day after which every list has somebody in it."""
    shop = play(Shop(), BUSY + EVENING)
    shop.writes("zoe", "nowhere")
    return shop


@pytest.fixture(scope="module")
def shop() -> Shop:
    return busy_shop()


@pytest.fixture(scope="module")
def connection(shop: Shop) -> Iterator[Connection]:
    made = Place()
    made.write(shop.log)
    made.feed().pump()
    with made.connect() as connection:
        yield connection
    made.close()


def walk(connection: Connection, limit: int, **wanted: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = queries.dialogs(connection, TENANT, Query(limit=limit, cursor=cursor, **wanted))
        rows += page.rows
        assert len(page.rows) == limit or page.next is None
        if page.next is None:
            return rows
        cursor = page.next


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["dialog"] for row in rows]


@pytest.mark.requirement("J01", "J05")
def test_lists_are_what_the_heads_say_and_counters_their_lengths(connection: Connection, shop: Shop) -> None:
    heads = dict(shop.dialogs())
    phases = {name: head.phase for name, head in heads.items()}
    expected = {
        "unassigned": {name for name, phase in phases.items() if phase in ("queued", "offered")},
        "queued": {name for name, phase in phases.items() if phase == "queued"},
        "offered": {name for name, phase in phases.items() if phase == "offered"},
        "bot": {name for name, phase in phases.items() if phase == "bot"},
        "open": {name for name, phase in phases.items() if phase != "closed"},
        "closed": {name for name, phase in phases.items() if phase == "closed"},
        "unanswered": {name for name, one in heads.items() if one.open and one.last_activity_by == "customer"},
    }
    counters = queries.counters(connection, TENANT)
    for one in LISTS:
        assert expected[one], one
        assert set(names(walk(connection, 200, list=one))) == expected[one], one
        assert counters[one] == len(expected[one]), one


@pytest.mark.requirement("J01")
def test_my_lists_are_mine(connection: Connection, shop: Shop) -> None:
    assert {one.assignee for _, one in shop.dialogs()} >= {*AGENTS}
    for agent in AGENTS:
        mine = {name for name, one in shop.dialogs() if one.assignee == agent}
        offered = {name for name, one in shop.dialogs() if any(offer.agent == agent for offer in one.offers)}
        assert set(names(walk(connection, 200, list="my", agent=agent))) == mine
        assert set(names(walk(connection, 200, list="offered", agent=agent))) == offered
        counters = queries.counters(connection, TENANT, agent)
        assert (counters["my"], counters["offered"]) == (len(mine), len(offered))


@pytest.mark.requirement("J01")
def test_filters_narrow_a_list(connection: Connection, shop: Shop) -> None:
    everything = walk(connection, 200, list="open") + walk(connection, 200, list="closed")
    for channel in CHANNELS:
        wanted = {row["dialog"] for row in everything if row["channel"] == channel and row["phase"] != "closed"}
        assert set(names(walk(connection, 200, list="open", channel=channel))) == wanted
    for group in GROUPS:
        wanted = {row["dialog"] for row in everything if row["group"] == group and row["phase"] == "closed"}
        assert set(names(walk(connection, 200, list="closed", group=group))) == wanted
    tags = {tag for row in everything for tag in row["tags"]}
    assert tags
    for tag in tags:
        wanted = {row["dialog"] for row in everything if tag in row["tags"] and row["phase"] != "closed"}
        assert set(names(walk(connection, 200, list="open", tag=tag))) == wanted


@pytest.mark.requirement("J03", "J04")
@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize("limit", [1, 2, 3, 200])
def test_every_order_is_total_and_pages_join_without_a_seam(connection: Connection, sort: Any, limit: int) -> None:
    rows = walk(connection, limit, list="open", sort=sort)
    assert names(rows) == names(walk(connection, 200, list="open", sort=sort))
    assert len(set(names(rows))) == len(rows) == queries.counters(connection, TENANT)["open"]
    keys = [_place(row, sort) for row in rows]
    assert keys == sorted(keys, reverse=sort in ("last_activity", "started", "priority"))


def _place(row: dict[str, Any], sort: str) -> tuple[Any, ...]:
    never = row["opened_at"] + timedelta(days=36_500)
    value = {
        "last_activity": row["last_activity_at"],
        "started": row["opened_at"],
        "waiting": row["unanswered_since"] or never,
        "deadline": row["closes_at"] or never,
        "priority": row["priority"],
    }[sort]
    return value if value != never else value.max.replace(tzinfo=value.tzinfo), row["dialog"]


def test_the_moment_of_closing_is_the_one_that_the_timer_computes(connection: Connection, shop: Shop) -> None:
    rows = {row["dialog"]: row for row in walk(connection, 200, list="open") + walk(connection, 200, list="closed")}
    for name, dialog in shop.dialogs():
        assert rows[name]["closes_at"] == deadline(dialog, shop.state(f"channel-{dialog.channel}"))
    soon = max(row["closes_at"] for row in rows.values() if row["closes_at"])
    due = {name for name, row in rows.items() if row["closes_at"] and row["closes_at"] <= soon - timedelta(hours=1)}
    assert set(names(walk(connection, 200, list="overdue", due_before=soon - timedelta(hours=1)))) == due


@pytest.fixture(scope="module")
def moving() -> Iterator[Place]:
    made = Place()
    yield made
    made.close()


@pytest.mark.requirement("J04")
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=25)
@given(st.lists(acts, min_size=1, max_size=4), st.sampled_from(SORTS))
def test_who_did_not_move_is_listed_once_while_others_do(moving: Place, between: list[list[Act]], sort: Any) -> None:
    with moving.owner.connect() as owner:
        owner.execute("TRUNCATE parley.event, parley.tracking, view.inbox, view.channels, view.counter")
    shop = play(Shop(), EVENING)
    written = _go_on(moving, shop, 0)
    before = _state(moving, sort)
    still = set(before)
    seen: list[str] = []
    cursor = None
    rest = list(between)
    with moving.connect() as connection:
        while True:
            page = queries.dialogs(connection, TENANT, Query(list="open", sort=sort, limit=2, cursor=cursor))
            seen += names(page.rows)
            cursor = page.next
            if cursor is None:
                break
            if rest:
                play(shop, rest.pop())
                written = _go_on(moving, shop, written)
                now = _state(moving, sort)
                still = {name for name in still if now.get(name) == before[name]}  # who moved and came back has moved
    assert len(before) > 6
    assert {name: seen.count(name) for name in still} == dict.fromkeys(still, 1)
    if sort in ("started", "last_activity"):
        assert len(seen) == len(set(seen))


def _go_on(place: Place, shop: Shop, written: int) -> int:
    place.write(shop.log[written:])
    place.feed("inbox", "channels").pump()
    return len(shop.log)


def _state(place: Place, sort: str) -> dict[str, Any]:
    with place.connect() as connection:
        return {row["dialog"]: _place(row, sort) for row in walk(connection, 200, list="open", sort=sort)}


@pytest.mark.parametrize(
    ("wanted", "codes"),
    [
        ({"limit": 0}, ["out_of_range"]),
        ({"limit": 201, "list": "all"}, ["unknown_list", "out_of_range"]),
        ({"list": "my"}, ["required"]),
        ({"list": "overdue"}, ["required"]),
        ({"cursor": "nonsense"}, ["bad_cursor"]),
        ({"cursor": "W10"}, ["bad_cursor"]),
        ({"sort": "name"}, ["unknown_sort"]),
    ],
)
def test_a_wrong_question_is_told_all_that_is_wrong(connection: Connection, wanted: Any, codes: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        queries.dialogs(connection, TENANT, Query(**wanted))
    assert [problem.code for problem in refused.value.problems] == codes


def test_a_cursor_of_another_order_is_refused(connection: Connection) -> None:
    page = queries.dialogs(connection, TENANT, Query(list="open", limit=1))
    with pytest.raises(Invalid) as refused:
        queries.dialogs(connection, TENANT, Query(list="open", sort="priority", cursor=page.next))
    assert refused.value.code == "bad_cursor"


def everything(connection: Connection, tenant: str, shop: Shop) -> list[Any]:
    """All that can be asked, for one tenant."""
    dialog = shop.dialogs()[0][0]
    lists = [queries.dialogs(connection, tenant, Query(list=one, limit=200)).rows for one in LISTS]
    plain = (queries.agents, queries.groups, queries.channels, queries.schedules)
    return [
        *lists,
        *[ask(connection, tenant) for ask in plain],
        queries.dialog(connection, tenant, dialog),
        queries.transcript(connection, tenant, dialog).rows,
        queries.channel(connection, tenant, "shop"),
        queries.channel_history(connection, tenant).rows,
        queries.counters(connection, tenant, "anna"),
        queries.quarantined(connection, tenant).rows,
        queries.dialog_facts(connection, tenant, since=MONDAY, until=MONDAY + timedelta(days=9)),
        queries.customer(connection, tenant, shop.dialogs()[0][1].customer),
    ]


def test_nobody_sees_another_tenant(place: Place) -> None:
    """Two tenants with the same names for everything: each sees his own, and nothing changes when the other comes."""
    shop = busy_shop()
    place.write(shop.log)
    place.feed().pump()
    with place.connect() as connection:
        alone = everything(connection, TENANT, shop)
        nothing = everything(connection, "globex", shop)
        assert all(alone)
        assert not any(one for one in nothing if not isinstance(one, dict))
        assert set(queries.counters(connection, "globex", "anna").values()) == {0}
        start = len(shop.log)
        other = [one._replace(tenant="globex", position=start + one.position) for one in shop.log[: start // 2]]
        place.write(other)
        place.feed().pump()
        assert everything(connection, TENANT, shop) == alone
        theirs = queries.dialogs(connection, "globex", Query(list="open", limit=200)).rows
        assert theirs
        assert {row["tenant"] for row in theirs} == {"globex"}
        assert len(theirs) == queries.counters(connection, "globex")["open"]


def test_a_transcript_is_read_from_its_end_or_on_from_a_place(connection: Connection, shop: Shop) -> None:
    dialog = max(shop.dialogs(), key=lambda one: shop.heads.heads[f"dialog-{one[0]}"].version)[0]
    whole = [row["position"] for row in queries.transcript(connection, TENANT, dialog, limit=200).rows]
    assert len(whole) > 8
    assert whole == sorted(whole)
    last = queries.transcript(connection, TENANT, dialog, limit=4)
    assert [row["position"] for row in last.rows] == whole[-4:]
    assert last.next is not None
    earlier = queries.transcript(connection, TENANT, dialog, limit=4, before=int(last.next))
    assert [row["position"] for row in earlier.rows] == whole[-8:-4]
    later = queries.transcript(connection, TENANT, dialog, limit=200, after=whole[3])
    assert ([row["position"] for row in later.rows], later.next) == (whole[4:], None)
    said = queries.transcript(connection, TENANT, dialog, limit=200, what=["message"])
    assert {row["what"] for row in said.rows} == {"message"}


@pytest.mark.requirement("L01", "L02")
def test_history_is_filtered_by_user_field_and_period(place: Place) -> None:
    shop = Shop()
    anna = Actor(kind="agent", id="anna", ip="198.51.100.4", user_agent="Safari/19")
    shop.do(channels.SaveChannel(channel="shop", changes={"closing_message": "Bye"}), anna)
    changed_at = shop.now
    shop.do(channels.SaveChannel(channel="shop", changes={"reopen_window": 9}), BOSS)
    place.write(shop.log)
    place.feed("channel_history").pump()
    with place.connect() as connection:
        of_anna = queries.channel_history(connection, TENANT, "shop", actor="anna").rows
        assert [row["changes"] for row in of_anna] == [[{"field": "closing_message", "old": "Good bye", "new": "Bye"}]]
        assert (of_anna[0]["ip"], of_anna[0]["user_agent"], of_anna[0]["command"]) == (
            "198.51.100.4",
            "Safari/19",
            "SaveChannel",
        )
        by_field = queries.channel_history(connection, TENANT, "shop", field="reopen_window").rows
        assert [(row["actor"], row["settings_version"]) for row in by_field] == [("boss", 3), ("boss", 1)]
        since = queries.channel_history(connection, TENANT, "shop", since=changed_at).rows
        assert [row["actor"] for row in since] == ["boss", "anna"]
        until = queries.channel_history(connection, TENANT, "shop", until=changed_at).rows
        assert [row["kind"].partition(".")[2] for row in until] == [
            "connected", "settings_changed", "object_chosen", "account_authorised", "auth_started", "created",
        ]  # fmt: skip
        page = queries.channel_history(connection, TENANT, "shop", limit=2)
        rest = queries.channel_history(connection, TENANT, "shop", before=int(page.next or 0))
        assert [row["version"] for row in page.rows + rest.rows] == [8, 7, 6, 5, 4, 3, 2, 1]


def test_groups_know_who_waits_and_agents_their_groups(place: Place) -> None:
    shop = Shop()
    shop.writes("dora", "shop")
    shop.writes("emil", "shop")
    place.write(shop.log)
    place.feed().pump()
    with place.connect() as connection:
        waiting = {row["group"]: (row["waiting"], row["longest_since"]) for row in queries.groups(connection, TENANT)}
        assert waiting["service"] == (0, None)
        assert waiting["sales"][0] == 2
        members = {row["agent"]: row["groups"] for row in queries.agents(connection, TENANT)}
    assert members == {"anna": ["sales"], "boris": ["sales", "service"], "clara": ["service"]}


def test_facts_are_those_of_dialogs_closed_in_a_period(place: Place) -> None:
    shop = Shop()
    dialog: str = shop.writes("dora", "shop")["dialog"]
    shop.do(distribution.look(["group-sales"]))
    shop.do(answering.TakeDialog(dialog=dialog, agent="clara", by="clara"))
    author = Author(kind="agent", id="clara")
    shop.do(answering.SendMessage(dialog=dialog, client_key="1", author=author, body="hello"))
    shop.do(answering.CloseDialog(dialog=dialog))
    place.write(shop.log)
    place.feed("dialog_facts").pump()
    second = timedelta(seconds=1)
    with place.connect() as connection:
        (row,) = queries.dialog_facts(connection, TENANT, since=shop.now, until=shop.now + second)
        assert (row["first_agent"], row["wait"], row["frt_human"]) == ("clara", 2.0, 3.0)
        assert queries.dialog_facts(connection, TENANT, since=shop.now - second, until=shop.now) == []


@pytest.mark.requirement("J08")
def test_a_view_tells_how_far_it_is(place: Place) -> None:
    shop = play(Shop(), BUSY[:20])
    place.write(shop.log[:50])
    place.feed("inbox").pump()
    place.write(shop.log[50:])
    with place.connect() as connection:
        fresh = queries.freshness(connection, TENANT)
        assert (fresh.position, fresh.head, fresh.lag) == (50, len(shop.log), len(shop.log) - 50)
        place.feed("inbox").pump()
        assert queries.freshness(connection, TENANT).lag == 0
        assert queries.freshness(connection, "globex") == queries.Freshness(0, 0)
