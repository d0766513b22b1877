"""Letters of ours: how they are composed, where they may be sent, and what servers' answers mean."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from typing import Any

import pytest

from adapters.channels import Outbound, OutFile, channel, http_client
from adapters.channels.contract import Answered
from adapters.channels.email import imap, smtp
from adapters.channels.email.compose import is_address, letter_of
from adapters.channels.email.credentials import Credentials
from adapters.channels.email.servers import Server, dial, servers_of
from adapters.channels.http_client import Access
from adapters.doubles.email import MailDouble
from adapters.doubles.email.double import ADDRESS, PASSWORD
from adapters.vault.secrets import Secret
from domain.errors import Invalid, Unavailable

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
EMAIL = channel("email")
KNOWN = Credentials(ADDRESS, PASSWORD)


def composed(text: str = "Yes.", account: str = ADDRESS, to: str = "vera@example.org", **more: Any) -> EmailMessage:
    raw = letter_of(Outbound(**{"text": text, "key": "m1", "proof": "f00d"} | more), account, to, AT)
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    letter: EmailMessage = message_from_bytes(raw, policy=default)
    return letter


def access(**secrets: str) -> Access:
    return Access(http_client(), {name: Secret(value) for name, value in secrets.items()}, values={"address": ADDRESS})


def test_the_id_is_the_same_at_every_try_and_holds_the_proof() -> None:
    assert composed()["Message-ID"] == composed("Again.")["Message-ID"] == "<m1.f00d@bakery.example>"


def test_words_of_a_machine_say_so() -> None:
    assert composed(by_person=False)["Auto-Submitted"] == "auto-replied"
    assert composed()["Auto-Submitted"] is None


@pytest.mark.parametrize(
    ("answers", "text", "subject"),
    [
        (Answered(subject="Rye"), "x", "Re: Rye"),
        (Answered(subject="RE: Rye"), "x", "RE: Rye"),
        (Answered(subject="Отв: хлеб"), "x", "Отв: хлеб"),
        (Answered(external_message_id="<a@x>"), "x", "Re:"),
        (Answered(subject="a\r\nBcc: all@x.org"), "x", "Re: a Bcc: all@x.org"),
        (Answered(), "\nРжаной готов\nзаберите", "Ржаной готов"),
        (Answered(), "x" * 100, "x" * 77 + "…"),
    ],
)
def test_the_subject_is_the_threads_or_the_first_line(answers: Answered, text: str, subject: str) -> None:
    letter = composed(text, answers=answers)
    assert (letter["Subject"], letter["Bcc"]) == (subject, None)


def test_a_long_thread_keeps_its_beginning_and_its_end() -> None:
    ids = tuple(f"<{number}@{'long' * 20}.example>" for number in range(40))
    letter = composed(answers=Answered(external_message_id="<last@x>", references=(*ids, "<bad id>", "<нет@x>")))
    told = letter["References"].split()
    assert (told[0], told[-1], len(told)) == (ids[0], "<last@x>", 20)


def test_files_go_beside_both_texts() -> None:
    file = OutFile(type="file", name="счёт.pdf", mime="application/pdf", size=4, open=lambda: BytesIO(b"%PDF"))
    letter = composed("Счёт", files=(file,))
    (sent,) = letter.iter_attachments()
    assert (sent.get_filename(), sent.get_content_type(), sent.get_content()) == (
        "счёт.pdf",
        "application/pdf",
        b"%PDF",
    )
    html = letter.get_body(("html",))
    assert html is not None and "Счёт" in html.get_content()


@pytest.mark.requirement("E09")
@pytest.mark.parametrize(
    "text", ["nul \0 here", "half \ud83d", "ре́ \u202e RTL", "four \U0001f35e", "<b>&amp;</b>", "\r\n.\r\nQUIT"]
)
def test_any_text_can_be_sent(text: str) -> None:
    body = composed(text).get_body(("plain",))
    assert body is not None
    want = text.replace("\ud83d", "\ufffd").replace("\r\n", "\n")
    assert body.get_content().replace("\r\n", "\n").rstrip("\n") == want.rstrip("\n")


@pytest.mark.parametrize("text", ["a@b, c@d", "a@b\r\nBcc: x@y", "<a@b>", "a b@c", "nobody", "a@b@c", ""])
def test_only_one_plain_address_is_an_address(text: str) -> None:
    assert not is_address(text)
    assert EMAIL.send(access(password="p"), text, Outbound(text="x", key="k")).code == "recipient_refused"


def test_an_address_outside_ascii_is_written_as_it_is() -> None:
    letter = composed(account="хлеб@почта.рф", to="вера@почта.рф")
    assert (letter["To"], letter["Message-ID"]) == ("вера@почта.рф", "<m1.f00d@xn--80a1acny.xn--p1ai>")


@pytest.mark.parametrize(
    ("address", "imap_at", "smtp_at"),
    [
        ("a@gmail.com", ("imap.gmail.com", 993, "implicit"), ("smtp.gmail.com", 465, "implicit")),
        ("a@Outlook.com", ("outlook.office365.com", 993, "implicit"), ("smtp.office365.com", 587, "starttls")),
        ("a@ya.ru", ("imap.yandex.ru", 993, "implicit"), ("smtp.yandex.ru", 465, "implicit")),
        ("a@bk.ru", ("imap.mail.ru", 993, "implicit"), ("smtp.mail.ru", 465, "implicit")),
    ],
)
def test_a_known_service_needs_no_servers(address: str, imap_at: object, smtp_at: object) -> None:
    found = servers_of(access(), address)
    assert [(one.host, one.port, one.tls) for one in (found.imap, found.smtp)] == [imap_at, smtp_at]


def test_an_unknown_domain_needs_them_and_a_strange_port_is_none() -> None:
    with pytest.raises(Invalid) as refused:
        servers_of(access(), ADDRESS)
    assert [one.field for one in refused.value.problems] == ["imap_host", "smtp_host"]
    typed = servers_of(
        access(imap_host="Mail.Bakery.example", smtp_host="mail.bakery.example", smtp_port="587"), ADDRESS
    )
    assert (typed.imap.host, typed.imap.tls, typed.smtp.tls) == ("mail.bakery.example", "implicit", "starttls")
    with pytest.raises(Invalid) as refused:
        servers_of(access(imap_host="mail.bakery.example", imap_port="6379", smtp_host="x.example"), ADDRESS)
    assert refused.value.problems[0].field == "imap_port"


@pytest.mark.requirement("S7")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.5", "169.254.169.254", "[::1]", "::1"])
def test_a_typed_server_inside_the_house_is_not_called(host: str) -> None:
    with pytest.raises((Invalid, Unavailable)) as refused:
        dial(Server(host, 993, "implicit"))
    assert refused.value.code in ("address_not_public", "provider_unavailable")


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_no_password_goes_over_a_line_that_is_not_encrypted(tls: Any) -> None:
    with MailDouble() as mail:
        ports = [int(one.rpartition("=")[2]) for one in mail.url.partition("?")[2].split("&")]
        with pytest.raises(Unavailable), imap.mailbox(Server("127.0.0.1", ports[0], tls, trusted=True), KNOWN):
            pass
        with pytest.raises(Unavailable), smtp.session(Server("127.0.0.1", ports[1], tls, trusted=True), KNOWN, "x"):
            pass
        assert not {"LOGIN", "AUTHENTICATE"} & set(mail.commands[0]) and "AUTH" not in mail.commands[1]


@pytest.mark.parametrize(
    ("status", "text", "outcome", "code"),
    [
        (250, "2.0.0 queued", "sent", None),
        (421, "4.7.0 closing", "retry", "provider_unavailable"),
        (450, "4.2.0 greylisted", "retry", "try_later"),
        (452, "4.2.2 mailbox full", "retry", "try_later"),
        (535, "5.7.8 no", "bad_credentials", "bad_credentials"),
        (550, "5.1.1 unknown", "permanent_failure", "recipient_refused"),
        (550, "5.7.1 spam", "permanent_failure", "refused"),
        (552, "5.3.4 too big", "permanent_failure", "message_too_large"),
        (552, "5.2.2 mailbox full", "permanent_failure", "recipient_refused"),
        (554, "no", "permanent_failure", "refused"),
    ],
)
def test_a_servers_answer_means(status: int, text: str, outcome: str, code: str | None) -> None:
    result = EMAIL.classify(status, text.encode())
    assert (result.outcome, result.code) == (outcome, code)


def test_what_is_too_large_or_empty_is_known_before_any_call() -> None:
    huge = OutFile(type="file", name="a", mime="a/b", size=20 * 1024 * 1024, open=BytesIO)
    for message, code in (
        (Outbound(text=" ", key="k"), "message_empty"),
        (Outbound(text="x" * 65_537, key="k"), "message_too_long"),
        (Outbound(text="x", key="k", files=(huge,)), "message_too_large"),
    ):
        assert EMAIL.send(access(password="p"), "vera@example.org", message).code == code
