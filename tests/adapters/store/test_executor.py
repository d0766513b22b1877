"""The one write path: one outcome a key, a refused command alone, one dialog out of many first messages."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from adapters.store.executor import Executor
from adapters.store.heads import Kept, StoredHeads, load_state
from adapters.store.requests import Outcome, Request
from domain.desk import administration as admin
from domain.desk import channels
from domain.desk.answering import CloseDialog, TakeDialog
from domain.errors import Conflict, Invalid, Rejected, Unavailable
from domain.streams import AGGREGATES, aggregate_of, fresh, prefix_of
from processors import ALL_HANDLERS
from processors.distribution import Distribute
from tests.desk import open_shop, says
from tests.store import TENANT, Store, store


@pytest.fixture
def shop() -> Iterator[Store]:
    with store() as made:
        open_shop(made)
        yield made


@pytest.mark.requirement("E02", "E14")
def test_a_repeated_key_hears_the_first_answer_and_stores_nothing(shop: Store) -> None:
    first = shop.do(says("vera"), key="telegram:1")
    again = shop.do(says("vera"), key="telegram:1")
    assert again.repeated and not first.repeated
    assert (again.answer, again.position) == (first.answer, first.position)
    assert shop.log.head() == first.position


@pytest.mark.requirement("E14")
def test_a_key_used_for_something_else_is_refused_and_the_first_outcome_stands(shop: Store) -> None:
    first = shop.do(says("vera", "one"), key="client-1", fingerprint="aaa")
    with pytest.raises(Conflict) as refused:
        shop.do(says("vera", "two"), key="client-1", fingerprint="bbb")
    assert refused.value.code == "key_reused"
    again = shop.do(says("vera", "one"), key="client-1", fingerprint="aaa")
    assert (again.repeated, again.position) == (True, first.position)


@pytest.mark.requirement("E14")
def test_a_refusal_is_remembered_under_its_key_too(shop: Store) -> None:
    wrong = channels.SaveChannel(channel="shop", changes={"auto_close": {"value": 0, "unit": "hours"}})
    answers = []
    for _ in range(2):
        with pytest.raises(Invalid) as refused:
            shop.do(wrong, key="save-1")
        answers.append((refused.value.code, [problem.field for problem in refused.value.problems]))
    assert answers[0] == answers[1] == ("must_be_positive", ["auto_close"])
    assert shop.rows("SELECT count(*) FROM parley.command_result WHERE key = 'save-1'") == [(1,)]


@pytest.mark.requirement("E14")
def test_a_command_that_changes_nothing_leaves_a_result(shop: Store) -> None:
    same = shop.do(admin.SetPresence(agent="anna", to="ready"), key="ready-again")
    assert same.position is None and same.answer["outcome"] == "unchanged"
    assert shop.rows("SELECT first_position FROM parley.command_result WHERE key = 'ready-again'") == [(None,)]


def test_a_refused_command_fails_alone_in_its_batch(shop: Store) -> None:
    results = shop.executor.execute_all(
        [
            Request(tenant=TENANT, command=says("vera")),
            Request(tenant=TENANT, command=CloseDialog(dialog="none")),
            Request(tenant=TENANT, command=says("ivan")),
        ]
    )
    assert [type(one).__name__ for one in results] == ["Outcome", "NotFound", "Outcome"]
    assert len(shop.rows("SELECT 1 FROM parley.conversation")) == 2


def test_a_fault_of_ours_in_one_command_leaves_the_others_alone(shop: Store) -> None:
    class Broken:
        pass

    def fail(world: Any, command: Any) -> dict[str, Any]:
        world.record(f"alert-{TENANT}", *[])
        raise ZeroDivisionError

    executor = Executor(shop.database, shop.vault, handlers={**ALL_HANDLERS, Broken: fail})
    try:
        results = executor.execute_all(
            [Request(tenant=TENANT, command=Broken()), Request(tenant=TENANT, command=says("vera"))]
        )
    finally:
        executor.close()
    assert isinstance(results[0], Unavailable) and results[0].code == "internal_error"
    assert isinstance(results[1], Outcome)


@pytest.mark.requirement("E03")
def test_fifty_first_messages_at_once_make_one_dialog(shop: Store) -> None:
    assert _race(shop, "vera") == 1
    assert shop.rows("SELECT count(*) FROM parley.event WHERE kind = 'dialog.message_received'") == [(50,)]


@pytest.mark.soak
@pytest.mark.timeout(900)
@pytest.mark.requirement("E03")
def test_a_thousand_races_of_fifty_first_messages(shop: Store) -> None:
    assert {_race(shop, f"customer {trial}") for trial in range(1000)} == {1}


def _race(shop: Store, customer: str) -> int:
    """How many dialogs fifty simultaneous messages of one customer make, over two executors."""
    other = Executor(shop.database, shop.vault, handlers=ALL_HANDLERS)
    barrier, dialogs = threading.Barrier(50), []

    def send(number: int) -> None:
        command = says(customer, f"part {number}")
        barrier.wait()
        executor = (shop.executor, other)[number % 2]
        dialogs.append(executor.execute(Request(tenant=TENANT, command=command)).answer["dialog"])

    threads = [threading.Thread(target=send, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert len(dialogs) == 50
    return len(set(dialogs))


def test_a_cold_batch_reads_all_its_agents_in_one_query(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Twenty dialogs with twenty agents: closing them at once must not ask for each agent by himself."""
    agents = [f"agent{number}" for number in range(20)]
    for agent in agents:
        shop.do(admin.SetAgent(agent=agent, name=agent))
        shop.do(admin.SetPresence(agent=agent, to="ready"))
    dialogs = [shop.do(says(agent)).answer["dialog"] for agent in agents]
    for agent, dialog in zip(agents, dialogs, strict=True):
        shop.do(TakeDialog(dialog=dialog, agent=agent, by=agent))
    asked: list[list[str]] = []
    right = StoredHeads._all

    def counted(heads: StoredHeads, query: str, *values: Any) -> Any:
        asked.append(list(values[0]) if "parley.head" in query else [])
        return right(heads, query, *values)

    monkeypatch.setattr(StoredHeads, "_all", counted)
    cold = Executor(shop.database, shop.vault, handlers=ALL_HANDLERS)
    closed = cold.execute_all([Request(tenant=TENANT, command=CloseDialog(dialog=dialog)) for dialog in dialogs])
    cold.close()
    assert all(isinstance(one, Outcome) and one.answer["outcome"] == "closed" for one in closed)
    with_agents = [streams for streams in asked if any(stream.startswith("agent-") for stream in streams)]
    assert len(with_agents) < 5 < len(agents)


def test_two_executors_see_what_the_other_wrote(shop: Store) -> None:
    other = Executor(shop.database, shop.vault, handlers=ALL_HANDLERS)
    try:
        dialog = shop.do(says("vera")).answer["dialog"]
        other.execute(Request(tenant=TENANT, command=TakeDialog(dialog=dialog, agent="anna", by="anna")))
        with pytest.raises(Conflict, match="another agent"):
            shop.do(TakeDialog(dialog=dialog, agent="boris", by="boris"))
        other.execute(Request(tenant=TENANT, command=CloseDialog(dialog=dialog)))
        after = shop.do(says("vera", "and another thing"))
    finally:
        other.close()
    assert after.answer["opened"] and after.answer["dialog"] != dialog


def test_every_head_and_derived_row_is_the_fold_of_its_streams(shop: Store) -> None:
    """Invariant 15: what the append keeps beside the log can be computed from the log."""
    for customer in ("vera", "ivan", "olga"):
        shop.do(says(customer))
    shop.do(Distribute(streams=("group-sales",)))
    heads = shop.rows("SELECT stream, version, state FROM parley.head WHERE tenant = %s", TENANT)
    assert len(heads) > 10
    for stream, version, state in heads:
        if prefix_of(stream) not in AGGREGATES:
            continue
        folded, events = fresh(stream), shop.log.stream(TENANT, stream)
        for recorded in events:
            folded = aggregate_of(stream).evolve(folded, recorded.event, recorded.stamp)
        assert (version, load_state(stream, bytes(state))) == (len(events), folded), stream


@pytest.mark.requirement("F32")
def test_heads_of_another_shape_are_folded_anew_rotation_included(shop: Store) -> None:
    for customer in ("vera", "ivan", "olga"):
        shop.do(says(customer))
    shop.do(Distribute(streams=("group-sales",)))
    with shop.database.connect() as connection:
        streams = [stream for (stream,) in shop.rows("SELECT stream FROM parley.head WHERE tenant = %s", TENANT)]
        before = {stream: _head(connection, stream) for stream in streams}
        connection.execute("UPDATE parley.head SET shape = 'older', state = 'nonsense'")
        assert {stream: _head(connection, stream) for stream in streams} == before


def _head(connection: Any, stream: str) -> Any:
    return StoredHeads(connection, TENANT, Kept()).head(stream)


def test_a_lost_head_is_folded_from_its_events(shop: Store) -> None:
    dialog = shop.do(says("vera")).answer["dialog"]
    shop.rows("DELETE FROM parley.head WHERE stream = %s RETURNING 1", f"dialog-{dialog}")
    executor = Executor(shop.database, shop.vault, handlers=ALL_HANDLERS)
    try:
        taken = executor.execute(Request(tenant=TENANT, command=TakeDialog(dialog=dialog, agent="anna", by="anna")))
    finally:
        executor.close()
    assert taken.answer["outcome"] == "assigned"


def test_positions_and_versions_have_no_holes(shop: Store) -> None:
    for number in range(30):
        shop.do(says(f"customer {number % 7}", str(number)))
        with pytest.raises(Rejected):
            shop.do(CloseDialog(dialog="none"))
    assert shop.rows("SELECT count(*) = max(position), min(position) FROM parley.event") == [(True, 1)]
    holes = shop.rows("SELECT stream FROM parley.event GROUP BY stream HAVING count(*) <> max(version)")
    assert holes == []


def test_moments_never_go_back_though_the_clock_does() -> None:
    moments = iter([datetime(2030, 1, 1, 12, tzinfo=UTC), datetime(2030, 1, 1, 11, tzinfo=UTC)] * 50)
    with store(clock=lambda _: next(moments)) as made:
        open_shop(made)
        recorded = [one.recorded_at for one in made.log.read(0)]
    assert recorded == sorted(recorded)


@pytest.mark.requirement("E05")
def test_the_providers_time_moves_no_timer(shop: Store) -> None:
    command = says("vera")
    late = type(command)(**{**_fields(command), "provider_time": datetime(2001, 1, 1, tzinfo=UTC)})
    shop.do(late)
    ((check_at,),) = shop.rows("SELECT check_at FROM parley.timer")
    assert abs(check_at - datetime.now(UTC) - timedelta(hours=1)) < timedelta(minutes=1)


def _fields(command: Any) -> dict[str, Any]:
    return {name: getattr(command, name) for name in command.__dataclass_fields__}


def test_a_message_does_not_touch_the_timer(shop: Store) -> None:
    shop.do(says("vera", "one"))
    before = shop.rows("SELECT check_at, xmin::text FROM parley.timer")
    shop.do(says("vera", "two"))
    assert shop.rows("SELECT check_at, xmin::text FROM parley.timer") == before


@pytest.mark.requirement("E11", "E14")
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_connection_lost_around_the_commit_gives_one_outcome(shop: Store, moment: str) -> None:
    """Invariant 3: the client cannot know whether the commit happened; the key can."""
    real = shop.executor._connected()
    lost = []

    class Cutting:
        """Kills the server's side of the connection just before or just after COMMIT."""

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def execute(self, query: Any, *values: Any, **options: Any) -> Any:
            if query == "COMMIT" and not lost:
                lost.append(moment)
                if moment == "after":
                    real.execute(query)
                with psycopg.connect(shop.owner_dsn, autocommit=True) as admin_connection:
                    admin_connection.execute("SELECT pg_terminate_backend(%s)", (real.info.backend_pid,))
                raise psycopg.OperationalError("cut")
            return real.execute(query, *values, **options)

    shop.executor._connection = Cutting()  # type: ignore[assignment]
    outcome = shop.do(says("vera"), key="telegram:7")
    assert lost == [moment]
    assert not outcome.repeated, "the first to ask must hear that it was he who did it"
    assert shop.rows("SELECT count(*) FROM parley.event WHERE kind = 'dialog.message_received'") == [(1,)]
    assert shop.do(says("vera"), key="telegram:7").position == outcome.position


def test_a_database_that_is_gone_is_said_to_be_gone(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.store.executor.FIRST_PAUSE", 0.001)

    def refuse() -> None:
        raise psycopg.OperationalError("no")

    shop.executor._disconnect()
    monkeypatch.setattr(shop.executor, "_connected", refuse)
    with pytest.raises(Unavailable) as refused:
        shop.do(says("vera"), key="telegram:8")
    assert refused.value.code == "store_unavailable"
