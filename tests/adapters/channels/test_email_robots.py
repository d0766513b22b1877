"""Letters that no customer wrote: bounces, receipts, absence notes, lists, our own. None of them is a message."""

from __future__ import annotations

import pytest

from adapters.channels.email.inbound import parse
from adapters.channels.inbound import Inbound
from tests.adapters.channels.letters import multipart, part, raw, read

OURS = "<m1.proof@bakery.example>"
STATUS = "Reporting-MTA: dns; mx.example.org\r\n\r\nOriginal-Recipient: rfc822;Vera@Example.ORG\r\n"
ORIGINAL = part("message/rfc822", raw(From="hello@bakery.example", Message_ID=OURS))
EXPLAINED = part("text/plain", b"It could not be delivered.")
MAILER = {"From": "Mail Delivery <mailer-daemon@mx.example.org>", "Return_Path": "<>"}


def report(fields: str, kind: str = "message/delivery-status", original: bytes = ORIGINAL, **head: str) -> Inbound:
    body = part(kind, (STATUS + fields).encode())
    return multipart(EXPLAINED, body, original, kind="report; report-type=delivery-status", **(MAILER | head))


def test_a_bounce_names_whom_it_could_not_reach_and_which_letter_of_ours() -> None:
    one = report("Action: failed\r\nStatus: 5.1.1\r\n")
    assert (one.kind, one.failed_recipient, one.original_message_id, one.error_code) == (
        "bounce",
        "Vera@example.org",
        OURS,
        "5.1.1",
    )


def test_of_several_recipients_the_one_that_failed_counts() -> None:
    second = "Final-Recipient: rfc822;b@x.org\r\nAction: failed\r\nStatus: 5.2.2\r\n"
    one = report(f"Action: delivered\r\nStatus: 2.0.0\r\n\r\n{second}")
    assert (one.kind, one.failed_recipient, one.error_code) == ("bounce", "b@x.org", "5.2.2")


@pytest.mark.parametrize(
    ("action", "kind"),
    [("delayed", "service"), ("delivered", "delivery_receipt"), ("relayed", "service"), ("", "service")],
)
def test_what_is_not_final_is_no_bounce(action: str, kind: str) -> None:
    assert report(f"Action: {action}\r\nStatus: 4.4.1\r\n").kind == kind


def test_of_our_letter_its_head_is_enough() -> None:
    head = part("text/rfc822-headers", f"Subject: Rye\r\nMESSAGE-ID: {OURS}\r\n".encode())
    assert report("Action: failed\r\n", original=head).original_message_id == OURS


def test_a_receipt_tells_that_our_letter_was_seen() -> None:
    fields = f"Final-Recipient: rfc822;vera@example.org\r\nOriginal-Message-ID: {OURS}\r\n"
    body = part("message/disposition-notification", f"{fields}Disposition: manual-action/x; displayed\r\n".encode())
    one = multipart(EXPLAINED, body, kind="report; report-type=disposition-notification")
    assert (one.kind, one.original_message_id) == ("read_receipt", OURS)


@pytest.mark.parametrize(
    "head",
    [
        {"X_Failed_Recipients": "vera@example.org", "Subject": "Mail delivery failed: returning message to sender"},
        {**MAILER, "Subject": "Недоставленное сообщение"},
        {**MAILER, "Subject": "Undelivered Mail Returned to Sender"},
        {**MAILER, "From": "MAILER-DAEMON@yandex.ru", "Subject": "failure notice"},
    ],
)
def test_a_bounce_that_only_people_understand_is_understood(head: dict[str, str]) -> None:
    text = f"Sorry.\r\n\r\n  vera@example.org\r\n    550 5.1.1 No such user\r\n\r\n------\r\nMessage-ID: {OURS}\r\n"
    one = read(text, **head)
    assert (one.kind, one.failed_recipient, one.original_message_id) == ("bounce", "vera@example.org", OURS)
    assert one.error_code == "5.1.1"


def test_a_warning_that_it_takes_longer_is_not_the_end() -> None:
    one = read("vera@example.org", **(MAILER | {"Subject": "Warning: message delayed, delivery failed so far"}))
    assert (one.kind, one.reason) == ("service", "delivery_delayed")


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ({"Auto_Submitted": "auto-replied"}, "auto_submitted"),
        ({"Auto_Submitted": "auto-generated (vacation)"}, "auto_submitted"),
        ({"Precedence": "bulk"}, "precedence"),
        ({"Precedence": "JUNK"}, "precedence"),
        ({"List_Id": "News <news.shop.example>"}, "list"),
        ({"X_Auto_Response_Suppress": "All"}, "auto_response_suppress"),
        ({"X_Autoreply": "yes"}, "auto_reply"),
        ({"Return_Path": "<>"}, "empty_return_path"),
    ],
)
def test_what_a_machine_wrote_says_so(head: dict[str, str], reason: str) -> None:
    one = read("I am away", **head)
    assert (one.kind, one.reason) == ("auto_generated", reason)


@pytest.mark.parametrize(
    "head", [{"Auto_Submitted": "no"}, {"Precedence": "first-class"}, {"X_Auto_Response_Suppress": "None"}, {}]
)
def test_what_a_person_wrote_is_a_message(head: dict[str, str]) -> None:
    assert read(**head).kind == "message"


def test_a_list_that_leads_to_our_mailbox_is_how_customers_write() -> None:
    group = raw(List_Id="Bakery <hello.bakery.example>", Precedence="list")
    assert [one.kind for one in parse(group, "hello@bakery.example")] == ["message"]
    assert [one.kind for one in parse(group, "other@bakery.example")] == ["auto_generated"]


def test_behind_a_list_of_ours_that_hides_its_writers_they_are_found() -> None:
    shown = "'Vera Orlova' via Bakery <hello@bakery.example>"
    hidden = raw(From=shown, List_Id="<hello.bakery.example>", X_Original_From="Vera <vera@example.org>")
    (one,) = parse(hidden, "hello@bakery.example")
    assert (one.kind, one.sender_id, one.sender_name) == ("message", "vera@example.org", "Vera")


def test_a_letter_from_our_own_address_is_ours() -> None:
    assert [one.kind for one in parse(raw(From="Hello@Bakery.example"), "hello@bakery.example")] == ["echo"]
