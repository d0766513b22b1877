"""What a Save names in other streams must be there: agents, groups, bots, schedules (§10)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.channel import Channel
from domain.desk.routing import known_bot
from domain.desk.world import World
from domain.dialog.events import Target
from domain.errors import Problem, shown
from domain.kinds import KINDS
from domain.settings import Settings, check


def missing_references(world: World, before: Channel, changes: Mapping[str, object]) -> tuple[Problem, ...]:
    """Receivers, fallbacks and schedules that are not there. What is wrong by itself, the channel finds."""
    after, wrong_by_itself = check(before.settings, changes, KINDS[before.kind])
    wrong = [problem.field for problem in wrong_by_itself]
    problems: list[Problem] = []
    if "receiver" in changes and "receiver" not in wrong:
        problems += _missing_target(world, "receiver", after.receiver)
    if "out_of_hours.bot" in changes and "out_of_hours.bot" not in wrong and after.out_of_hours_bot is not None:
        problems += _missing_target(world, "out_of_hours.bot", Target(kind="bot", id=after.out_of_hours_bot))
    if "bot.fallback" in changes and "bot.fallback" not in wrong:
        problems += _missing_target(world, "bot.fallback", after.bot_fallback)
    problems += _missing_schedule(world, after) if "schedule" in changes else []
    return tuple(problems)


def _missing_target(world: World, name: str, target: Target | None) -> list[Problem]:
    if target is None:
        return []
    if target.kind == "bot":
        exists = active = known_bot(world, target.id)
    elif target.kind == "agent":
        found = world.agent(target.id)
        exists, active = found.exists, found.active
    else:
        there = world.group(target.id)
        exists, active = there.exists, not there.archived
    if not exists:
        sentence = f"There is no {target.kind} {shown(target.id)}."
        return [Problem(field=name, code="receiver_unknown", sentence=sentence)]
    if not active:
        return [Problem(field=name, code="receiver_inactive", sentence=f"The {target.kind} {target.id} is not active.")]
    return []


def _missing_schedule(world: World, settings: Settings) -> list[Problem]:
    if settings.schedule is None or world.schedule(settings.schedule).exists:
        return []
    sentence = f"There is no schedule {settings.schedule}."
    return [Problem(field="schedule", code="schedule_unknown", sentence=sentence)]
