"""A mailbox through the doors: authorised by a password or a login, read by polling, answered by SMTP."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time
from typing import Any, cast

import pytest

from adapters.blobs import FolderBlobs
from adapters.channels import channel
from adapters.channels.access import Providers
from adapters.channels.checks import Checker
from adapters.channels.contract import (
    ChannelAdapter,
    ConnectsByLogin,
    ConnectsByMailbox,
    Patience,
    PollsPatiently,
    Refreshes,
)
from adapters.channels.http_client import App
from adapters.delivery import Delivery, SentMessages
from adapters.doubles.email import MailDouble
from adapters.doubles.email.double import ADDRESS, CLIENT_ID, CLIENT_SECRET, PASSWORD
from adapters.doubles.email.faults import hangs_up, says
from adapters.first_contact import start
from adapters.intake import Intake
from adapters.polling import Polling
from adapters.vault.secrets import Secret
from domain.desk.answering import SendMessage
from domain.dialog.events import Author
from domain.errors import Conflict, Invalid, Rejected, Unavailable
from tests.adapters.channels.bakery import OWNER
from tests.adapters.channels.canary import found, secret
from tests.adapters.channels.stand import Stand, stand
from tests.store import TENANT

VERA = "Vera@example.org"
GMAIL = "bakery.shop@gmail.com"


class Does(ChannelAdapter, ConnectsByMailbox, ConnectsByLogin, Refreshes, PollsPatiently):
    """What e-mail can do."""


EMAIL = cast(Does, channel("email"))


class Post:
    """The stand with its mail service, its poller and its delivery, each a step at a time."""

    def __init__(self, made: Stand, mail: MailDouble, blobs: FolderBlobs) -> None:
        self.shop, self.mail = made, mail
        store = made.store
        urls = {"email": mail.url}
        apps = {"google": App(CLIENT_ID, Secret(CLIENT_SECRET))}
        intake = Intake(store.executor, store.vault, SentMessages(store.database, store.vault), blobs)
        providers = Providers(made.client, urls, apps)
        self.polling = Polling(store.database, store.vault, store.executor, providers, intake)
        self.delivery = Delivery(
            store.database, store.vault, store.executor, client=made.client, provider_urls=urls, apps=apps
        )

    def authorises(self, address: str = ADDRESS, **typed: str) -> dict[str, Any]:
        given = {"address": address, "password": PASSWORD} | typed
        return Checker(self.shop.connector).credentials(TENANT, "shop", given, actor=OWNER)

    def connects(self) -> None:
        assert self.authorises()["outcome"] == "verified"
        assert self.shop.saves(changes={})["outcome"] == "saved"
        assert self.reads() == 0

    def reads(self) -> int:
        """A look at the mailbox, whenever the next one would be due."""
        with self.shop.store.database.pool.connection() as connection:
            connection.execute("UPDATE parley.polling SET next_at = '-infinity'")
        return self.polling.run_once()

    def bodies(self) -> list[str]:
        return [self.opened(one).body for one in self.shop.events("dialog.message_received")]

    def opened(self, event: Any) -> Any:
        from adapters.store.codec import Codec

        return Codec(self.shop.store.vault).opened(TENANT, event)

    def dialog(self) -> str:
        (first, *_) = [one.entity for one in self.shop.store.log.read(0, 10_000, kinds=["dialog.opened"])]
        return first

    def answers(self, text: str, key: str = "k1") -> None:
        author = Author(kind="agent", id="anna")
        self.shop.store.do(SendMessage(dialog=self.dialog(), client_key=key, author=author, body=text))
        self.delivery.run_once()

    def conversation(self, *, connected: bool = False) -> str:
        """Vera asks, we answer. Returns the id of her letter."""
        if not connected:
            self.connects()
        asked = self.mail.customer_writes(VERA, "Is there rye?")
        self.reads()
        self.answers("Yes.")
        return str(message_from_bytes(asked.raw)["Message-ID"])

    def states(self) -> list[tuple[str, str]]:
        return self.shop.store.rows("SELECT state, code FROM parley.delivery ORDER BY position")  # type: ignore[return-value]


@pytest.fixture
def mail() -> Iterator[MailDouble]:
    with MailDouble() as made:
        yield made


@pytest.fixture
def post(mail: MailDouble) -> Iterator[Post]:
    with stand("email", mail.url) as made, TemporaryDirectory() as folder:
        object.__setattr__(made.connector, "apps", {"google": App(CLIENT_ID, Secret(CLIENT_SECRET))})
        yield Post(made, mail, FolderBlobs(Path(folder) / "blobs"))


def test_email_is_what_the_page_says() -> None:
    for contract in (ConnectsByMailbox, ConnectsByLogin, Refreshes, PollsPatiently):
        assert isinstance(EMAIL, contract)


@pytest.mark.requirement("D08")
def test_saving_waits_for_the_authorisation(post: Post) -> None:
    with pytest.raises(Conflict) as refused:
        post.shop.saves(changes={})
    assert refused.value.code == "not_authorised"
    assert post.authorises()["outcome"] == "verified"
    assert post.shop.saves(changes={})["outcome"] == "saved"
    assert (post.shop.state().phase, post.shop.state().settings.address) == ("connected", ADDRESS)
    assert set(post.mail.commands[0]) >= {"LOGIN", "EXAMINE"} and "AUTH" in post.mail.commands[1]


@pytest.mark.requirement("D08")
@pytest.mark.parametrize("typed", [{"password": "wrong"}, {"login": "somebody"}, {"address": "other@bakery.example"}])
def test_wrong_data_authorise_nothing(post: Post, typed: dict[str, str]) -> None:
    with pytest.raises(Conflict) as refused:
        post.authorises(**typed)
    assert refused.value.code == "credentials_rejected"
    assert (post.shop.state().phase, post.shop.secrets()) == ("draft", {})


def test_a_mailbox_that_can_be_read_but_not_sent_from_is_not_enough(post: Post) -> None:
    post.mail.smtp_meets("AUTH", says("535 5.7.8 no"), times=3)
    with pytest.raises(Conflict):
        post.authorises()


@pytest.mark.requirement("D03")
@pytest.mark.parametrize("fault", [hangs_up(), says("NO [UNAVAILABLE] Server is busy")])
def test_a_server_that_does_not_answer_changes_nothing(post: Post, fault: Any) -> None:
    post.mail.imap_meets("LOGIN", fault)
    with pytest.raises(Unavailable) as refused:
        post.authorises()
    assert (refused.value.code, post.shop.kinds()) == ("provider_unavailable", ["channel.created"])


@pytest.mark.requirement("D09")
def test_another_address_is_a_candidate_until_it_is_authorised_and_saved(post: Post) -> None:
    post.connects()
    post.mail.mailboxes.add("new@bakery.example", "another")
    with pytest.raises(Invalid) as refused:
        post.shop.saves(changes={"address": "new@bakery.example"})
    assert refused.value.code == "not_authorised"
    with pytest.raises(Conflict):
        post.authorises("new@bakery.example")
    assert post.shop.state().settings.address == ADDRESS
    assert post.authorises("new@bakery.example", password="another")["outcome"] == "verified"
    assert (post.shop.state().settings.address, post.shop.secrets()["password"]) == (ADDRESS, PASSWORD)
    post.shop.saves(changes={"address": "new@bakery.example"})
    assert (post.shop.state().settings.address, post.shop.secrets()["password"]) == ("new@bakery.example", "another")


@pytest.mark.requirement("D10")
def test_a_mailbox_without_receiver_and_period_is_connected_and_its_dialogs_are_not_routed(post: Post) -> None:
    post.connects()
    post.mail.customer_writes(VERA, "Is there rye?")
    assert post.reads() == 1
    assert post.bodies() == ["Is there rye?"]
    assert [one.alert for one in post.shop.events("alert.alert_raised")] == ["unrouted"]


def test_nothing_from_before_the_connection_is_taken_in(post: Post) -> None:
    post.mail.customer_writes(VERA, "an old one", date=time() - 3600)
    post.connects()
    assert (post.reads(), post.bodies()) == (0, [])
    post.mail.customer_writes(VERA, "a new one")
    assert (post.reads(), post.bodies()) == (1, ["a new one"])


@pytest.mark.requirement("E02")
def test_a_letter_is_taken_in_once_and_not_marked_as_seen(post: Post) -> None:
    post.connects()
    kept = post.mail.customer_writes(VERA, "once")
    post.mail.brings(kept.raw)
    assert (post.reads(), post.reads(), post.bodies()) == (2, 0, ["once"])
    assert not any(one.seen for one in post.mail.box.inbox.letters)


def test_a_mailbox_that_has_forgotten_its_numbers_is_read_again_and_nothing_comes_twice(post: Post) -> None:
    post.connects()
    post.mail.customer_writes(VERA, "first")
    post.reads()
    post.mail.forgets_numbers()
    post.mail.customer_writes(VERA, "second")
    assert post.reads() == 2
    assert post.bodies() == ["first", "second"]
    assert post.reads() == 0


def test_a_page_at_a_time_and_none_is_left_out(post: Post) -> None:
    post.connects()
    for number in range(45):
        post.mail.customer_writes(f"c{number}@example.org", str(number))
    assert [post.reads() for _ in range(4)] == [20, 20, 5, 0]
    assert sorted(map(int, post.bodies())) == list(range(45))


def test_a_page_of_large_letters_is_shorter(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.connects()
    monkeypatch.setattr("adapters.channels.email.polling.LARGEST_PAGE", 3_000)
    for number in range(5):
        post.mail.customer_writes(f"c{number}@example.org", "x" * 2_000)
    assert [post.reads() for _ in range(4)] == [2, 2, 1, 0]


@pytest.mark.requirement("E01")
def test_the_cursor_moves_only_after_the_letters_are_kept(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.connects()
    post.mail.customer_writes(VERA, "kept")

    def lost(*_: object) -> None:
        raise Unavailable("database_unavailable", "The database is away.")

    with monkeypatch.context() as broken:
        broken.setattr(Intake, "receive", lost)
        assert post.reads() == 0
    assert post.shop.state().phase == "connected"
    assert (post.reads(), post.bodies()) == (1, ["kept"])


def test_of_a_letter_that_is_too_large_its_head_comes_in(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    post.connects()
    monkeypatch.setattr("adapters.channels.email.imap.LARGEST_LETTER", 1_000)
    post.mail.customer_writes(VERA, "x" * 2_000, subject="Photos")
    assert (post.reads(), post.bodies()) == (1, ["Photos"])
    (left,) = post.opened(post.shop.events("dialog.message_received")[0]).attachments
    assert left.type == "unsupported" and "too_large" in left.facts["raw"]


def test_a_malformed_letter_is_kept_aside_and_the_next_one_comes_in(post: Post) -> None:
    post.connects()
    post.mail.brings(b"Subject: nobody\r\n\r\nwho?")
    post.mail.customer_writes(VERA, "hello")
    assert (post.reads(), post.bodies()) == (2, ["hello"])
    assert [one.reason for one in post.shop.events("quarantine.inbound_quarantined")] == ["malformed"]


@pytest.mark.requirement("B10")
def test_a_refused_password_degrades_the_channel_at_the_second_time_and_a_good_one_lifts_it(post: Post) -> None:
    post.connects()
    post.mail.box.password = "changed"
    post.reads()
    assert post.shop.state().phase == "connected"
    post.reads()
    assert (post.shop.state().phase, post.shop.state().causes) == ("degraded", frozenset({"authorisation"}))
    post.mail.box.password = PASSWORD
    post.reads()
    assert post.shop.state().phase == "connected"


def test_a_server_that_is_away_degrades_the_channel_and_is_asked_less_and_less(post: Post) -> None:
    post.connects()
    post.mail.imap_meets("LOGIN", hangs_up(), times=3)
    for _ in range(3):
        post.reads()
    assert post.shop.state().causes == frozenset({"provider"})
    (pause,) = post.shop.store.rows("SELECT extract(epoch FROM next_at - clock_timestamp()) FROM parley.polling")
    assert 9 < float(pause[0]) < 21  # type: ignore[arg-type]
    post.reads()
    assert post.shop.state().phase == "connected"


@pytest.mark.requirement("A19")
def test_after_disconnecting_the_mailbox_is_read_no_more_and_its_data_are_gone(post: Post) -> None:
    post.connects()
    post.shop.leaves()
    post.mail.customer_writes(VERA, "too late")
    said = len(post.mail.commands[0])
    assert (post.reads(), post.bodies(), post.shop.secrets()) == (0, [], {})
    assert len(post.mail.commands[0]) == said
    assert post.shop.store.rows("SELECT 1 FROM parley.polling") == []


def test_two_pollers_never_read_one_mailbox_at_a_time(post: Post) -> None:
    post.connects()
    post.mail.customer_writes(VERA, "hello")
    with post.shop.store.database.pool.connection() as connection:
        connection.execute("UPDATE parley.polling SET next_at = '-infinity', held_until = clock_timestamp() + '9 s'")
    assert post.polling.run_once() == 0
    assert post.bodies() == []


def test_news_are_heard_at_once_while_we_hold_the_line(post: Post) -> None:
    assert post.authorises()["outcome"] == "verified"
    post.shop.saves(changes={})
    post.polling.start()
    try:
        assert post.mail.wait(lambda: "IDLE" in post.mail.commands[0])
        began = time()
        post.mail.customer_writes(VERA, "ring")
        assert post.mail.wait(lambda: post.bodies() == ["ring"])
        assert time() - began < 5
    finally:
        began = time()
        post.polling.stop()
        assert time() - began < 5


def test_a_line_that_breaks_while_we_wait_is_no_trouble(post: Post) -> None:
    post.connects()
    access = post.shop.connector.accesses.of(TENANT, "shop")
    with ThreadPoolExecutor(1) as one:
        waiting = one.submit(EMAIL.poll_patiently, access, EMAIL.cursor_at(time()), Patience(30))
        assert post.mail.wait(lambda: "IDLE" in post.mail.commands[0])
        post.mail.hangs_up()
        assert waiting.result(timeout=10).raws == ()


@pytest.mark.requirement("D08")
def test_logging_in_at_the_mail_service_authorises_the_mailbox(post: Post) -> None:
    post.mail.mailboxes.add(GMAIL, "never told")
    post.mail.oauth.browser = GMAIL
    answer = post.shop.finishes(post.shop.visits(post.shop.begins(address=GMAIL)["url"]))
    assert answer["outcome"] == "verified"
    assert post.shop.saves(changes={})["outcome"] == "saved"
    assert "AUTHENTICATE" in post.mail.commands[0]
    assert set(post.shop.secrets()) >= {"access_token", "refresh_token"} and not post.shop.secrets()["password"]


def test_a_domain_of_ones_own_is_let_in_by_the_service_behind_it(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.channels.email.login.mail_hosts", lambda domain: ["aspmx.l.google.com"])
    post.mail.oauth.browser = ADDRESS
    assert post.shop.finishes(post.shop.visits(post.shop.begins(address=ADDRESS)["url"]))["outcome"] == "verified"
    post.shop.saves(changes={})
    assert post.shop.secrets()["service"] == "google"


def test_a_domain_that_nobody_knows_has_no_login_page(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.channels.email.login.mail_hosts", lambda domain: [])
    with pytest.raises(Conflict) as refused:
        post.shop.begins(address=ADDRESS)
    assert refused.value.code == "no_login_page"


def test_we_may_write_first_and_his_answer_finds_the_dialog(post: Post) -> None:
    post.connects()
    store = post.shop.store
    wanted = start(
        store.vault, TENANT, "shop", "email", VERA, agent="anna", by="anna", body="Your rye is ready.", client_key="f1"
    )
    store.do(wanted)
    post.delivery.run_once()
    (ours,) = post.mail.sent
    assert (ours["To"], ours["Subject"], ours["In-Reply-To"]) == (VERA.lower(), "Your rye is ready.", None)
    post.mail.customer_answers(VERA, "I am coming.", to=ours)
    post.reads()
    assert post.bodies() == ["I am coming."]
    assert len(post.shop.events("dialog.opened")) == len(post.shop.events("customer.created")) == 1


def test_who_refuses_at_the_login_page_authorises_nothing(post: Post) -> None:
    post.mail.mailboxes.add(GMAIL, "never told")
    post.mail.oauth.browser = None
    with pytest.raises(Conflict) as refused:
        post.shop.finishes(post.shop.visits(post.shop.begins(address=GMAIL)["url"]))
    assert (refused.value.code, post.shop.state().phase) == ("not_authorised", "draft")


def test_the_wrong_persons_login_does_not_open_the_mailbox(post: Post) -> None:
    post.mail.mailboxes.add(GMAIL, "never told")
    post.mail.oauth.browser = ADDRESS
    with pytest.raises(Conflict) as refused:
        post.shop.finishes(post.shop.visits(post.shop.begins(address=GMAIL)["url"]))
    assert refused.value.code == "credentials_rejected"


def test_a_token_that_has_ended_is_renewed_and_the_renewed_one_kept(post: Post) -> None:
    box = post.mail.mailboxes.add(GMAIL, "never told")
    post.mail.oauth.browser = GMAIL
    post.shop.finishes(post.shop.visits(post.shop.begins(address=GMAIL)["url"]))
    post.shop.saves(changes={})
    before = post.shop.secrets()
    box.tokens.clear()
    post.reads()
    after = post.shop.secrets()
    assert after["access_token"] != before["access_token"] and after["refresh_token"] != before["refresh_token"]
    assert post.shop.state().phase == "connected"


def test_a_login_that_is_taken_back_degrades_the_channel(post: Post) -> None:
    box = post.mail.mailboxes.add(GMAIL, "never told")
    post.mail.oauth.browser = GMAIL
    post.shop.finishes(post.shop.visits(post.shop.begins(address=GMAIL)["url"]))
    post.shop.saves(changes={})
    box.tokens.clear()
    post.mail.oauth.refresh_tokens.clear()
    post.reads()
    post.reads()
    assert post.shop.state().causes == frozenset({"authorisation"})


def test_an_address_that_is_none_is_refused_before_any_call(post: Post) -> None:
    with pytest.raises(Invalid) as refused:
        post.authorises("not an address")
    assert refused.value.code == "bad_address"
    assert post.mail.commands == ([], [])


def test_an_answer_goes_out_in_the_customers_thread_and_its_copy_is_filed(post: Post) -> None:
    post.connects()
    post.mail.customer_writes(
        VERA,
        "Is there rye?",
        subject="Rye bread",
        Message_ID="<q1@x>",
        References="<q0@x>",
        Reply_To="orders@example.org",
    )
    post.reads()
    post.answers("Да, есть.\n.\nПриходите")
    (ours,) = post.mail.sent
    assert (ours["From"], ours["To"], ours["Subject"]) == (ADDRESS, "orders@example.org", "Re: Rye bread")
    assert (ours["In-Reply-To"], ours["References"].split()) == ("<q1@x>", ["<q0@x>", "<q1@x>"])
    assert ours["Auto-Submitted"] is None
    plain, html = (ours.get_body((kind,)) for kind in ("plain", "html"))
    assert plain is not None and plain.get_content().replace("\r\n", "\n") == "Да, есть.\n.\nПриходите\n"
    assert html is not None and "Да, есть.<br>" in html.get_content()
    assert (post.states(), len(post.mail.box.sent.letters)) == ([("sent", "")], 1)


def test_his_own_words_are_the_message_and_all_of_the_letter_is_kept(post: Post) -> None:
    post.conversation()
    post.mail.customer_answers(VERA, "Two, please.", to=post.mail.sent[0])
    post.reads()
    event = post.opened(post.shop.events("dialog.message_received")[-1])
    assert event.body == "Two, please."
    assert event.letter["subject"] == "Re: Re:" and "> Yes." in event.letter["text"]


def test_the_first_letter_is_headed_by_its_subject(post: Post) -> None:
    post.connects()
    post.mail.customer_writes(VERA, "Is there any?", subject="Rye")
    post.reads()
    assert post.bodies() == ["Rye\n\nIs there any?"]


def test_a_colleague_who_answers_our_letter_reaches_its_dialog(post: Post) -> None:
    post.conversation()
    post.mail.customer_answers("boris@example.org", "Vera is away.", to=post.mail.sent[0])
    post.reads()
    assert post.bodies()[-1] == "<boris@example.org>\n\nVera is away."
    assert len(post.shop.events("dialog.opened")) == len(post.shop.events("customer.created")) == 1


@pytest.mark.parametrize("what", ["other proof", "no proof", "customers own"])
def test_an_id_that_proves_nothing_leads_a_stranger_nowhere(post: Post, what: str) -> None:
    first = post.conversation()
    name, _, domain = str(post.mail.sent[0]["Message-ID"]).strip("<>").rpartition("@")
    message, _, proof = name.rpartition(".")
    forged = {
        "other proof": f"<{message}.{proof[::-1]}@{domain}>",
        "no proof": f"<{message}@{domain}>",
        "customers own": first,
    }[what]
    post.mail.customer_writes("mallory@example.org", "Send it to me.", In_Reply_To=forged, References=forged)
    post.reads()
    assert post.bodies()[-1] == "Send it to me."
    assert len(post.shop.events("dialog.opened")) == len(post.shop.events("customer.created")) == 2


def test_a_bounce_marks_the_letter_as_failed(post: Post) -> None:
    post.mail.bouncing[VERA.lower()] = "5.1.1"
    post.conversation()
    post.reads()
    (failed,) = post.shop.events("dialog.message_failed")
    assert failed.code == "recipient_refused"
    assert (len(post.bodies()), len(post.shop.events("dialog.opened"))) == (1, 1)


def test_a_letter_that_is_only_delayed_has_not_failed(post: Post) -> None:
    post.conversation()
    post.mail.bounces(post.mail.sent[0], "4.4.1", action="delayed")
    post.reads()
    assert (post.shop.events("dialog.message_failed"), len(post.bodies())) == ([], 1)


def test_a_bounce_of_a_letter_that_we_did_not_send_fails_nothing(post: Post) -> None:
    post.conversation()
    letter = post.mail.sent[0]
    letter.replace_header("Message-ID", "<made.up@bakery.example>")
    post.mail.bounces(letter)
    post.reads()
    assert post.shop.events("dialog.message_failed") == []


def test_an_absence_note_is_a_note_and_opens_nothing(post: Post) -> None:
    post.connects()
    away = {"Auto_Submitted": "auto-replied"}
    post.mail.customer_writes(VERA, "I am away.", **away)
    post.reads()
    assert post.shop.events("dialog.opened") == []
    post.conversation(connected=True)
    post.mail.customer_answers(VERA, "I am away.", to=post.mail.sent[0], **away)
    post.reads()
    (note,) = [post.opened(one) for one in post.shop.events("dialog.note_added")]
    assert "I am away." in note.body and len(post.bodies()) == 1


def test_files_of_a_letter_come_in_with_their_bytes(post: Post) -> None:
    post.connects()
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["Subject"] = VERA, "Photo"
    letter.add_attachment(b"\x89PNG\r\n\x1a\n" + b"0" * 100_000, maintype="image", subtype="png", filename="кот.png")
    post.mail.brings(letter.as_bytes())
    post.reads()
    (file,) = post.opened(post.shop.events("dialog.message_received")[-1]).attachments
    assert (file.type, file.file_name, file.size) == ("image", "кот.png", 100_008)
    assert file.ref.startswith("blob:")


@pytest.mark.parametrize(
    ("name", "fault", "state"),
    [
        ("MAIL", says("451 4.3.0 later"), ("waiting", "try_later")),
        ("RCPT", says("550 5.1.1 unknown"), ("failed", "recipient_refused")),
        ("DATA", says("554 5.7.1 spam"), ("failed", "refused")),
        ("letter", says("552 5.3.4 too big"), ("failed", "message_too_large")),
        ("greeting", says("421 4.3.2 closing"), ("waiting", "provider_unavailable")),
        ("MAIL", hangs_up(), ("waiting", "provider_unavailable")),
        ("letter", hangs_up(), ("unknown", "answer_lost")),
        ("AUTH", says("535 5.7.8 no"), ("failed", "bad_credentials")),
    ],
)
def test_what_becomes_of_a_letter_that_the_server_does_not_take(
    post: Post, name: str, fault: Any, state: tuple[str, str]
) -> None:
    post.connects()
    post.mail.customer_writes(VERA, "Is there rye?")
    post.reads()
    post.mail.smtp_meets(name, fault, times=2)
    post.answers("Yes.")
    assert post.states() == [state]
    assert post.mail.taken == []


def test_a_letter_whose_fate_is_unknown_is_found_where_the_server_filed_it(post: Post) -> None:
    post.mail.files_sent = True
    post.connects()
    post.mail.customer_writes(VERA, "Is there rye?")
    post.reads()
    post.mail.smtp_meets("letter", hangs_up(carried_out=True))
    post.answers("Yes.")
    assert post.states() == [("sent", "")]
    assert len(post.mail.taken) == 1


@pytest.mark.requirement("A24")
def test_no_secret_of_a_mailbox_is_told_anywhere(post: Post, caplog: pytest.LogCaptureFixture) -> None:
    """A password, a wrong one, tokens: with servers that refuse, break off and are away."""
    caplog.set_level("DEBUG")
    planted = {name: secret("email", name) for name in ("password", "wrong")}
    answers: list[str] = []
    post.mail.box.password = planted["password"]
    for fault in (None, hangs_up(), says(f"NO {planted['wrong']}")):
        if fault is not None:
            post.mail.imap_meets("LOGIN", fault)
        with pytest.raises(Rejected) as refused:
            post.authorises(password=planted["wrong"])
        answers.append(f"{refused.value!r} {refused.value.detail}")
    answers.append(str(post.authorises(password=planted["password"])))
    post.shop.saves(changes={})
    post.conversation(connected=True)
    for name, fault in (("AUTH", says(f"535 {planted['password']}")), ("letter", hangs_up())):
        post.mail.smtp_meets(name, fault, times=2)
        post.answers("More.", key=name)
    post.mail.box.password = "changed"
    post.reads()
    post.mail.mailboxes.add(GMAIL, "never told")
    post.mail.oauth.browser = GMAIL
    answers.append(str(post.shop.finishes(post.shop.visits(post.shop.begins(address=GMAIL)["url"]))))
    post.shop.saves(changes={"address": GMAIL})
    post.reads()
    known = post.shop.secrets()
    planted |= {name: known[name] for name in ("access_token", "refresh_token")}
    tables = post.shop.store.rows("SELECT table_name FROM information_schema.tables WHERE table_schema = 'parley'")
    rows = [post.shop.store.rows(f"SELECT t::text FROM parley.{name} AS t") for (name,) in tables]
    places = {"the database": str(rows).encode(), "the log": caplog.text.encode(), "answers": str(answers).encode()}
    assert len(places["the database"]) > 10_000
    assert found(planted, places) == []
