"""An office whose channels `vk` and `avito` are not connected yet, with our applications at both doubles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.channels.http_client import App
from adapters.doubles import avito as avitos
from adapters.doubles import vk as vks
from adapters.doubles.avito import AvitoDouble
from adapters.doubles.vk import VkDouble
from adapters.vault.secrets import Secret
from domain.desk.channels import CreateChannel
from tests.adapters.http.door import Office, office

PUBLIC = "http://127.0.0.1:9"
SILENT = 200_300


@contextmanager
def vk_double(silent: str) -> Iterator[VkDouble]:
    """`silent` = the name of a community that receives no messages."""
    with VkDouble() as made:
        made.community(SILENT, silent, receives=False)
        yield made


@contextmanager
def avito_double() -> Iterator[AvitoDouble]:
    with AvitoDouble(redirect=f"{PUBLIC}/oauth/avito") as made:
        yield made


@contextmanager
def to_log_in(vk: VkDouble, avito: AvitoDouble) -> Iterator[Office]:
    apps = {
        "vk": App(vks.CLIENT_ID, Secret(vks.CLIENT_SECRET)),
        "avito": App(avitos.CLIENT_ID, Secret(avitos.CLIENT_SECRET)),
    }
    with office(provider_urls={"vk": vk.url, "avito": avito.url}, apps=apps, public_url=PUBLIC) as made:
        made.open_shop()
        for kind in ("vk", "avito"):
            made.store.do(CreateChannel(channel=kind, kind=kind, name=kind))
        made.settle()
        yield made
