"""The auditor over HTTP: settings as of any moment, the difference between two, and going back as a new event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from adapters.store.executor import Executor
from adapters.store.requests import Request
from domain.agent import Deactivated
from domain.channel import Channel
from domain.channel.state import evolve
from domain.desk.administration import SetAgent
from domain.desk.world import World
from domain.settings import FIELDS, public_name
from tests.adapters.http.door import Office, client_of, office
from tests.store import TENANT

HOURS = {"value": 6, "unit": "hours"}


@dataclass
class Asked:
    """`root` administers the channel `tg`, `vera` audits it."""

    shop: Office
    http: TestClient

    def get(self, path: str, who: str = "vera", channel: str = "tg", **headers: str) -> Any:
        return self.http.get(f"/v1/channels/{channel}{path}", headers=self.shop.as_(who, **headers))

    def save(self, changes: dict[str, Any], version: int | str = "*", who: str = "root") -> Any:
        tag = version if version == "*" else f'"{version}"'
        path = "/v1/channels/tg/settings"
        return self.http.put(path, headers=self.shop.as_(who, if_match=str(tag)), json=changes)

    def restore(self, to: int, version: int | str = "*", who: str = "root", **headers: str) -> Any:
        tag = version if version == "*" else f'"{version}"'
        sent = self.shop.as_(who, if_match=str(tag), **headers)
        return self.http.post("/v1/channels/tg/settings/restore", headers=sent, json={"version": to})

    @property
    def version(self) -> int:
        return int(self.get("/settings").json()["settings_version"])

    def code(self, answer: Any) -> tuple[int, str]:
        return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def asked() -> Iterator[Asked]:
    with office() as shop:
        shop.open_shop()
        with client_of(shop) as http:
            yield Asked(shop, http)


@pytest.mark.requirement("L07")
def test_settings_are_told_as_of_a_position_a_time_and_a_version(asked: Asked) -> None:
    first = asked.get("/settings").json()
    saved = asked.save({"auto_close": HOURS, "priority": 2}).json()
    now = asked.get("/settings").json()
    assert (now["settings_version"], now["settings"]["auto_close"], now["saved_by"]) == (2, HOURS, "root")
    assert (now["saved_command"], now["saved_position"], now["state"]) == (
        "SaveChannel",
        saved["position"],
        "connected",
    )
    for moment in (str(saved["position"] - 1), first["as_of"]["recorded_at"], "v1"):
        then = asked.get(f"/settings?as_of={moment}").json()
        assert (then["settings_version"], then["settings"]) == (1, first["settings"]), moment
        assert (then["settings"]["priority"], then["as_of"]["asked"]) == (0, moment)
    for moment in (str(saved["position"]), now["saved_at"], "v2", "now"):
        assert asked.get(f"/settings?as_of={moment}").json()["settings"] == now["settings"], moment


@pytest.mark.requirement("L07")
def test_before_the_first_save_the_settings_are_the_defaults(asked: Asked) -> None:
    then = asked.get("/settings?as_of=v0").json()
    assert (then["state"], then["settings_version"], then["settings"]["idle_mode"]) == ("draft", 0, "any_side")
    assert (then["settings"]["closing_message"], set(then["settings"])) == (
        None,
        {public_name(name) for name in FIELDS},
    )
    assert "saved_by" not in then
    assert "etag" not in asked.get("/settings?as_of=v0").headers
    assert asked.get("/settings").headers["etag"] == '"1"'


@pytest.mark.requirement("L07")
def test_a_moment_outside_the_channels_life_is_refused_with_the_reason(asked: Asked) -> None:
    created = asked.shop.store.log.stream(TENANT, "channel-tg")[0]
    early = asked.get(f"/settings?as_of={created.position - 1}")
    assert asked.code(early) == (404, "before_creation")
    assert early.json()["error"]["detail"]["created_position"] == created.position
    assert asked.code(asked.get("/settings?as_of=2001-01-01T00:00:00Z")) == (404, "before_creation")
    for ahead in ("999999", "2999-01-01T00:00:00Z"):
        assert asked.code(asked.get(f"/settings?as_of={ahead}")) == (422, "moment_ahead")
    assert asked.code(asked.get("/settings?as_of=v9")) == (404, "settings_version_unknown")
    assert asked.code(asked.get("/settings?as_of=yesterday")) == (422, "bad_moment")
    assert asked.code(asked.get("/settings", channel="none")) == (404, "channel_unknown")
    russian = asked.get("/settings?as_of=v9", accept_language="ru").json()["error"]["sentence"]
    assert russian == "Такой версии настроек не было; последняя — 1."


@pytest.mark.requirement("L07", "L01")
def test_the_difference_names_fields_events_people_and_commands(asked: Asked) -> None:
    asked.shop.employ("rita", "admin")
    one = asked.save({"auto_close": HOURS, "priority": 2}).json()["position"]
    two = asked.save({"priority": 5, "closing_message": "Bye"}, who="rita").json()["position"]
    asked.save({"closing_message": None})
    found = asked.get("/settings/diff?from=v1&to=v4").json()
    fields = {row["field"]: (row["old"], row["new"], row["positions"]) for row in found["fields"]}
    day = {"value": 12, "unit": "hours"}
    assert fields == {"auto_close": (day, HOURS, [one]), "priority": (0, 5, [one, two])}
    assert [(row["actor"], row["command"], row["settings_version"]) for row in found["events"]] == [
        ("root", "SaveChannel", 2), ("rita", "SaveChannel", 3), ("root", "SaveChannel", 4)
    ]  # fmt: skip
    assert found["events"][1]["changes"] == [
        {"field": "closing_message", "old": None, "new": "Bye"}, {"field": "priority", "old": 2, "new": 5}
    ]  # fmt: skip
    assert all(row["ip"] == "testclient" and row["command_id"] for row in found["events"])
    assert (found["from"]["asked"], found["to"]["asked"], found["settings_version_after"]) == ("v1", "v4", 4)


@pytest.mark.requirement("L07")
def test_a_difference_needs_two_moments_in_their_order(asked: Asked) -> None:
    asked.save({"priority": 2})
    nothing = asked.get("/settings/diff?from=v2").json()
    assert (nothing["fields"], nothing["events"], nothing["to"]["asked"]) == ([], [], "now")
    assert asked.code(asked.get("/settings/diff?from=v2&to=v1")) == (422, "moments_reversed")
    assert asked.code(asked.get("/settings/diff?to=v1")) == (422, "required")
    assert asked.code(asked.get("/settings/diff?from=v7&to=v8")) == (404, "settings_version_unknown")


@pytest.mark.requirement("L07", "A12")
def test_going_back_is_a_new_save_that_names_its_source(asked: Asked) -> None:
    before = asked.get("/settings").json()["settings"]
    asked.save({"auto_close": HOURS, "priority": 2, "bot.timeout": 90, "out_of_hours.text": "Closed"})
    restored = asked.restore(1, 2)
    assert (restored.json()["outcome"], restored.headers["etag"]) == ("saved", '"3"')
    now = asked.get("/settings").json()
    assert (now["settings"], now["settings_version"], now["restored_from"]) == (before, 3, 1)
    event = asked.shop.store.log.stream(TENANT, "channel-tg")[-1].event
    assert (event.kind, getattr(event, "restored_from", None)) == ("channel.settings_changed", 1)
    asked.shop.settle()
    row = asked.get("/history?limit=1").json()["history"][0]
    assert (row["cause"]["restored_from"], row["cause"]["restored_saved_by"]) == (1, "engine")
    assert row["cause"]["sentence"].startswith("Restored from version 1, saved by engine at ")


@pytest.mark.requirement("L07", "A13", "A14")
def test_going_back_obeys_the_rules_of_a_save(asked: Asked) -> None:
    head = asked.shop.store.log.head()
    assert asked.restore(1).json()["outcome"] == "unchanged"
    assert asked.code(asked.restore(9)) == (404, "settings_version_unknown")
    assert asked.code(asked.restore(0)) == (422, "required")
    unsaid = asked.http.post("/v1/channels/tg/settings/restore", headers=asked.shop.as_("root"), json={"version": 1})
    assert asked.code(unsaid) == (428, "version_needed")
    assert asked.code(asked.restore(1, who="vera")) == (403, "not_allowed")
    assert asked.shop.store.log.head() == head
    asked.save({"priority": 2})
    stale = asked.restore(1, 1)
    assert asked.code(stale) == (409, "version_conflict")
    assert stale.json()["error"]["detail"]["changed_since"] == ["priority"]


@pytest.mark.requirement("L07")
def test_an_old_value_that_is_not_valid_any_more_is_refused(asked: Asked) -> None:
    asked.shop.store.do(SetAgent(agent="clara", name="Clara"))
    asked.save({"receiver": {"kind": "agent", "id": "clara"}, "priority": 4})
    asked.save({"receiver": {"kind": "agent", "id": "anna"}, "priority": 1})
    _leaves(asked.shop, "clara")
    refused = asked.restore(2)
    assert asked.code(refused) == (422, "receiver_inactive")
    assert asked.get("/settings").json()["settings"]["priority"] == 1


def _leaves(shop: Office, who: str) -> None:
    """Deactivated, whatever else follows from it in the engine."""

    def leave(world: World, command: _Leaves) -> dict[str, Any]:
        world.record(f"agent-{command.agent}", Deactivated())
        return {}

    executor = Executor(shop.store.database, shop.store.vault, handlers={_Leaves: leave})
    try:
        executor.execute(Request(tenant=TENANT, command=_Leaves(who)))
    finally:
        executor.close()


@dataclass(frozen=True)
class _Leaves:
    agent: str


@pytest.mark.requirement("L07", "E14")
def test_the_key_of_a_restore_stands_for_that_restore(asked: Asked) -> None:
    asked.save({"priority": 2})
    first = asked.restore(1, idempotency_key="back").json()
    again = asked.restore(1, idempotency_key="back").json()
    assert (first["outcome"], again["outcome"], again["position"]) == ("saved", "saved", first["position"])
    assert asked.version == 3


@pytest.mark.requirement("A11", "C06")
def test_reading_while_somebody_edits_shows_what_was_saved_last(asked: Asked) -> None:
    saved = asked.get("/settings").json()["settings"]
    edit = {"changes": {"priority": 7, "auto_close": HOURS}}
    asked.http.post("/v1/channels/tg/settings/preview", headers=asked.shop.as_("root"), json=edit)
    asked.save({"priority": 70})
    shown = asked.get("/settings")
    assert (shown.json()["settings"], shown.headers["etag"]) == (saved, '"1"')


@pytest.mark.requirement("J06", "L07")
def test_settings_at_every_position_are_a_fresh_fold_of_the_prefix(asked: Asked) -> None:
    choice = st.fixed_dictionaries(
        {}, optional={"priority": st.integers(0, 9), "weight": st.integers(1, 100), "required_tag": st.booleans()}
    )

    @hypothesis_settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(choice, min_size=1, max_size=3))
    def any_saves(saves: list[dict[str, Any]]) -> None:
        for changes in saves:
            asked.save(changes)
        state, log = Channel(), asked.shop.store.log.stream(TENANT, "channel-tg")
        for one in log:
            state = evolve(state, one.event, one.stamp)  # type: ignore[arg-type]
            told = asked.get(f"/settings?as_of={one.position}").json()
            plain = (state.settings.priority, state.settings.weight, state.settings.required_tag)
            assert tuple(told["settings"][name] for name in ("priority", "weight", "required_tag")) == plain
            assert (told["state"], told["settings_version"]) == (state.phase, state.settings_version)

    any_saves()


@pytest.mark.requirement("J12")
def test_an_agent_reads_neither_the_past_nor_the_difference(asked: Asked) -> None:
    for path in ("/settings", "/settings?as_of=v1", "/settings/diff?from=v0", "/history"):
        assert asked.code(asked.get(path, who="anna")) == (403, "not_allowed")


@pytest.mark.requirement("C01", "C03", "J12")
def test_a_manager_of_the_vendor_sees_channels_and_nothing_that_customers_wrote(asked: Asked) -> None:
    asked.shop.settle()
    assert asked.get("", who="mia").status_code == 200
    for path in ("/v1/dialogs", "/v1/channels/tg/history", "/v1/events", "/v1/agents"):
        refused = asked.http.get(path, headers=asked.shop.as_("mia"))
        assert asked.code(refused) == (403, "not_allowed"), path
    assert asked.code(asked.restore(1, who="mia")) == (403, "not_allowed")
