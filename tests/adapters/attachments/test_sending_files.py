"""A file of ours on its way to a customer: through Telegram's double, by the delivery worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.channels import http_client
from adapters.delivery import Delivery
from adapters.doubles.telegram import flood, hang_up
from domain.channel import files_refusal
from domain.channel.state import Channel
from domain.desk.answering import SendMessage
from domain.dialog.events import Attachment, Author
from domain.errors import Conflict
from domain.kinds import KINDS
from tests.adapters.attachments.parcels import LIMITS, PNG, Parcels, parcels
from tests.store import TENANT

ANNA = Author(kind="agent", id="anna")


class Post:
    """A customer has written; `sends` answers him with files, `deliver` carries out what is due."""

    def __init__(self, desk: Parcels) -> None:
        self.desk = desk
        self.store = desk.shop.store
        self.telegram = desk.shop.telegram
        self.telegram.customer_says(100, "How do they look?")
        desk.fetch()
        self.dialog = desk.dialog()
        self._client = http_client()
        self._delivery = Delivery(
            self.store.database,
            self.store.vault,
            self.store.executor,
            client=self._client,
            clock=desk.now,
            provider_urls={"telegram": self.telegram.url},
            shelf=desk.shelf,
        )

    def upload(self, content: bytes, name: str) -> str:
        ((key,),) = self.store.rows("SELECT key_id FROM parley.customer_key")
        begun = self.desk.shelf.begin_upload(TENANT, self.dialog, key, name)
        begun.write(content)
        return begun.keep().id

    def sends(self, text: str, *idents: str) -> str:
        files = self.desk.shelf.told(TENANT, self.dialog, idents)
        command = SendMessage(
            dialog=self.dialog, client_key=f"{text}{idents}", author=ANNA, body=text, attachments=files
        )
        return str(self.store.do(command).answer["message"])

    def deliver(self) -> int:
        return self._delivery.run_once()

    def reports(self) -> list[tuple[str, str]]:
        kinds = ("dialog.message_delivered", "dialog.message_sent_to", "dialog.message_failed", "dialog.send_unknown")
        events = [one.event for one in self.store.log.stream(TENANT, f"dialog-{self.dialog}")]
        return [(one.kind.partition(".")[2], getattr(one, "code", "")) for one in events if one.kind in kinds]

    def close(self) -> None:
        self._delivery.stop()
        self._client.close()


@pytest.fixture
def post() -> Iterator[Post]:
    with parcels() as desk:
        made = Post(desk)
        yield made
        made.close()


@pytest.mark.parametrize(
    ("content", "name", "field"),
    [
        (PNG, "cake.png", "photo"),
        (b"GIF89a...", "dance.gif", "document"),
        (b"%PDF-1.7", "Прайс.pdf", "document"),
        (b"\x00\x00\x00\x18ftypmp42" + b"x" * 99, "oven.mp4", "video"),
        (b"ID3" + b"x" * 99, "song.mp3", "audio"),
    ],
)
def test_a_file_arrives_whole_under_its_name_with_the_text_as_caption(
    post: Post, content: bytes, name: str, field: str
) -> None:
    post.sends("So!", post.upload(content, name))
    assert post.deliver() == 1
    (said,) = post.telegram.sent
    assert said.file is not None and said.text == "So!"
    assert (said.file.field, said.file.name, said.file.content) == (field, name, content)


def test_a_file_alone_needs_no_text(post: Post) -> None:
    post.sends("", post.upload(PNG, "cake.png"))
    post.deliver()
    assert [(said.text, said.file is not None) for said in post.telegram.sent] == [("", True)]


def test_a_large_file_is_carried_over_in_pieces(post: Post) -> None:
    content = b"%PDF-" + bytes(range(251)) * 4000
    assert len(content) < LIMITS.largest
    post.sends("", post.upload(content, "large.pdf"))
    post.deliver()
    (said,) = post.telegram.sent
    assert said.file is not None and said.file.content == content


def test_it_is_sent_again_after_a_flood_and_opened_anew(post: Post) -> None:
    post.telegram.fails(flood(2), method="sendPhoto")
    post.sends("", post.upload(PNG, "cake.png"))
    post.deliver()
    assert post.telegram.sent == []
    post.desk.later(3)
    post.deliver()
    (said,) = post.telegram.sent
    assert said.file is not None and said.file.content == PNG


def test_a_lost_answer_is_unknown_and_never_sent_again(post: Post) -> None:
    post.telegram.fails(hang_up(), method="sendPhoto")
    post.sends("", post.upload(PNG, "cake.png"))
    post.deliver()
    post.desk.later(3600)
    post.deliver()
    assert len(post.telegram.sent) == 1 and post.reports() == [("send_unknown", "")]


def test_a_file_that_was_lost_meanwhile_fails_with_a_clear_code(post: Post) -> None:
    post.sends("So!", post.upload(PNG, "cake.png"))
    for path in post.desk.on_disk():
        path.unlink()
    post.deliver()
    assert post.telegram.sent == [] and post.reports() == [("message_failed", "attachment_lost")]


@pytest.mark.requirement("N01")
def test_nothing_is_sent_of_an_erased_customer(post: Post) -> None:
    post.sends("So!", post.upload(PNG, "cake.png"))
    post.desk.erase()
    post.deliver()
    assert post.telegram.sent == [] and post.reports() == [("message_failed", "customer_erased")]
    post.desk.fetch()
    assert post.desk.on_disk() == []


def file(type: str = "image", size: int = 10) -> Attachment:
    return Attachment(type=type, ref="attachment:x", size=size)


CAN = [name for name, kind in KINDS.items() if kind.files is not None]
CANNOT = [name for name, kind in KINDS.items() if kind.files is None]


@pytest.mark.parametrize("kind", CANNOT)
def test_a_kind_that_takes_no_files_says_so_before_any_call(kind: str) -> None:
    refusal = files_refusal(Channel(kind=kind), [file()], "")  # type: ignore[arg-type]
    assert refusal is not None and refusal.code == "files_not_supported"


@pytest.mark.parametrize("kind", CAN)
def test_every_kind_that_takes_files_refuses_what_is_beyond_its_row(kind: str) -> None:
    channel, takes = Channel(kind=kind), KINDS[kind].files  # type: ignore[arg-type, index]
    assert takes is not None

    def code(files: list[Attachment], text: str = "") -> str | None:
        refusal = files_refusal(channel, files, text)
        return refusal.code if refusal else None

    for type_ in takes.types:
        assert code([file(type_, takes.largest_of(type_))]) is None
        assert code([file(type_, takes.largest_of(type_) + 1)]) == "file_too_large"
    some = min(takes.types, key=lambda type_: (-takes.beside_of(type_), type_))
    assert code([file(some)] * takes.most) is None
    assert code([file(some)] * (takes.most + 1)) == "too_many_files"
    assert code([file(some)], "x" * (takes.beside + 1)) == "text_beside_file"
    assert code([file(some)], "x" * takes.beside) is None
    assert code([file("sticker")]) == "file_type_not_taken"
    if takes.beside_types is not None:
        assert code([file(next(iter(takes.types - takes.beside_types)))], "x") == "text_beside_file"


def test_a_text_alone_is_not_asked_for_files() -> None:
    assert files_refusal(Channel(kind="telegram"), [], "x" * 5000) is None


def test_a_refused_file_is_refused_when_it_is_sent(post: Post) -> None:
    first, second = post.upload(PNG, "one.png"), post.upload(PNG, "two.png")
    with pytest.raises(Conflict) as refused:
        post.sends("", first, second)
    assert refused.value.code == "too_many_files"
