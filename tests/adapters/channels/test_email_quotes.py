"""Where the customer's own words end: in English and in Russian letters, as text and as HTML."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.channels.email.html_text import text_of
from adapters.channels.email.quotes import reply_text

COLLECTION = Path(__file__).resolve().parents[4] / "shared" / "payloads" / "email"
ABOVE = {
    "Gmail": "On Mon, 4 Mar 2024 at 12:00, Bakery <hello@bakery.example> wrote:",
    "Gmail, wrapped": "On Mon, 4 Mar 2024 at 12:00, The Bakery At The Corner\n<hello@bakery.example> wrote:",
    "Apple": "On 4 Mar 2024, at 12:00, Bakery <hello@bakery.example> wrote:",
    "Thunderbird": "On 04.03.2024 12:00, Bakery wrote:",
    "Gmail in Russian": "пн, 4 мар. 2024 г. в 12:00, Пекарня <hello@bakery.example>:",
    "Android in Russian": '04.03.2024 12:00 пользователь "Пекарня" <\nhello@bakery.example> написал:',
    "Apple in Russian": "4 марта 2024 г., в 12:00, Пекарня <hello@bakery.example> написал(а):",
    "Mail.ru": "Понедельник, 4 марта 2024, 12:00 +03:00 от Пекарня <hello@bakery.example>:",
    "Yandex": '04.03.2024, 12:00, "Пекарня" <hello@bakery.example>:',
    "Thunderbird in Russian": "04.03.2024 12:00, Пекарня пишет:",
    "The Bat": "Вы писали 4 марта 2024 г., 12:00:11:",
}
"""What programs write above the letter that is answered."""
HEADS = {
    "Outlook": "From: Bakery <hello@bakery.example>\nSent: Monday, March 4, 2024 12:00\nTo: Vera\nSubject: RE: Rye",
    "Outlook in Russian": "От: Пекарня [mailto:hello@bakery.example]\nОтправлено: 4 марта 2024 г. 12:00\nКому: Вера\n"
    "Тема: RE: Хлеб",
    "Outlook, bold": "*From:* Bakery\n*Sent:* Monday\n*To:* Vera\n*Subject:* RE: Rye",
    "Hotmail": "Subject: RE: Rye\nFrom: hello@bakery.example\nTo: vera@example.org\nDate: Mon, 4 Mar 2024 12:00",
    "Yahoo": "________________________________\n From: Bakery\nTo: Vera\nSent: Monday\nSubject: Re: Rye",
    "old Outlook": "-----Original Message-----\nFrom: Bakery",
    "Russian line": "-------- Исходное сообщение --------\nОт: Пекарня",
}
every_line = pytest.mark.parametrize("above", ABOVE.values(), ids=ABOVE.keys())


@every_line
def test_what_is_answered_is_cut(above: str) -> None:
    assert (
        reply_text(f"Да, спасибо.\nВера\n\n{above}\n\n> Оставить вам ржаной?\n>\n> Пекарня\n") == "Да, спасибо.\nВера"
    )


@every_line
def test_an_answer_below_the_quote_stays(above: str) -> None:
    assert reply_text(f"{above}\n> Оставить вам ржаной?\n> Пекарня\n\nДа, спасибо.\n") == "Да, спасибо."


@every_line
def test_answers_between_the_lines_stay_with_what_they_answer(above: str) -> None:
    written = f"{above}\n> Ржаной?\nДа.\n> Сколько?\nДва."
    assert reply_text(f"{written}\n> Пекарня\n") == written


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS.keys())
def test_the_letter_below_a_head_is_cut(head: str) -> None:
    assert reply_text(f"Yes, please.\n\n{head}\n\nShall we keep the rye?\n") == "Yes, please."


@pytest.mark.parametrize("above", [ABOVE["Gmail"], ABOVE["Android in Russian"], ABOVE["Yandex"], ABOVE["Mail.ru"]])
def test_a_quote_without_marks_is_cut_under_a_line_that_only_programs_write(above: str) -> None:
    assert reply_text(f"Yes.\n\n{above}\n\nShall we keep the rye?\nBakery") == "Yes."


@pytest.mark.parametrize(
    "text",
    [
        "Ваш пекарь 04.03.2024 написал:\nцена сто рублей.\nЭто правда?",
        "One more question: at 12:30 you wrote to me:\nis it true?",
        "Позвоните мне в 12:30, пожалуйста:\nтелефон тот же.",
        "From: the heart\nI thank you.",
        "1 > 0 and\na > b",
    ],
)
def test_words_of_the_customers_own_are_no_quote(text: str) -> None:
    assert reply_text(text) == text


@pytest.mark.parametrize(
    "line",
    [
        "---------- Forwarded message ---------",
        "-------- Перенаправленное сообщение --------",
        "Begin forwarded message:",
    ],
)
def test_a_letter_that_is_passed_on_is_content(line: str) -> None:
    text = f"Смотрите, что мне пишут\n\n{line}\nFrom: A <a@x.org>\nDate: Mon\nTo: Vera\nSubject: Rye\n\nНет хлеба."
    assert reply_text(text) == text


def test_a_signature_below_the_quote_stays() -> None:
    assert reply_text(f"Yes.\n\n{ABOVE['Gmail']}\n> Rye?\n\n-- \nVera") == "Yes.\n\n-- \nVera"


def test_of_a_quote_alone_all_is_shown() -> None:
    assert reply_text("> Rye?\n") == "> Rye?"


@pytest.mark.parametrize(
    "html",
    [
        '<div>Yes.</div><div class="gmail_quote"><div class="gmail_attr">Le 4 mars, Boulangerie a écrit :</div>'
        "<blockquote>Rye?</blockquote></div>",
        '<p>Yes.</p><div class="moz-cite-prefix">Am 4. schrieb:</div><blockquote type="cite"><p>Rye?</p></blockquote>',
        '<p>Yes.</p><hr id="stopSpelling"><div id="divRplyFwdMsg"><b>От:</b> Пекарня<br><b>Отправлено:</b> 4 марта'
        "<br><b>Кому:</b> Вера<br><b>Тема:</b> хлеб</div><div>Rye?</div>",
        '<p>Yes.</p><div class="yahoo_quoted">On Monday, Bakery wrote:<div>Rye?</div></div>',
        '<blockquote type="cite">Rye?</blockquote><p>Yes.</p>',
    ],
)  # fmt: skip
def test_html_is_cut_where_the_program_has_marked_it(html: str) -> None:
    assert reply_text(text_of(html)) == "Yes."


def test_answers_within_a_quoted_page_stay() -> None:
    html = '<div class="gmail_quote"><blockquote>Rye?</blockquote>Yes.<blockquote>How many?</blockquote>Two.</div>'
    assert reply_text(text_of(html)) == "> Rye?\n\nYes.\n\n> How many?\n\nTwo."


def test_a_page_that_is_passed_on_is_content() -> None:
    html = '<p>Look</p><blockquote type="cite"><div>Begin forwarded message:</div><div>No bread.</div></blockquote>'
    assert "No bread." in reply_text(text_of(html))


@pytest.mark.parametrize("text", ["a1:2 x@y " * 40 + ":\n", "On 12:30 " + "x" * 380 + "\n", "From: a\n", "> \n\n"])
def test_a_long_letter_is_read_in_no_time(text: str) -> None:
    reply_text(text * 3_000)


@pytest.mark.parametrize(
    "path", sorted(COLLECTION.glob("*.expected.json")) or [None], ids=lambda path: path and path.stem
)
def test_the_recorded_bodies_are_cut(path: Path | None) -> None:
    if path is None:
        pytest.skip("the collection of recorded bodies is not there: payloads beside the repository")
    case = json.loads(path.read_text("utf-8"))
    if case["kind"] != "reply_body":
        return
    (want,) = case["expect"]
    file = next(one for one in path.parent.glob(f"{path.name.removesuffix('.expected.json')}.*") if one != path)
    text = file.read_text("utf-8")
    own = reply_text(text_of(text) if file.suffix == ".html" else text)
    assert own.splitlines()[0] == want.get("first_line", own.splitlines()[0])
    assert want.get("reply_text_contains", "") in own
    assert "reply_text_lacks" not in want or want["reply_text_lacks"] not in own
