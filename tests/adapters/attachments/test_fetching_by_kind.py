"""A file of a customer's through each kind of channel, from its provider's double to our shelf: one picture, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import count
from pathlib import Path
from time import monotonic, sleep

import pytest

from adapters.attachments import Shelf
from adapters.attachments.table import Attachment
from adapters.attachments.worker import Fetching
from adapters.blobs import FolderBlobs
from adapters.channels.checks import Checker
from adapters.channels.http_client import App
from adapters.doubles import avito, facebook, viber, vk, whatsapp_infobip, whatsapp_messagebird, whatsapp_official
from adapters.doubles.server import Asked, LoopbackServer, Reply
from adapters.vault.secrets import Secret
from domain.recorded import Actor
from tests.adapters.channels.bakery import OWNER, SETTINGS
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

PICTURE = b"\xff\xd8\xff\xe0" + bytes(range(251)) * 700
PHONE = "79161234567"
HOURS = {**SETTINGS, "auto_close": {"value": 24, "unit": "hours"}}


@contextmanager
def server() -> Iterator[str]:
    """Where providers that give plain addresses keep their files; it knows nothing of keys, and refuses any."""

    def answering(asked: Asked) -> Reply:
        shown = asked.headers.keys() & {"authorization", "x-viber-auth-token"}
        return Reply(403) if shown else Reply(200, PICTURE, {"content-type": "image/jpeg"})

    with LoopbackServer(answering) as made:
        yield f"{made.url}/p.jpg"


Case = Callable[[ExitStack, str], tuple[Stand, str]]


def by_viber(stack: ExitStack, url: str) -> tuple[Stand, str]:
    double = stack.enter_context(viber.ViberDouble(speed=1000))
    shop = stack.enter_context(stand("viber", double.url))
    Checker(shop.connector).credentials(TENANT, "shop", {"token": viber.TOKEN}, actor=OWNER)
    shop.saves()
    double.customer_sends("abc=", {"type": "picture", "text": "", "media": url})
    return shop, double.url


def by_vk(stack: ExitStack, url: str) -> tuple[Stand, str]:
    double = stack.enter_context(vk.VkDouble(speed=100))
    shop = stack.enter_context(stand("vk", double.url, app=App(vk.CLIENT_ID, Secret(vk.CLIENT_SECRET))))
    shop.logs_in()
    shop.chooses(str(vk.GROUP))
    shop.saves()
    assert double.settle(30)  # nothing comes before the address is confirmed
    sizes = [{"url": url, "width": 90, "height": 60, "type": "x"}]
    double.customer_sends(7, {"text": "", "attachments": [{"type": "photo", "photo": {"sizes": sizes}}]})
    return shop, double.url


def by_facebook(stack: ExitStack, url: str) -> tuple[Stand, str]:
    double = stack.enter_context(facebook.FacebookDouble(speed=100))
    app = App(facebook.APP_ID, Secret(facebook.APP_SECRET))
    shop = stack.enter_context(stand("facebook", double.url, app=app))
    shop.logs_in()
    answer = shop.logins.choose(TENANT, "shop", (facebook.PAGE,), actor=OWNER)
    shop.saves(answer["channels"][0]["channel"])
    double.customer_sends("psid-1", {"attachments": [{"type": "image", "payload": {"url": url}}]})
    return shop, double.url


def by_whatsapp(stack: ExitStack, url: str) -> tuple[Stand, str]:
    """An id, looked up with the key, becomes an address that wants the key again."""
    double = stack.enter_context(whatsapp_official.WhatsAppDouble(speed=100))
    shop = stack.enter_context(stand("whatsapp_official", double.url))
    typed = {
        "waba_id": whatsapp_official.WABA,
        "access_token": whatsapp_official.TOKEN,
        "app_secret": whatsapp_official.APP_SECRET,
        "verify_token": "a word",
    }
    manager = Actor(kind="manager", id="mia")
    Checker(shop.connector).activation(TENANT, "shop", whatsapp_official.NUMBER_ID, typed, actor=manager)
    shop.saves(changes=HOURS)
    double.customer_sends_file(PHONE, "image", PICTURE, "image/jpeg")
    return shop, double.url


def by_infobip(stack: ExitStack, url: str) -> tuple[Stand, str]:
    """Behind the key of the account."""
    double = stack.enter_context(whatsapp_infobip.InfobipDouble(speed=1000))
    shop = stack.enter_context(stand("whatsapp_infobip", double.url))
    shop.checks({"api_key": whatsapp_infobip.KEY})
    shop.saves(changes={**SETTINGS, "number": whatsapp_infobip.NUMBER})
    address = str(shop.connector.issue_url(TENANT, "shop", actor=OWNER)["url"])
    double.forwards(whatsapp_infobip.NUMBER, address, password=None)
    double.customer_sends_file("385919998888", "IMAGE", PICTURE, "image/jpeg")
    return shop, double.url


def by_messagebird(stack: ExitStack, url: str) -> tuple[Stand, str]:
    double = stack.enter_context(whatsapp_messagebird.MessageBirdDouble(speed=100))
    shop = stack.enter_context(stand("whatsapp_messagebird", double.url))
    keys = {"key": whatsapp_messagebird.KEY, "channel_id": whatsapp_messagebird.CHANNEL}
    shop.checks({**keys, "signing_key": whatsapp_messagebird.SIGNING_KEY})
    shop.saves()
    double.customer_sends(PHONE, "image", {"url": url})
    return shop, double.url


def by_avito(stack: ExitStack, url: str) -> tuple[Stand, str]:
    """A voice: an id, looked up with a token."""
    double = stack.enter_context(avito.AvitoDouble(speed=100))
    shop = stack.enter_context(stand("avito", double.url, app=App(avito.CLIENT_ID, Secret(avito.CLIENT_SECRET))))
    double.oauth.redirect = f"{shop.connector.public_url}/oauth/avito"
    shop.logs_in()
    shop.saves()
    double.customer_speaks(7, PICTURE)
    return shop, double.url


CASES: dict[str, Case] = {
    "viber": by_viber,
    "vk": by_vk,
    "facebook": by_facebook,
    "whatsapp_official": by_whatsapp,
    "whatsapp_infobip": by_infobip,
    "whatsapp_messagebird": by_messagebird,
    "avito": by_avito,
}


def fetched(shop: Stand, urls: dict[str, str], folder: Path) -> tuple[Attachment, bytes]:
    """What the worker made of the one file, as soon as its message is there."""
    store = shop.store
    end = monotonic() + 30
    while not shop.events("dialog.message_received"):
        assert monotonic() < end, "the message did not come"
        sleep(0.02)
    blobs = FolderBlobs(folder)
    rounds = count()
    worker = Fetching(
        store.database,
        store.vault,
        store.executor,
        blobs,
        provider_urls=urls,
        apps=shop.connector.apps,
        clock=lambda now: now + next(rounds) * timedelta(minutes=1),
    )
    try:
        for _ in range(5):  # a busy machine may be too slow for a try; the next comes a minute later by this clock
            worker.run_once()
    finally:
        worker.stop()
    shelf = Shelf(store.database, store.vault, blobs)
    ((ident,),) = store.rows("SELECT id FROM parley.attachment")
    one = shelf.find(TENANT, ident)
    return one, b"".join(shelf.read(one)) if one.state == "kept" else b""


@pytest.mark.parametrize("kind", CASES)
def test_what_a_customer_sends_is_kept(kind: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        url = stack.enter_context(server())
        shop, double = CASES[kind](stack, url)
        one, content = fetched(shop, {kind: double, "files": url}, tmp_path)
        assert (one.state, one.code, one.mime) == ("kept", "", "image/jpeg")
        assert content == PICTURE


@pytest.mark.requirement("K10")
def test_an_address_that_is_near_to_nobody_is_not_called(tmp_path: Path) -> None:
    """The control: without the double's word for it, a file on the loopback interface is out of reach."""
    with ExitStack() as stack:
        url = stack.enter_context(server())
        shop, double = by_viber(stack, url)
        one, _ = fetched(shop, {"viber": double}, tmp_path)
        assert (one.state, one.code) == ("failed", "address_not_https")
