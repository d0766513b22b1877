"""Files through Messenger and WhatsApp, out and in: uploaded and named, looked up and fetched with our token."""

from __future__ import annotations

from collections.abc import Iterator

import httpx2
import pytest

from adapters.channels import Access, Outbound, channel, http_client
from adapters.channels.files import FetchesFiles, FileWanted, OutFile
from adapters.channels.keys import APP_SECRET as SECRET_NAME
from adapters.channels.keys import TOKEN as TOKEN_NAME
from adapters.doubles.facebook import PAGE, PAGE_TOKEN, FacebookDouble
from adapters.doubles.faults import Fault, hang_up
from adapters.doubles.graph import APP_SECRET, error
from adapters.doubles.server import Reply
from adapters.doubles.whatsapp_official import NUMBER_ID, TOKEN, WhatsAppDouble
from adapters.vault.secrets import Secret
from domain.errors import NotAllowed, NotFound, Unavailable
from domain.kinds import KINDS, MB
from tests.adapters.channels.files_out import out_file

FACEBOOK, WHATSAPP = channel("facebook"), channel("whatsapp_official")
PHONE, PSID = "79161234567", "77"
LIST = out_file(b"%PDF", "price list.pdf", "application/pdf", "file")
GIF = out_file(b"GIF89a", "a.gif", "image/gif")
SONG = out_file(b"ID3", "a.mp3", "audio/mpeg", "audio")


@pytest.fixture
def whatsapp() -> Iterator[WhatsAppDouble]:
    with WhatsAppDouble() as made:
        made.customer_says(PHONE, "Hi")
        yield made


@pytest.fixture
def facebook() -> Iterator[FacebookDouble]:
    with FacebookDouble() as made:
        made.customer_says(PSID, "Hi")
        yield made


@pytest.fixture
def client() -> Iterator[httpx2.Client]:
    with http_client() as made:
        yield made


def number(whatsapp: WhatsAppDouble, client: httpx2.Client, token: str = TOKEN) -> Access:
    secrets = {TOKEN_NAME: Secret(token), SECRET_NAME: Secret(APP_SECRET)}
    return Access(client, secrets, whatsapp.url, NUMBER_ID)


def page(facebook: FacebookDouble, client: httpx2.Client) -> Access:
    return Access(client, {TOKEN_NAME: Secret(PAGE_TOKEN)}, facebook.url, PAGE)


@pytest.mark.parametrize(
    ("file", "text", "type"),
    [
        (out_file(), "Look", "image"),
        (out_file(b"\x00mp4", "a.mp4", "video/mp4", "video"), "", "video"),
        (SONG, "", "audio"),
        (SONG, "Words beside a sound", "document"),
        (GIF, "", "document"),
        (LIST, "Prices", "document"),
    ],
)
def test_whatsapp_is_given_a_file_in_the_form_that_it_shows(
    whatsapp: WhatsAppDouble, client: httpx2.Client, file: OutFile, text: str, type: str
) -> None:
    result = WHATSAPP.send(number(whatsapp, client), PHONE, Outbound(text=text, key="k", files=(file,)))
    (said,) = whatsapp.sent
    assert (result.outcome, said.type, said.text, said.key) == ("accepted", type, text, "k")
    assert said.content is not None
    kept = whatsapp.book.media[said.content["id"]]
    assert (kept.name, kept.mime, kept.content) == (file.name, file.mime, file.open().read())
    assert said.content.get("filename") == (file.name if type == "document" else None)


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (Fault(Reply(502, {})), "retry"),
        (hang_up(), "retry"),
        (Fault(error(131053, "Media upload error")), "retry"),
        (Fault(error(190, "Invalid OAuth access token", status=401)), "bad_credentials"),
    ],
)
def test_an_upload_that_fails_has_sent_nothing_and_may_be_repeated(
    whatsapp: WhatsAppDouble, client: httpx2.Client, fault: Fault, outcome: str
) -> None:
    whatsapp.fails(fault, method="media")
    out = Outbound(text="", key="k", files=(out_file(),))
    assert WHATSAPP.send(number(whatsapp, client), PHONE, out).outcome == outcome
    assert whatsapp.sent == []
    assert WHATSAPP.send(number(whatsapp, client), PHONE, out).outcome == "accepted"


def test_messenger_is_given_a_file_with_the_message(facebook: FacebookDouble, client: httpx2.Client) -> None:
    result = FACEBOOK.send(page(facebook, client), PSID, Outbound(text="", key="k", files=(out_file(),)))
    (said,) = facebook.sent
    assert said.attachment is not None
    assert (result.outcome, said.attachment["type"], said.metadata, said.text) == ("sent", "image", "k", "")
    assert facebook.book.files[said.attachment["kept"]] == ("a.png", b"\x89PNG")


def test_the_sizes_are_those_that_meta_takes() -> None:
    whatsapp, facebook = KINDS["whatsapp_official"].files, KINDS["facebook"].files
    assert whatsapp is not None and facebook is not None
    sizes = [whatsapp.largest_of(type) for type in ("image", "video", "audio", "file")]
    assert sizes == [5 * MB, 16 * MB, 16 * MB, 100 * MB]
    assert (whatsapp.most, whatsapp.beside, facebook.most, facebook.beside) == (1, 1024, 1, 0)
    assert (facebook.largest_of("image"), facebook.largest_of("file")) == (8 * MB, 25 * MB)


def wanted(whatsapp: WhatsAppDouble) -> FileWanted:
    """What an incoming picture says of its file."""
    message = whatsapp.customer_sends_file(PHONE, "image", b"\xff\xd8", "image/jpeg")
    return FileWanted(type="image", ref=message["image"]["id"], mime="image/jpeg")


def test_an_incoming_file_is_looked_up_and_fetched_with_our_token(
    whatsapp: WhatsAppDouble, client: httpx2.Client
) -> None:
    assert isinstance(WHATSAPP, FetchesFiles)
    asked = WHATSAPP.file_request(number(whatsapp, client), wanted(whatsapp))
    assert asked is not None and TOKEN not in repr(asked)
    headers = {name: secret.reveal() for name, secret in asked.headers.items()}
    assert client.get(asked.url, headers=headers).content == b"\xff\xd8"
    assert client.get(asked.url).status_code == 401


def test_a_file_that_is_gone_or_not_ours_to_fetch_is_told_apart(
    whatsapp: WhatsAppDouble, client: httpx2.Client
) -> None:
    assert isinstance(WHATSAPP, FetchesFiles)
    with pytest.raises(NotFound):
        WHATSAPP.file_request(number(whatsapp, client), FileWanted(type="image", ref="123"))
    with pytest.raises(NotAllowed):
        WHATSAPP.file_request(number(whatsapp, client, "EAAold"), wanted(whatsapp))
    whatsapp.fails(Fault(Reply(503, {})), method="object")
    with pytest.raises(Unavailable):
        WHATSAPP.file_request(number(whatsapp, client), wanted(whatsapp))
