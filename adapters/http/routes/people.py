"""Agents, groups and schedules: who answers, by which rule, and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from adapters.http import shapes, wire
from adapters.http.asking import Asking, may
from adapters.http.reading import Standing, WaitFor, reading, wait_for
from adapters.store.database import Connection
from adapters.views import queries
from domain.desk import administration as admin
from domain.errors import NotFound

router = APIRouter(prefix="/v1")
Rows = list[dict[str, Any]]


@router.get("/agents", tags=["agents"])
async def list_agents(asking: Annotated[Asking, may("agents.read")], position: WaitFor = None) -> shapes.Agents:
    """The board: presence, load and capacity of everybody."""
    rows, where = await _all(asking, "agent_board", queries.agents, position)
    return shapes.Agents(agents=[shapes.AgentRow.model_validate(row) for row in rows], **where)


@router.get("/agents/{agent}", tags=["agents"])
async def get_agent(
    agent: str, asking: Annotated[Asking, may("agents.read")], position: WaitFor = None
) -> shapes.OneAgent:
    """One agent: presence, load, capacity and skills."""
    row, where = await _one(asking, "agent_board", queries.agents, position, "agent", agent)
    return shapes.OneAgent(agent=shapes.AgentRow.model_validate(row), **where)


@router.put("/agents/{agent}", tags=["agents"], response_model_exclude_none=True)
async def set_agent(
    agent: wire.Id, body: wire.AgentSettings, asking: Annotated[Asking, may("agents.set")]
) -> shapes.Saved:
    """Makes the agent if `name` is given and there is none; then sets what is named."""
    wanted = admin.SetAgent(agent=agent, name=body.name, capacity=body.capacity, skills=body.skills)
    return shapes.Saved.model_validate(await asking.run(wanted))


@router.put("/agents/{agent}/presence", tags=["agents"], response_model_exclude_none=True)
async def set_presence(
    agent: str, body: wire.AgentPresence, asking: Annotated[Asking, may("presence.set")]
) -> shapes.Saved:
    """Agents set their own; a supervisor anybody's."""
    own = agent == asking.grant.actor
    if not own:
        await asking.only_leads("presence.set", "set the presence of somebody else")
    wanted = admin.SetPresence(agent=agent, to=body.presence, reason="declared" if own else "administrator")
    return shapes.Saved.model_validate(await asking.run(wanted))


@router.get("/groups", tags=["groups"])
async def list_groups(asking: Annotated[Asking, may("groups.read")], position: WaitFor = None) -> shapes.Groups:
    """Every group with its rule, and how many dialogs wait in it."""
    rows, where = await _all(asking, "groups", queries.groups, position)
    return shapes.Groups(groups=[shapes.GroupRow.model_validate(row) for row in rows], **where)


@router.get("/groups/{group}", tags=["groups"])
async def get_group(
    group: str, asking: Annotated[Asking, may("groups.read")], position: WaitFor = None
) -> shapes.OneGroup:
    """One group with its members, its rule, and how many dialogs wait in it."""
    row, where = await _one(asking, "groups", queries.groups, position, "group", group)
    return shapes.OneGroup(group=shapes.GroupRow.model_validate(row), **where)


@router.put("/groups/{group}", tags=["groups"], response_model_exclude_none=True)
async def set_group(
    group: wire.Id, body: wire.GroupSettings, asking: Annotated[Asking, may("groups.set")]
) -> shapes.Saved:
    """Makes the group if `name` is given and there is none; then changes what is named, all or nothing."""
    changes = {name: getattr(body, name) for name in sorted(body.model_fields_set - {"name"})}
    return shapes.Saved.model_validate(await asking.run(admin.SetGroup(group=group, name=body.name, changes=changes)))


@router.get("/schedules", tags=["schedules"])
async def list_schedules(
    asking: Annotated[Asking, may("schedules.read")], position: WaitFor = None
) -> shapes.Schedules:
    """Every schedule of working hours, as it is now."""
    rows, where = await _all(asking, "schedules", queries.schedules, position)
    return shapes.Schedules(schedules=[shapes.ScheduleRow.model_validate(row) for row in rows], **where)


@router.get("/schedules/{schedule}", tags=["schedules"])
async def get_schedule(
    schedule: str, asking: Annotated[Asking, may("schedules.read")], position: WaitFor = None
) -> shapes.OneSchedule:
    """One schedule: its zone, its week, and the dates that are different."""
    row, where = await _one(asking, "schedules", queries.schedules, position, "schedule", schedule)
    return shapes.OneSchedule(schedule=shapes.ScheduleRow.model_validate(row), **where)


@router.put("/schedules/{schedule}", tags=["schedules"], response_model_exclude_none=True)
async def set_schedule(
    schedule: wire.Id, body: wire.ScheduleSettings, asking: Annotated[Asking, may("schedules.set")]
) -> shapes.Saved:
    """Defines the schedule to be exactly this; each change is a version of its own."""
    wanted = admin.SetSchedule(
        schedule=schedule, name=body.name, zone=body.zone, week=body.week, exceptions=body.exceptions
    )
    return shapes.Saved.model_validate(await asking.run(wanted))


Read = Callable[[Connection, str], Rows]


async def _all(asking: Asking, view: str, read: Read, position: int | None) -> tuple[Rows, dict[str, Any]]:
    await wait_for(asking.parts, (view,), position)
    rows, where = await run_in_threadpool(_read, asking, view, read)
    return rows, {"position": where.position, "lag": where.lag}


async def _one(
    asking: Asking, view: str, read: Read, position: int | None, key: str, ident: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    rows, where = await _all(asking, view, read, position)
    found = next((row for row in rows if row[key] == ident), None)
    if found is None:
        raise NotFound(f"{key}_unknown", f"There is no such {key}.")
    return found, where


def _read(asking: Asking, view: str, read: Read) -> tuple[Rows, Standing]:
    with reading(asking.parts, (view,)) as (connection, where):
        return read(connection, asking.tenant), where
