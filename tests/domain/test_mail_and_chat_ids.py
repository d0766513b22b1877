"""E-mail and Yandex.Dialogs: an address that is authorised, a chat id that we issue (§3, D07-D10)."""

import pytest

from domain.desk.channels import CreateChannel
from domain.desk.connecting import AuthoriseMailbox, IssueIdentifier
from domain.settings import mail_address
from tests.connections import key_of
from tests.examples import ANNA, DAY, SUPPORT, agents, disconnects, group, saves
from tests.spec import Story, fact, given

STAFF = [*agents(ANNA), *group(members=(ANNA,))]
POST = CreateChannel(channel="post", kind="email", name="Post")
ALICE = CreateChannel(channel="alice", kind="yandex_dialogs", name="Alice")
ISSUE = IssueIdentifier(channel="alice")


def lets_in(address: str = "help@shop.example", *, accepted: bool = True) -> AuthoriseMailbox:
    return AuthoriseMailbox(channel="post", address=address, accepted=accepted, account_key=key_of(address))


def connected() -> Story:
    return given(POST, lets_in(), saves("post")).then_channel("post", phase="connected")


class TestMail:
    @pytest.mark.requirement("D08")
    def test_before_it_is_authorised_it_is_not_saved(self) -> None:
        story = given(POST).when(saves("post", address="help@shop.example")).then_refused("not_authorised")
        story.when(lets_in()).then(fact("channel.mailbox_authorised", address="help@shop.example"))
        story.when(saves("post")).then("channel.settings_changed", "channel.connected", "account.registered")
        story.then_channel("post", settings=lambda settings: settings.address == "help@shop.example")

    @pytest.mark.requirement("D08", "A29")
    def test_data_that_the_server_refuses_authorise_nothing(self) -> None:
        story = given(POST).when(lets_in(accepted=False)).then_refused("credentials_rejected")
        story.then_channel("post", phase="draft")
        again = connected().when(lets_in("new@shop.example", accepted=False)).then_refused("credentials_rejected")
        again.then_channel("post", external_id="help@shop.example", candidate=None)

    @pytest.mark.requirement("D09")
    def test_another_address_must_be_authorised_first(self) -> None:
        story = connected().when(saves("post", address="new@shop.example")).then_refused("not_authorised")
        story.then_channel("post", phase="connected", external_id="help@shop.example")
        story.given(lets_in("new@shop.example")).then_channel("post", external_id="help@shop.example")
        story.when(saves("post", address="new@shop.example")).then(
            "channel.settings_changed",
            fact("channel.connected", external_id="new@shop.example"),
            "account.unregistered",
            "account.registered",
        )

    @pytest.mark.requirement("D09", "A29")
    def test_the_old_address_may_be_kept_while_a_new_one_waits(self) -> None:
        story = connected().given(lets_in("new@shop.example"))
        story.when(saves("post", address="help@shop.example")).then_nothing()
        story.when(saves("post")).then_among_others(fact("channel.connected", external_id="new@shop.example"))

    @pytest.mark.requirement("D08")
    @pytest.mark.parametrize(
        "typed",
        ["", "help", "@shop.example", "help@", "help@shop", "a b@shop.example", "help@-shop.example", "a@b@c.d"],
    )
    def test_what_is_no_address_is_told_so(self, typed: str) -> None:
        assert mail_address(typed) is None
        given(POST).when(lets_in(typed)).then_refused("bad_address")
        connected().when(saves("post", address=typed)).then_refused("bad_address")

    @pytest.mark.parametrize(
        ("typed", "kept"),
        [
            (" Help.Desk+7@Shop.EXAMPLE ", "Help.Desk+7@shop.example"),
            ('"help desk"@shop.example', '"help desk"@shop.example'),
            ("помощь@пример.рф", "помощь@пример.рф"),
            ("x" * 64 + "@shop.example", "x" * 64 + "@shop.example"),
            ("x" * 65 + "@shop.example", None),
            ("x@" + "a." * 124 + "example", None),
        ],
    )
    def test_only_the_domain_is_lowered(self, typed: str, kept: str | None) -> None:
        assert mail_address(typed) == kept

    @pytest.mark.requirement("D10")
    def test_neither_receiver_nor_period_is_needed(self) -> None:
        connected().then_channel("post", settings=lambda one: one.receiver is None and one.auto_close is None)

    def test_an_address_is_no_setting_of_other_kinds(self) -> None:
        given(*STAFF, ALICE, ISSUE).when(saves("alice", address="a@b.example")).then_refused("unknown_field")


class TestChatIds:
    @pytest.mark.requirement("D07")
    def test_it_is_shown_before_anything_is_saved_and_stays(self) -> None:
        story = given(*STAFF, ALICE).when(ISSUE)
        chat_id = story.answer["chat_id"]
        story.then(fact("channel.identifier_issued", chat_id=chat_id)).then_channel("alice", phase="verified")
        story.when(ISSUE).then_nothing().then_answered(chat_id=chat_id)
        story.given(saves("alice", receiver=SUPPORT, auto_close=DAY)).when(ISSUE).then_nothing()
        story.then_answered(chat_id=chat_id).then_channel("alice", external_id=chat_id, phase="connected")

    @pytest.mark.requirement("D07", "A21")
    def test_it_is_the_same_after_a_reconnect(self) -> None:
        story = given(*STAFF, ALICE, ISSUE, saves("alice", receiver=SUPPORT, auto_close=DAY))
        chat_id = story.office.state("channel-alice").chat_id
        story.given(disconnects("alice")).when(ISSUE)
        story.then("channel.reconnect_started", fact("channel.identifier_issued", chat_id=chat_id))

    @pytest.mark.requirement("D07")
    def test_nobody_types_it_and_no_two_are_equal(self) -> None:
        other = CreateChannel(channel="marusya", kind="yandex_dialogs")
        story = given(*STAFF, ALICE, ISSUE, other, IssueIdentifier(channel="marusya"))
        story.when(saves("alice", chat_id="mine")).then_refused("unknown_field")
        first, second = (story.office.state(f"channel-{name}").chat_id for name in ("alice", "marusya"))
        assert first and second and first != second

    def test_its_channels_share_no_account(self) -> None:
        other = CreateChannel(channel="marusya", kind="yandex_dialogs")
        story = given(*STAFF, ALICE, ISSUE, saves("alice", receiver=SUPPORT, auto_close=DAY))
        story.given(other, IssueIdentifier(channel="marusya"))
        story.when(saves("marusya", receiver=SUPPORT, auto_close=DAY)).then_answered(state="connected")
