"""Files through VK: pictures as photos, all else as documents, beside a text or instead of one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.channels import Access, Outbound, channel, http_client
from adapters.channels.files import OutFile
from adapters.doubles.faults import Fault
from adapters.doubles.server import Reply
from adapters.doubles.vk import GROUP, TOKEN, VkDouble, broken, flood, refused
from adapters.vault.secrets import Secret
from tests.adapters.channels.files_out import out_file

VK = channel("vk")
LIST = out_file(b"%PDF", "price list.pdf", "application/pdf", "file")


@pytest.fixture
def vk() -> Iterator[VkDouble]:
    with VkDouble() as made:
        made.customer_says(77, "Hi")
        yield made


@pytest.fixture
def access(vk: VkDouble) -> Iterator[Access]:
    with http_client() as client:
        yield Access(client, {"token": Secret(TOKEN)}, vk.url, str(GROUP))


def sends(access: Access, *files: OutFile, text: str = "") -> str:
    result = VK.send(access, "77", Outbound(text=text, key="k", files=files))
    return result.code or result.outcome


def test_a_picture_and_a_document_go_beside_the_text(vk: VkDouble, access: Access) -> None:
    assert sends(access, out_file(), LIST, text="Look") == "sent"
    (said,) = vk.sent
    assert said.text == "Look" and [one.split("-")[0] for one in said.attachments] == ["photo", "doc"]
    assert set(vk.vk.uploads.values()) == {("a.png", b"\x89PNG"), ("price list.pdf", b"%PDF")}


def test_a_file_alone_needs_no_text_and_a_moving_picture_is_a_document(vk: VkDouble, access: Access) -> None:
    assert sends(access, out_file(b"GIF89a", "a.gif", "image/gif")) == "sent"
    assert vk.sent[0].text == "" and vk.sent[0].attachments[0].startswith("doc")


@pytest.mark.parametrize("step", ["photos.getMessagesUploadServer", "/upload/photo", "photos.saveMessagesPhoto"])
def test_a_step_that_vk_does_not_answer_may_be_repeated_for_nothing_was_sent(
    vk: VkDouble, access: Access, step: str
) -> None:
    vk.fails(broken(), method=step)
    assert sends(access, out_file()) == "provider_unavailable"
    assert sends(access, out_file()) == "sent" and len(vk.sent) == 1


def test_what_vk_refuses_on_the_way_is_told_as_any_refusal(vk: VkDouble, access: Access) -> None:
    for method in ("photos.getMessagesUploadServer", "photos.saveMessagesPhoto"):
        vk.fails(refused(27), method=method)
        assert sends(access, out_file()) == "bad_credentials"
    vk.fails(refused(100), method="docs.save")
    assert sends(access, LIST) == "refused"
    vk.fails(flood(), method="docs.getMessagesUploadServer")
    assert sends(access, LIST) == "provider_unavailable"
    vk.fails(Fault(Reply(200, {"server": 1, "photo": "[]", "hash": ""})), method="/upload/photo")
    assert sends(access, out_file()) == "refused"
    assert vk.sent == []
