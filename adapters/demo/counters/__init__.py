"""The counters of the example shop: where its customers write, and who of them writes where."""

from __future__ import annotations

from random import Random

from adapters.channels.http_client import App
from adapters.demo.counters.alice import AliceCounter
from adapters.demo.counters.avito import AvitoCounter
from adapters.demo.counters.base import Counter, Sign
from adapters.demo.counters.facebook import FacebookCounter
from adapters.demo.counters.infobip import InfobipCounter
from adapters.demo.counters.mail import MailCounter
from adapters.demo.counters.messagebird import MessageBirdCounter
from adapters.demo.counters.telegram import BotApi, TelegramCounter
from adapters.demo.counters.viber import ViberCounter
from adapters.demo.counters.vk import VkCounter
from adapters.demo.counters.whatsapp import WhatsAppCounter
from adapters.demo.plan import Arrival

BAKERY, BAKERY_EN = "Пекарня «Тёплый хлеб»", "Warm Bread Bakery"
TOKEN_RU = "7100000001:AAFdemoBakeryRuDemoBakeryRuDemoBakery1"
TOKEN_EN = "7100000002:AAFdemoBakeryEnDemoBakeryEnDemoBakery2"


class Street:
    """All counters together. `speed` shortens the pauses of the providers' stand-ins."""

    def __init__(self, *, speed: float) -> None:
        api = BotApi()
        self.counters: tuple[Counter, ...] = (
            TelegramCounter(
                Sign("bakery", "telegram", "ru", BAKERY, 6), api, token=TOKEN_RU, username="warm_bread_bot", speed=speed
            ),
            TelegramCounter(
                Sign("bakery-en", "telegram", "en", BAKERY_EN, 3),
                api,
                token=TOKEN_EN,
                username="warm_bread_en_bot",
                speed=speed,
            ),
            VkCounter(Sign("bakery-vk", "vk", "ru", "Тёплый хлеб ВКонтакте", 4), speed=speed),
            WhatsAppCounter(
                Sign("bakery-whatsapp", "whatsapp_official", "ru", "Тёплый хлеб в WhatsApp", 3), speed=speed
            ),
            AvitoCounter(Sign("bakery-avito", "avito", "ru", "Тёплый хлеб на Авито", 2), speed=speed),
            MailCounter(Sign("bakery-mail", "email", "ru", "Почта пекарни", 2)),
            AliceCounter(Sign("bakery-alice", "yandex_dialogs", "ru", "Тёплый хлеб в Яндекс.Диалогах", 1)),
            FacebookCounter(Sign("bakery-page", "facebook", "en", "Warm Bread on Facebook", 3), speed=speed),
            InfobipCounter(Sign("bakery-infobip", "whatsapp_infobip", "en", "Warm Bread on WhatsApp", 3), speed=speed),
            MessageBirdCounter(
                Sign("bakery-bird", "whatsapp_messagebird", "ru", "Доставка в WhatsApp", 2), speed=speed
            ),
            ViberCounter(Sign("bakery-viber", "viber", "en", "Warm Bread on Viber", 2), speed=speed),
        )

    @property
    def urls(self) -> dict[str, str]:
        """By kind, as `PARLEY_PROVIDER_URLS`."""
        return {one.sign.kind: one.url for one in self.counters if one.url}

    @property
    def apps(self) -> dict[str, App]:
        return {one.sign.kind: one.app for one in self.counters if one.app is not None}

    def start(self) -> None:
        for one in self.counters:
            one.start()

    def stop(self) -> None:
        for one in self.counters:
            one.stop()

    def of(self, arrival: Arrival) -> Counter:
        """Everybody keeps to his counter."""
        fitting = [one for one in self.counters if one.sign.language == arrival.language]
        return Random(arrival.chat).choices(fitting, [one.sign.share for one in fitting])[0]

    def says(self, arrival: Arrival, text: str) -> str:
        return self.of(arrival).says(arrival, text)


__all__ = ["Counter", "Sign", "Street"]
