"""The office is made the way an administrator would make it: agents, groups, hours, channels, all by commands."""

from __future__ import annotations

from adapters.demo.clerk import Clerk
from adapters.demo.counters import Street
from adapters.demo.people import AGENTS
from domain.desk import administration as admin
from domain.working_time import Interval

WORKDAY, SATURDAY = (Interval(start=8 * 60, end=21 * 60),), (Interval(start=9 * 60, end=18 * 60),)
GROUPS: dict[str, tuple[str, dict[str, object]]] = {
    "support": ("Поддержка", {"algorithm": "least_busy", "answer_wait": 30}),
    "english": ("English desk", {"algorithm": "round_robin", "answer_wait": 30}),
}


def furnish(clerk: Clerk, street: Street) -> None:
    """May be called again and again: what is there already stays as it is. Raises what a command is refused with."""
    for agent in AGENTS:
        clerk.does(admin.SetAgent(agent=agent.id, name=agent.name, capacity=agent.capacity))
    for group, (name, rules) in GROUPS.items():
        members = [agent.id for agent in AGENTS if agent.group == group]
        clerk.does(admin.SetGroup(group=group, name=name, changes={**rules, "members": members}))
    week = (*(WORKDAY for _ in range(5)), SATURDAY, ())
    clerk.does(admin.SetSchedule(schedule="shop-hours", name="Магазин", zone="Europe/Moscow", week=week))
    for counter in street.counters:
        counter.open(clerk)
    clerk.makes("vk-second", "vk", "Второе сообщество ВК (не подключено)")
    for agent in AGENTS:
        clerk.does(admin.SetPresence(agent=agent.id, to="ready"))
