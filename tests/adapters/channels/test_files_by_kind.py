"""Files by kind: how each provider gives them away, and that what the table of kinds allows is what a channel sends."""

from __future__ import annotations

import io
import json
from typing import Any

import httpx2
import pytest

from adapters.channels import FetchesFiles, FileRequest, FileWanted, Outbound, OutFile, channel, kinds
from adapters.channels.contract import Outbound as Message
from adapters.channels.files import FileTooLarge
from adapters.channels.http_client import Access
from adapters.channels.keys import TOKEN
from adapters.vault.secrets import Secret
from domain.errors import NotAllowed, NotFound, Unavailable
from domain.kinds import KINDS

SECRETS = dict.fromkeys((TOKEN, "access_token", "key", "api_key", "password"), Secret("abc-123"))
LINK = "https://desk.example/files/t/file.jpg"


def access(answer: Any, seen: list[httpx2.Request] | None = None, base_url: str | None = None) -> Access:
    def respond(request: httpx2.Request) -> httpx2.Response:
        request.read()
        if seen is not None:
            seen.append(request)
        if isinstance(answer, type):
            raise answer("cut")
        return answer if isinstance(answer, httpx2.Response) else httpx2.Response(200, json=answer)

    return Access(httpx2.Client(transport=httpx2.MockTransport(respond)), SECRETS, base_url, "10")


def file(mime: str = "image/jpeg", size: int = 5, link: str | None = LINK, name: str = "cake.jpg") -> OutFile:
    kind = mime.partition("/")[0]
    return OutFile(
        type=kind if kind in ("image", "video", "audio") else "file",  # type: ignore[arg-type]
        name=name,
        mime=mime,
        size=size,
        open=lambda: io.BytesIO(b"x" * min(size, 5)),
        link=lambda: link,
    )


# -- Telegram gives a path for an id ----------------------------------------------------------------------------------

PHOTO = FileWanted(type="image", ref="AgAC")


def telegram(answer: Any) -> FileRequest | None:
    adapter = channel("telegram")
    assert isinstance(adapter, FetchesFiles)
    return adapter.file_request(access(answer), PHOTO)


def test_telegrams_path_becomes_an_address_with_the_token() -> None:
    found = telegram({"ok": True, "result": {"file_id": "AgAC", "file_path": "photos/file 1.jpg"}})
    assert found == FileRequest(url="https://api.telegram.org/file/botabc-123/photos/file%201.jpg")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx2.Response(400, json={"ok": False, "description": "Bad Request: file is too big"}), FileTooLarge),
        (httpx2.Response(400, json={"ok": False, "description": "Bad Request: wrong file_id"}), NotFound),
        (httpx2.Response(401, json={"ok": False}), NotAllowed),
        (httpx2.Response(429, json={"ok": False}), Unavailable),
        (httpx2.Response(502, text="Bad Gateway"), Unavailable),
        (httpx2.ConnectError, Unavailable),
        (httpx2.Response(200, json={"ok": True, "result": {}}), NotFound),
        (httpx2.Response(200, json=[]), NotFound),
    ],
)
def test_what_telegram_answers_instead(answer: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        telegram(answer)


# -- VK gives addresses, of videos only pages -------------------------------------------------------------------------


def test_a_video_of_vk_is_a_page_and_nothing_to_fetch() -> None:
    adapter = channel("vk")
    assert isinstance(adapter, FetchesFiles)
    page = FileWanted(type="video", url="https://vk.com/video1_2")
    assert adapter.file_request(access({}), page) is None
    photo = FileWanted(type="image", url="https://sun1.userapi.example/p.jpg")
    assert adapter.file_request(access({}), photo) == FileRequest(url="https://sun1.userapi.example/p.jpg")


# -- Viber fetches what we send ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "text", "said"),
    [
        (file(), "Fresh", {"type": "picture", "text": "Fresh", "media": LINK}),
        (file(), "", {"type": "picture", "text": "", "media": LINK}),
        (file("video/mp4", 9), "", {"type": "video", "media": LINK, "size": 9}),
        (
            file("application/pdf", 9, name="p.pdf"),
            "",
            {"type": "file", "media": LINK, "size": 9, "file_name": "p.pdf"},
        ),
        (file("image/gif", 9), "", {"type": "file", "media": LINK, "size": 9, "file_name": "cake.jpg"}),
        (file(size=2**20 + 1), "", {"type": "file", "media": LINK, "size": 2**20 + 1, "file_name": "cake.jpg"}),
    ],
)
def test_viber_is_told_where_the_file_is(sent: OutFile, text: str, said: dict[str, Any]) -> None:
    seen: list[httpx2.Request] = []
    message = Outbound(text=text, key="k", files=(sent,))
    result = channel("viber").send(access({"status": 0, "message_token": 7}, seen), "abc=", message)
    assert result.outcome == "sent"
    told = json.loads(seen[0].content)
    assert {name: told[name] for name in said} == said and ("text" in told) == ("text" in said)


@pytest.mark.parametrize(
    ("sent", "text", "code"),
    [
        (file(link=None), "", "no_public_address"),
        (file(link="http://127.0.0.1:8080/files/t/file.jpg"), "", "no_public_address"),
        (file("application/pdf"), "Prices", "text_beside_file"),
        (file(size=2**20 + 1), "Large", "text_beside_file"),
    ],
)
def test_what_viber_could_not_fetch_or_show_is_not_sent(sent: OutFile, text: str, code: str) -> None:
    seen: list[httpx2.Request] = []
    result = channel("viber").send(access({}, seen), "abc=", Outbound(text=text, key="k", files=(sent,)))
    assert (result.outcome, result.code, seen) == ("permanent_failure", code, [])


# -- Infobip and MessageBird fetch it too -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sent", "text", "path", "content"),
    [
        (file(), "Fresh", "image", {"mediaUrl": LINK, "caption": "Fresh"}),
        (file("audio/ogg"), "", "audio", {"mediaUrl": LINK}),
        (file("application/pdf", name="p.pdf"), "", "document", {"mediaUrl": LINK, "filename": "p.pdf"}),
    ],
)
def test_infobip_is_told_where_the_file_is(sent: OutFile, text: str, path: str, content: dict[str, str]) -> None:
    seen: list[httpx2.Request] = []
    message = Outbound(text=text, key="our-key", files=(sent,))
    channel("whatsapp_infobip").send(access({}, seen), "79001234567", message)
    assert seen[0].url.path == f"/whatsapp/1/message/{path}"
    told = json.loads(seen[0].content)
    assert (told["content"], told["messageId"]) == (content, "our-key")


@pytest.mark.parametrize(("sent", "text", "type_", "facts"), [
    (file(), "Fresh", "image", {"url": LINK, "caption": "Fresh"}),
    (file("application/pdf"), "", "file", {"url": LINK}),
])  # fmt: skip
def test_messagebird_is_told_where_the_file_is(sent: OutFile, text: str, type_: str, facts: dict[str, str]) -> None:
    seen: list[httpx2.Request] = []
    channel("whatsapp_messagebird").send(access({}, seen), "79001234567", Outbound(text=text, key="k", files=(sent,)))
    told = json.loads(seen[0].content)
    assert (told["type"], told["content"]) == (type_, {type_: facts})


@pytest.mark.parametrize("kind", ["whatsapp_infobip", "whatsapp_messagebird"])
def test_without_a_public_address_they_are_not_called(kind: str) -> None:
    seen: list[httpx2.Request] = []
    result = channel(kind).send(access({}, seen), "79001234567", Outbound(text="", key="k", files=(file(link=None),)))
    assert (result.code, seen) == ("no_public_address", [])


# -- every kind -------------------------------------------------------------------------------------------------------

BY_HTTP = [kind for kind in kinds() if KINDS[channel(kind).kind].files is not None and kind != "email"]


@pytest.mark.parametrize("kind", BY_HTTP)
def test_a_kind_that_takes_files_does_not_call_a_message_empty_that_has_one(kind: str) -> None:
    """It calls its provider, with the bytes or the address of the file, whatever comes of it."""
    takes = KINDS[channel(kind).kind].files
    assert takes is not None
    sent = file() if "image" in takes.types else file("application/pdf")
    seen: list[httpx2.Request] = []
    result = channel(kind).send(
        access({}, seen, "https://api.example"), "79001234567", Message(text="", key="k", files=(sent,))
    )
    assert seen, result
    assert result.code not in ("message_empty", "files_not_supported")
    assert takes.linked == (LINK.encode() in b"".join(one.content for one in seen))
