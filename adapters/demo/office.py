"""The office is made the way an administrator would make it: agents, groups, hours, channels, all by commands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.channels.checks import Checker
from adapters.channels.connecting import Connector
from adapters.demo.people import AGENTS
from adapters.demo.scripts import Language
from adapters.doubles.telegram import TelegramDouble
from adapters.store.executor import Executor
from adapters.store.requests import Request
from domain.desk import administration as admin
from domain.desk import channels
from domain.recorded import Actor
from domain.working_time import Interval

MANAGER = Actor(kind="manager", id="maria")
WORKDAY, SATURDAY = (Interval(start=8 * 60, end=21 * 60),), (Interval(start=9 * 60, end=18 * 60),)


@dataclass(frozen=True, slots=True)
class Shop:
    """One channel of the world, with the bot behind it."""

    channel: str
    language: Language
    name: str
    bot: str
    token: str
    group: str
    closing_message: str


SHOPS = (
    Shop(
        "bakery",
        "ru",
        "Пекарня «Тёплый хлеб»",
        "warm_bread_bot",
        "7100000001:AAFdemoBakeryRuDemoBakeryRuDemoBakery1",
        "support",
        "Мы закрыли обращение. Напишите, если понадобится что-то ещё!",
    ),
    Shop(
        "bakery-en",
        "en",
        "Warm Bread Bakery",
        "warm_bread_en_bot",
        "7100000002:AAFdemoBakeryEnDemoBakeryEnDemoBakery2",
        "english",
        "We have closed your enquiry. Write any time!",
    ),
)
GROUPS: dict[str, tuple[str, dict[str, object]]] = {
    "support": ("Поддержка", {"algorithm": "least_busy", "answer_wait": 30}),
    "english": ("English desk", {"algorithm": "round_robin", "answer_wait": 30}),
}


class Office:
    """`furnish` may be called again and again: what is there already stays as it is."""

    def __init__(self, executor: Executor, connector: Connector, tenant: str) -> None:
        self._executor = executor
        self._connector = connector
        self._tenant = tenant

    def furnish(self, telegrams: dict[str, TelegramDouble]) -> None:
        """`telegrams` by channel. Raises what a command is refused with."""
        for agent in AGENTS:
            self._do(admin.SetAgent(agent=agent.id, name=agent.name, capacity=agent.capacity))
        for group, (name, rules) in GROUPS.items():
            members = [agent.id for agent in AGENTS if agent.group == group]
            self._do(admin.SetGroup(group=group, name=name, changes={**rules, "members": members}))
        week = (*(WORKDAY for _ in range(5)), SATURDAY, ())
        self._do(admin.SetSchedule(schedule="shop-hours", name="Магазин", zone="Europe/Moscow", week=week))
        for shop in SHOPS:
            self._connect(shop, telegrams[shop.channel])
        self._do(channels.CreateChannel(channel="vk-community", kind="vk", name="Сообщество ВК (не подключено)"))
        for agent in AGENTS:
            self._do(admin.SetPresence(agent=agent.id, to="ready"))

    def _connect(self, shop: Shop, telegram: TelegramDouble) -> None:
        """The first time in the three steps of an administrator; later only the bot's address may have changed."""
        created = self._do(channels.CreateChannel(channel=shop.channel, kind="telegram", name=shop.name))
        connector = self._connector_to(telegram)
        if created["outcome"] == "created":
            Checker(connector).token(self._tenant, shop.channel, shop.token, actor=MANAGER)
            first = {"receiver": {"kind": "group", "id": shop.group}, "auto_close": {"value": 1, "unit": "days"}}
            connector.save(self._tenant, shop.channel, {**first, "base_url": telegram.url}, actor=MANAGER)
            later = {"auto_close": {"value": 12, "unit": "hours"}, "closing_message": shop.closing_message}
            connector.save(self._tenant, shop.channel, later, actor=MANAGER)
            return
        connector.save(self._tenant, shop.channel, {"base_url": telegram.url}, actor=MANAGER)

    def _connector_to(self, telegram: TelegramDouble) -> Connector:
        ours = self._connector
        urls = {"telegram": telegram.url}
        return Connector(ours.database, ours.vault, ours.executor, ours.client, ours.public_url, urls)

    def _do(self, command: Any) -> dict[str, Any]:
        request = Request(tenant=self._tenant, command=command, actor=MANAGER, remember=False)
        return self._executor.execute(request).answer
