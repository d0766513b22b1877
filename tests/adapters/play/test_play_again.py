"""Played again nothing changes; interrupted anywhere and played again, the log is the one of an undisturbed run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from domain.errors import Conflict
from tests.adapters.play.theatre import DESK, SHOP, Curtain, Theatre, theatre

BOTH = [*SHOP, *DESK]


@pytest.mark.requirement("E02", "E14")
@pytest.mark.parametrize("files", [SHOP, DESK], ids=["chats", "tickets"])
def test_the_second_time_every_key_is_known(stage: Theatre, files: Sequence[Path]) -> None:
    first = stage.play(files)
    second = stage.play(files)
    assert (second["tenant"], second["log_head"], second["run"]) == (first["tenant"], first["log_head"], "repeated")
    counted = second["reconciliation"]
    assert counted["received"] == counted["duplicate"] == first["reconciliation"]["routed"]
    assert counted["holds"]
    assert second["agent_messages"]["repeated"] == first["agent_messages"]["said"]
    for same in ("dialogs", "waits", "idle_closes", "events", "virtual"):
        assert second[same] == first[same]


@pytest.mark.requirement("E11")
def test_the_engines_own_counters_agree_with_the_report(stage: Theatre) -> None:
    first = stage.play(SHOP)
    stage.play(SHOP)
    rows = stage.rows(
        "SELECT outcome, sum(n) FROM parley.intake_count WHERE tenant = %s GROUP BY outcome", first["tenant"]
    )
    assert dict(rows) == {"routed": 6, "duplicate": 6}


def _shape(log: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The log without what is drawn at random: ids and keys."""
    numbers: dict[str, int] = {}
    return [
        (one.position, numbers.setdefault(one.stream, len(numbers)), one.version, one.event.kind, one.recorded_at)
        for one in log
    ]


@pytest.mark.requirement("E14")
@pytest.mark.parametrize("after", [1, 2, 5, 9, 14, 20, 27])
def test_after_an_interruption_it_goes_on(after: int) -> None:
    with theatre() as undisturbed:
        whole = _shape(undisturbed.log(undisturbed.play(BOTH)))
    with theatre() as stage:
        with pytest.raises(Curtain):
            stage.cut_short(BOTH, after)
        figures = stage.play(BOTH)
        assert figures["run"] == "resumed"
        assert figures["reconciliation"]["holds"]
        assert figures["agent_messages"]["holds"]
        assert _shape(stage.log(figures)) == whole


@pytest.mark.requirement("E14")
@pytest.mark.parametrize("files", [SHOP, DESK], ids=["chats", "tickets"])
@pytest.mark.parametrize("commits", [2, 3, 5, 8, 11, 17, 23])
def test_a_moment_cut_in_half_is_finished(files: Sequence[Path], commits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies between two transactions of one moment: nothing is lost, nothing done twice."""
    from adapters.store.executor import Executor

    with theatre() as undisturbed:
        whole = undisturbed.play(files)
    real, left = Executor.execute_all, commits

    def dying(self: Executor, requests: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Curtain
        return real(self, requests)

    with theatre() as stage:
        with monkeypatch.context() as patched:
            patched.setattr(Executor, "execute_all", dying)
            with pytest.raises(Curtain):
                stage.play(files)
        figures = stage.play(files)
        for same in ("dialogs", "log_head", "virtual"):
            assert figures[same] == whole[same]
        said = figures["agent_messages"]
        assert said["said"] + said["repeated"] == whole["agent_messages"]["said"]


def test_the_clock_is_kept_with_the_tenant(stage: Theatre) -> None:
    figures = stage.play(SHOP)
    ((now, lane),) = stage.rows("SELECT virtual_now, lane FROM parley.tenant WHERE tenant = %s", figures["tenant"])
    assert now == max(one.recorded_at for one in stage.log(figures))
    assert lane == figures["lane"] > 0


def test_runs_have_lanes_of_their_own(stage: Theatre) -> None:
    shop, desk = stage.play(SHOP), stage.play(DESK)
    assert shop["lane"] != desk["lane"]
    assert {one.tenant for one in stage.log(shop)} == {shop["tenant"]}


def test_one_run_at_a_time(stage: Theatre) -> None:
    figures = stage.play(SHOP)
    with stage.database.connect() as other:
        other.execute("SELECT pg_advisory_lock(7034, hashtext(%s))", (figures["tenant"],))
        with pytest.raises(Conflict, match="being played"):
            stage.play(SHOP)


def test_a_tenant_of_real_time_is_not_played_into(stage: Theatre) -> None:
    stage.vault.add_tenant("acme", lane=0)
    with pytest.raises(Conflict, match="real time"):
        stage.play(SHOP, tenant="acme")
