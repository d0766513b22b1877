"""A raw letter becomes one thing: who wrote, what, with which files; whatever is wrong with it, nobody is lost."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.channels.email.charsets import decoded
from adapters.channels.email.parts import DEEPEST
from tests.adapters.channels.letters import EMAIL, multipart, part, raw, read

CYRILLIC = "Здравствуйте, где мой заказ?"
TEXT = part("text/plain; charset=utf-8", "Смотрите файл".encode())


def test_a_plain_letter() -> None:
    one = read("Is there rye?\r\n\r\nVera\r\n")
    assert (one.kind, one.external_message_id, one.dedup_key) == (
        "message",
        "<one@example.org>",
        "message_id:<one@example.org>",
    )
    assert (one.sender_id, one.sender_name, one.subject) == ("vera@example.org", "Vera Orlova", "Rye bread")
    assert (one.timestamp, one.text, one.body_type) == (1709542800, "Is there rye?\n\nVera", "text/plain")


@pytest.mark.parametrize("charset", ["windows-1251", "koi8-r", "utf-8", "iso-8859-5"])
def test_a_russian_letter_in_its_charset(charset: str) -> None:
    assert read(CYRILLIC.encode(charset), Content_Type=f"text/plain; charset={charset}").text == CYRILLIC


@pytest.mark.parametrize(
    ("label", "encoded"),
    [
        ("no-such-charset", "utf-8"),
        ("gb2312", "utf-8"),
        ("iso-8859-1", "utf-8"),
        ("us-ascii", "cp1251"),
        ("us-ascii", "koi8-r"),
        ("utf-8", "cp1251"),
        ("base64", "cp1251"),
    ],
)
def test_a_charset_that_lies_is_not_believed(label: str, encoded: str) -> None:
    assert read(CYRILLIC.encode(encoded), Content_Type=f"text/plain; charset={label}").text == CYRILLIC


@given(st.binary(max_size=200), st.sampled_from([None, "utf-8", "ascii", "gb2312", "cp1251", "utf-16", "x", "\0"]))
@pytest.mark.requirement("E09")
def test_any_bytes_become_text_that_can_be_stored(data: bytes, label: str | None) -> None:
    decoded(data, label).encode("utf-8")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("=?utf-8?B?0JLQtdGA0LA=?= <v@x.org>", "Вера"),
        ("=?koi8-r?Q?=F7=C5=D2=C1?= <v@x.org>", "Вера"),
        ('"=?utf-8?Q?Smith=2C_John?=" <v@x.org>', "Smith, John"),
        ("=?utf-8?Q?Smith=2C_John?= <v@x.org>", "Smith, John"),
        ("=?utf-8?B?0JLQtdE=?= =?utf-8?B?gNCw?= <v@x.org>", "Вера"),
        ("Вера <v@x.org>", "Вера"),
        ("=?no-such?Q?Vera?= <v@x.org>", "Vera"),
        ("<v@X.ORG>", None),
    ],
)
def test_a_senders_name_however_it_is_written(written: str, name: str | None) -> None:
    one = read(From=written)
    assert (one.sender_name, one.sender_id) == (name, "v@x.org")


def test_an_address_outside_ascii_is_read() -> None:
    assert read(From="Вера <вера@почта.рф>").sender_id == "вера@почта.рф"


def test_without_id_and_date_the_letter_itself_is_its_identity() -> None:
    one, same, other = (read(text, Message_ID=None, Date=None) for text in ("a", "a", "b"))
    assert (one.external_message_id, one.timestamp) == (None, None)
    assert one.dedup_key == same.dedup_key != other.dedup_key


@pytest.mark.parametrize("date", ["yesterday", "Mon, 99 Foo 2024 25:99:00", "1 Jan 99999 00:00:00 +0000", ""])
def test_a_date_that_is_none_is_none(date: str) -> None:
    assert read(Date=date).timestamp is None


def test_threads_are_told_whatever_is_written_around_the_ids() -> None:
    one = read(In_Reply_To="Your message <a@x> of today", References="<r1@x>\r\n <r2@x> <r1@x>")
    assert (one.in_reply_to, one.references) == ("<a@x>", ("<r1@x>", "<r2@x>"))


def test_the_answer_goes_where_the_sender_wants_it() -> None:
    assert read(Reply_To="Shop <orders@x.org>, b@x.org").answer_to == "orders@x.org"
    assert read(Reply_To="VERA@example.org").answer_to is None


def test_files_stand_beside_the_text() -> None:
    one = multipart(
        TEXT,
        part("application/pdf", base64.b64encode(b"PDF!"), Content_Transfer_Encoding="base64",
             Content_Disposition="attachment; filename*=utf-8''%D1%81%D1%87%D1%91%D1%82.pdf"),
        part('image/png; name="=?utf-8?B?0LrQvtGCLnBuZw==?="', b"PNG", Content_Disposition="inline"),
    )  # fmt: skip
    files = [(file.type, file.mime, file.file_name, file.size, file.content) for file in one.attachments or ()]
    assert one.text == "Смотрите файл"
    assert files == [
        ("file", "application/pdf", "счёт.pdf", 4, b"PDF!"),
        ("image", "image/png", "кот.png", 3, b"PNG"),
    ]
    assert "content" not in (one.to_json()["attachments"][0])


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\\\Users\\\\Vera\\\\cat.png", "cat.png"),
        ("a\u202egnp.exe", "agnp.exe"),
        ("", None),
    ],
)
def test_a_file_name_is_a_name_and_nothing_else(written: str, name: str | None) -> None:
    one = multipart(part("image/png", b"x", Content_Disposition=f'attachment; filename="{written}"'))
    assert [file.file_name for file in one.attachments or ()] == [name]


@pytest.mark.requirement("E08")
def test_a_letter_with_files_alone_is_a_message() -> None:
    one = multipart(part("image/png", b"x", Content_Disposition="attachment"))
    assert (one.kind, one.text, one.body_type, len(one.attachments or ())) == ("message", "", None, 1)


def test_a_letter_inside_a_letter_is_one_file() -> None:
    inner = raw("inner", Subject="Inside", Message_ID="<inner@x>")
    one = multipart(TEXT, part("message/rfc822", inner, Content_Disposition="attachment; filename=a.eml"))
    (file,) = one.attachments or ()
    assert (one.external_message_id, file.mime, file.file_name) == ("<one@example.org>", "message/rfc822", "a.eml")
    assert b"Subject: Inside" in (file.content or b"") and (file.content or b"").endswith(b"inner")


def test_of_alternatives_the_plain_one_is_the_text_unless_it_is_empty() -> None:
    html = part("text/html; charset=utf-8", b"<p>as <b>HTML</b></p>")
    assert multipart(part("text/plain", b"as text"), html, kind="alternative").text == "as text"
    assert multipart(part("text/plain", b" \r\n"), html, kind="alternative").text == "as HTML"


def test_a_text_that_goes_on_behind_a_picture_is_whole() -> None:
    picture = part("image/jpeg", b"J", Content_Disposition="inline; filename=a.jpg")
    assert multipart(part("text/plain", b"before"), picture, part("text/plain", b"after")).text == "before\n\nafter"


def test_html_alone_is_shown_as_text_without_what_could_do_harm() -> None:
    html = """<style>p{}</style><p>Смотрите <a href="https://shop.example/1">заказ</a></p><script>alert(1)</script>
    <img src="https://spy.example/p.gif" alt="logo"><img src="cid:a" alt="pic"><div style="display:none">hidden</div>
    <a href="javascript:x()">click</a><ul><li>one<li>two</ul>"""
    one = read(html, Content_Type="text/html; charset=utf-8")
    assert one.body_type == "text/html"
    assert one.text == "Смотрите заказ <https://shop.example/1>\n\n[logo] click\n\n- one\n- two"


def test_a_page_nested_without_end_is_read_in_no_time() -> None:
    assert read("<div>" * 100_000 + "deep", Content_Type="text/html").text == "deep"


def test_parts_nested_without_end_are_not_followed() -> None:
    body = b"Content-Type: text/plain\r\n\r\nbottom\r\n"
    for level in range(DEEPEST + 5):
        edge = f"e{level}".encode()
        body = b"Content-Type: multipart/mixed; boundary=" + edge + b"\r\n\r\n--" + edge + b"\r\n" + body
        body += b"\r\n--" + edge + b"--\r\n"
    (one,) = EMAIL.parse(b"From: v@x.org\r\n" + body, {})
    assert (one.kind, one.text) == ("message", "")
    assert [file.mime for file in one.attachments or ()] == ["multipart/mixed"]


def test_a_letter_without_a_sender_is_malformed() -> None:
    one = read(From=None)
    assert (one.kind, one.reason) == ("invalid", "The letter names no sender.")


@given(st.binary(max_size=300))
def test_any_head_and_any_body_are_read_without_raising(data: bytes) -> None:
    (one,) = EMAIL.parse(b"From: v@x.org\nContent-Type: multipart/mixed; boundary=x\n" + data, {})
    assert one.kind in {"message", "auto_generated", "bounce", "service", "read_receipt", "delivery_receipt"}
