"""Files at the door: read by those who may read dialogs, in parts too, never rendered; brought in, and sent out."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from adapters.attachments import Shelf, links
from adapters.attachments.guarded import Limits
from adapters.attachments.worker import Fetching
from adapters.blobs import FolderBlobs
from adapters.channels.inbound import Inbound, InboundAttachment
from adapters.intake import Intake
from domain.dialog.events import Attachment
from tests.adapters.http.door import Office, client_of, office
from tests.store import TENANT

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 500
MARKUP = b"<svg onload=alert(1)></svg>"
LIMIT = 2 * 1024 * 1024


@dataclass
class Desk:
    """The office with a shelf; `dialog` = Ivan's, who has sent a picture, a page of markup and a place."""

    shop: Office
    http: TestClient
    fetching: Fetching
    folder: Path
    dialog: str
    files: list[dict[str, Any]]

    def get(self, path: str, who: str = "anna", **headers: str) -> Any:
        return self.http.get(path, headers=self.shop.as_(who, **headers))

    def brings(self, content: bytes, name: str = "price list.pdf", who: str = "anna", **more: str) -> Any:
        params = {"dialog": self.dialog, "name": name} | more
        return self.http.post("/v1/attachments", params=params, content=content, headers=self.shop.as_(who))

    def says(self, who: str = "anna", **body: Any) -> Any:
        return self.http.post(f"/v1/dialogs/{self.dialog}/messages", json=body, headers=self.shop.as_(who))

    def messages(self) -> list[dict[str, Any]]:
        head = self.shop.settle()
        self.fetching.run_once()
        answer = self.get(f"/v1/dialogs/{self.dialog}/messages?wait_for={head}").json()
        return [one for one in answer["messages"] if one["what"] == "message"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("blobs")
    with office() as shop:
        store = shop.store
        blobs = FolderBlobs(folder)
        shelf = Shelf(
            store.database, store.vault, blobs, limits=Limits(largest=LIMIT), public_url="https://desk.example"
        )
        object.__setattr__(shop.app.state.parts, "shelf", shelf)
        shop.open_shop()
        shop.settle()
        nowhere = {"telegram": "http://127.0.0.1:9"}
        fetching = Fetching(store.database, store.vault, store.executor, blobs, provider_urls=nowhere)
        with client_of(shop) as http:
            made = Desk(shop, http, fetching, folder, arrives(shop, blobs, "ivan"), [])
            (message,) = made.messages()
            made.files = message["files"]
            http.post(f"/v1/dialogs/{made.dialog}/take", json={}, headers=shop.as_("anna"))
            yield made
        fetching.stop()


def arrives(shop: Office, blobs: FolderBlobs, who: str) -> str:
    """A letter: its files come along, as bytes."""
    things = [
        InboundAttachment(type="image", content=PNG, file_name="cake.png", mime="text/html"),
        InboundAttachment(type="file", content=MARKUP, file_name='x"; a=b\r\n.svg', mime="image/svg+xml"),
        InboundAttachment(type="location", latitude=55.75, longitude=37.6),
        InboundAttachment(type="file", url="https://cdn.example/secret-of-provider", file_name="later.txt"),
    ]  # fmt: skip
    letter = Inbound(kind="message", external_message_id=f"m-{who}", external_chat_id=who, sender_id=who,
                     text="Look", attachments=tuple(things))  # fmt: skip
    (outcome,) = Intake(shop.store.executor, shop.store.vault, None, blobs).receive(TENANT, "tg", "telegram", [letter])
    assert outcome.dialog is not None
    return outcome.dialog


@pytest.mark.requirement("N09")
def test_a_message_tells_its_files_and_what_became_of_them(desk: Desk) -> None:
    picture, markup, place, waiting = desk.files
    assert (picture["state"], picture["mime"], picture["size"]) == ("kept", "image/png", len(PNG))
    assert picture["url"] == f"/v1/attachments/{picture['id']}" and picture["name"] == "cake.png"
    assert markup["mime"] == "application/octet-stream"
    assert place["facts"] == {"latitude": 55.75, "longitude": 37.6} and place["id"] is None
    assert waiting["state"] in ("waiting", "failed")


@pytest.mark.requirement("E13")
def test_what_is_the_providers_and_what_opens_a_file_is_told_to_nobody(desk: Desk) -> None:
    told = (
        desk.get(f"/v1/dialogs/{desk.dialog}/messages").text
        + desk.get(f"/v1/dialogs/{desk.dialog}/events", "vera").text
    )
    assert "cdn.example" not in told and "blob" not in told
    log = desk.shop.store.rows("SELECT string_agg(convert_from(data, 'UTF8'), '') FROM parley.event")[0][0]
    assert not any(word in log for word in ("cdn.example", "cake.png", "blob_key", "blob:"))
    rows = str(desk.shop.store.rows("SELECT attachment::text FROM parley.attachment"))
    assert not any(word in rows for word in ("cdn.example", "cake", "later.txt"))


@pytest.mark.parametrize("who", ["anna", "boris", "vera", "root"])
def test_whoever_may_read_the_dialog_reads_the_file(desk: Desk, who: str) -> None:
    answer = desk.get(desk.files[0]["url"], who)
    assert (answer.status_code, answer.content) == (200, PNG)


@pytest.mark.requirement("N05")
def test_nobody_else_does(desk: Desk) -> None:
    url = desk.files[0]["url"]
    assert desk.http.get(url).status_code == 401
    assert desk.get(url, "mia").status_code == 403
    desk.shop.store.vault.add_tenant("rivals")
    desk.shop.employ("ruth", "admin", "rivals")
    assert desk.get(url, "ruth").status_code == 404
    assert desk.get("/v1/attachments/0" * 8, "anna").status_code == 404


@pytest.mark.requirement("N09")
@pytest.mark.parametrize(("place", "inline"), [(0, ""), (0, "?inline=1"), (1, ""), (1, "?inline=1")])
def test_nothing_is_rendered_but_pictures_that_hold_no_script(desk: Desk, place: int, inline: str) -> None:
    answer = desk.get(desk.files[place]["url"] + inline)
    shown = place == 0 and bool(inline)
    assert answer.headers["content-disposition"].startswith("inline;" if shown else "attachment;")
    assert answer.headers["content-type"] == ("image/png" if place == 0 else "application/octet-stream")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert answer.headers["cache-control"] == "no-store"


def test_a_name_breaks_out_of_no_header(desk: Desk) -> None:
    told = desk.get(desk.files[1]["url"]).headers["content-disposition"]
    assert told == "attachment; filename*=UTF-8''x_%3B%20a%3Db__.svg"


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-9", 206, slice(0, 10)),
        ("bytes=70000-70009", 206, slice(70000, 70010)),
        ("bytes=65530-65545", 206, slice(65530, 65546)),
        ("bytes=128000-", 206, slice(128000, None)),
        ("bytes=-8", 206, slice(-8, None)),
        ("bytes=0-999999999", 206, slice(0, None)),
        ("bytes=0-1,5-6", 200, slice(0, None)),
        ("bytes=-", 200, slice(0, None)),
        ("pages=1-2", 200, slice(0, None)),
        ("bytes=5-4", 416, None),
        (f"bytes={len(PNG)}-", 416, None),
    ],
)
def test_a_part_is_answered(desk: Desk, asked: str, status: int, part: slice | None) -> None:
    answer = desk.get(desk.files[0]["url"], range=asked)
    assert answer.status_code == status
    if part is not None:
        assert answer.content == PNG[part]
        assert answer.headers["content-length"] == str(len(PNG[part]))
    if status == 206:
        start = part.start if part.start >= 0 else len(PNG) + part.start  # type: ignore[union-attr]
        assert answer.headers["content-range"] == f"bytes {start}-{start + len(answer.content) - 1}/{len(PNG)}"


def test_a_part_of_another_file_than_thought_is_the_whole(desk: Desk) -> None:
    url = desk.files[0]["url"]
    etag = desk.get(url).headers["etag"]
    assert desk.get(url, range="bytes=0-1", if_range=etag).status_code == 206
    assert desk.get(url, range="bytes=0-1", if_range='"old"').content == PNG
    assert desk.get(url, if_none_match=etag).status_code == 304


def test_the_head_of_a_file_has_its_length_and_no_body(desk: Desk) -> None:
    answer = desk.http.head(desk.files[0]["url"], headers=desk.shop.as_("anna"))
    assert (answer.status_code, answer.content, answer.headers["content-length"]) == (200, b"", str(len(PNG)))


def test_what_is_not_there_yet_says_so_in_both_languages(desk: Desk) -> None:
    desk.shop.store.rows(
        "UPDATE parley.attachment SET state = 'fetching' WHERE id = %s RETURNING 1", desk.files[3]["id"]
    )
    answer = desk.get(desk.files[3]["url"], accept_language="ru")
    assert answer.status_code == 425 and answer.json()["error"]["code"] == "attachment_waits"
    assert "загружается" in answer.json()["error"]["sentence"]


@pytest.mark.parametrize(("state", "status", "code"), [("failed", 409, "attachment_failed"),
                                                       ("too_large", 409, "attachment_too_large"),
                                                       ("erased", 410, "customer_erased")])  # fmt: skip
def test_what_will_never_be_there_says_so(desk: Desk, state: str, status: int, code: str) -> None:
    change = "UPDATE parley.attachment SET state = %s, code = 'file_gone' WHERE id = %s RETURNING 1"
    desk.shop.store.rows(change, state, desk.files[3]["id"])
    answer = desk.get(desk.files[3]["url"])
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_file_whose_blob_was_lost_is_gone_and_no_fault(desk: Desk) -> None:
    dialog = arrives(desk.shop, FolderBlobs(desk.folder), "olga")
    head = desk.shop.settle()
    desk.fetching.run_once()
    entries = desk.get(f"/v1/dialogs/{dialog}/messages?wait_for={head}").json()["messages"]
    url = next(one["files"][0]["url"] for one in entries if one["what"] == "message")
    (blob,) = desk.shop.store.rows("SELECT blob FROM parley.attachment WHERE id = %s", url.rpartition("/")[2])
    FolderBlobs(desk.folder).delete(blob[0])
    answer = desk.get(url)
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "attachment_lost")


# -- brought in, and sent -------------------------------------------------------------------------------------------


def test_a_file_is_brought_in_and_sent_with_a_text(desk: Desk) -> None:
    brought = desk.brings(b"%PDF-1.7 prices", "price list.pdf")
    assert brought.status_code == 201
    facts = brought.json()
    assert (facts["type"], facts["mime"], facts["size"], facts["name"]) == (
        "file",
        "application/pdf",
        15,
        "price list.pdf",
    )
    sent = desk.says(body="Our prices", attachments=[facts["id"]])
    assert sent.status_code == 200, sent.text
    last = desk.messages()[-1]
    assert (last["body"], last["by"]) == ("Our prices", "agent")
    (file,) = last["files"]
    assert (file["id"], file["name"], file["state"]) == (facts["id"], "price list.pdf", "kept")
    assert desk.get(file["url"]).content == b"%PDF-1.7 prices"


def test_a_file_alone_is_a_message(desk: Desk) -> None:
    ident = desk.brings(PNG, "cake.png").json()["id"]
    assert desk.says(attachments=[ident]).status_code == 200
    last = desk.messages()[-1]
    assert last["body"] in (None, "") and last["files"][0]["type"] == "image"


def test_the_type_is_that_of_the_content(desk: Desk) -> None:
    facts = desk.brings(b"<html><script>1</script></html>", "holiday.png").json()
    assert (facts["type"], facts["mime"]) == ("file", "application/octet-stream")


@pytest.mark.parametrize(
    ("content", "params", "who", "status", "code"),
    [
        (b"", {}, "anna", 422, "file_empty"),
        (b"x" * (LIMIT + 1), {}, "anna", 409, "file_too_large"),
        (b"x", {"dialog": "nobody"}, "anna", 404, "dialog_unknown"),
        (b"x", {"dialog": ""}, "anna", 404, "dialog_unknown"),
        (b"x", {}, "mia", 403, "not_allowed"),
        (b"x", {"nam": "y"}, "anna", 422, "unknown_parameter"),
    ],
)
def test_what_cannot_be_brought_in_leaves_nothing(
    desk: Desk, content: bytes, params: dict[str, str], who: str, status: int, code: str
) -> None:
    before = sorted(path for path in desk.folder.rglob("*") if path.is_file())
    answer = desk.brings(content, who=who, **params)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert sorted(path for path in desk.folder.rglob("*") if path.is_file()) == before


def test_exactly_the_limit_is_taken(desk: Desk) -> None:
    assert desk.brings(b"x" * LIMIT).json()["size"] == LIMIT


def test_only_an_upload_to_this_very_dialog_can_be_sent(desk: Desk) -> None:
    other = arrives(desk.shop, FolderBlobs(desk.folder), "petra")
    elsewhere = desk.brings(PNG, dialog=other).json()["id"]
    mine = desk.brings(PNG).json()["id"]
    for wrong in ([elsewhere], ["0" * 32], [desk.files[0]["id"]], [mine, mine]):
        answer = desk.says(body="Here", attachments=wrong)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, "attachment_unusable"), wrong


@pytest.mark.parametrize(("files", "text", "code"), [(2, "", "too_many_files"), (1, "x" * 1025, "text_beside_file")])
def test_what_the_kind_of_channel_does_not_take_is_refused_before_any_call(
    desk: Desk, files: int, text: str, code: str
) -> None:
    idents = [desk.brings(PNG).json()["id"] for _ in range(files)]
    answer = desk.says(body=text, attachments=idents)
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, code)


def test_what_is_no_id_is_a_wrong_field(desk: Desk) -> None:
    assert desk.says(body="Here", attachments=["../../x"]).status_code == 422
    assert desk.says(attachments=[]).json()["error"]["code"] == "required"


def test_an_upload_that_nobody_sends_is_removed_after_two_days(desk: Desk) -> None:
    facts = desk.brings(PNG).json()
    aged = "UPDATE parley.attachment SET since = now() - interval '%s hours' WHERE id = '%s' RETURNING blob"
    desk.shop.store.rows(aged % (25, facts["id"]))
    assert desk.says(attachments=[facts["id"]]).status_code == 422
    ((blob,),) = desk.shop.store.rows(aged % (49, facts["id"]))
    desk.fetching.run_once()
    assert not (desk.folder / blob[:2] / blob).exists()
    assert desk.get(f"/v1/attachments/{facts['id']}").status_code == 404


# -- links for providers ----------------------------------------------------------------------------------------------


def link(desk: Desk, **lasts: float) -> str:
    shelf: Shelf = desk.shop.app.state.parts.shelf
    made = shelf.link(shelf.find(TENANT, desk.files[0]["id"]), timedelta(**(lasts or {"hours": 1})))
    assert made is not None and made.startswith("https://desk.example/files/") and made.endswith("/file.png")
    return made.removeprefix("https://desk.example")


def test_a_link_opens_the_file_to_whoever_has_it(desk: Desk) -> None:
    answer = desk.http.get(link(desk))
    assert (answer.status_code, answer.content) == (200, PNG)
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert desk.http.head(link(desk)).headers["content-length"] == str(len(PNG))


def test_a_link_ends(desk: Desk) -> None:
    assert desk.http.get(link(desk, seconds=-1)).status_code == 404


@pytest.mark.parametrize("change", [lambda token: token[:-2] + "AA", lambda token: "", lambda token: "x" * 5000,
                                    lambda token: "ы", lambda token: token + "A"])  # fmt: skip
def test_no_other_link_opens_anything(desk: Desk, change: Any) -> None:
    _, _, token, name = link(desk).split("/")
    assert desk.http.get(f"/files/{change(token)}/{name}").status_code == 404


def test_a_link_says_nothing_of_what_it_opens(desk: Desk) -> None:
    assert desk.files[0]["id"] not in link(desk) and TENANT not in link(desk) and "cake" not in link(desk)


def test_a_ticket_for_something_else_is_no_link(desk: Desk) -> None:
    vault = desk.shop.store.vault
    forged = base64.urlsafe_b64encode(vault.ticket(b'["acme","x",9999999999]', "another purpose")).decode()
    assert links.opened(vault, forged, datetime.now(UTC)) is None


def test_an_attachment_of_the_domain_has_no_bytes() -> None:
    assert "content" not in Attachment.model_fields
