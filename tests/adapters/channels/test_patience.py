"""How providers are reached: asked again where that is harmless, and only through the proxy that was asked for."""

from __future__ import annotations

import httpx2
import pytest

from adapters.channels.access import Providers
from adapters.channels.http_client import by_proxy, http_client
from adapters.doubles.server import Asked, LoopbackServer, Reply
from domain.channel import Channel
from domain.errors import Invalid, Unavailable
from domain.settings import Settings
from tests.adapters.channels.bakery import OWNER, SETTINGS, bakery, connect
from tests.store import TENANT


class Provider:
    """Is broken so many times, then well."""

    def __init__(self, broken: int) -> None:
        self.broken = broken
        self.asked: list[Asked] = []

    def __call__(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return Reply(503 if len(self.asked) <= self.broken else 200, {"ok": True})


@pytest.mark.parametrize(("broken", "status", "calls"), [(0, 200, 1), (2, 200, 3), (9, 503, 3)])
def test_a_question_is_asked_three_times_at_most(broken: int, status: int, calls: int) -> None:
    provider = Provider(broken)
    with LoopbackServer(provider) as server, http_client(patient=True) as client:
        assert client.post(server.url, json={"a": 1}).status_code == status
    assert [one.json() for one in provider.asked] == [{"a": 1}] * calls


def test_a_message_is_sent_once() -> None:
    provider = Provider(1)
    with LoopbackServer(provider) as server, http_client() as client:
        assert client.post(server.url).status_code == 503
    assert len(provider.asked) == 1


def test_who_cannot_be_reached_is_an_error_after_the_last_try() -> None:
    with http_client(patient=True) as client, pytest.raises(httpx2.ConnectError):
        client.get("http://127.0.0.1:9/")


def test_a_channel_goes_through_its_proxy_and_never_past_it() -> None:
    proxy = Provider(0)
    with LoopbackServer(proxy) as server, http_client() as direct:
        proxies = by_proxy({"abroad": server.url})
        providers = Providers(direct, proxies=proxies)
        access = providers.access(Channel(settings=Settings(proxy="abroad")), {})
        access.client.get("http://provider.invalid/getMe")
        assert [one.path for one in proxy.asked] == ["http://provider.invalid/getMe"]
        assert providers.access(Channel(), {}).client is direct
        with pytest.raises(Unavailable):
            providers.access(Channel(settings=Settings(proxy="gone")), {})
        proxies["abroad"].close()


def test_a_proxy_is_one_of_the_installation() -> None:
    with bakery(connected=False) as shop:
        connect(shop)
        with pytest.raises(Invalid) as refused:
            shop.connector.save(TENANT, "shop", {**SETTINGS, "proxy": "nowhere"}, actor=OWNER)
        assert refused.value.detail["problems"][0]["code"] == "proxy_unknown"
