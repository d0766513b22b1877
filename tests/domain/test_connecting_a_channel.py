"""From draft to connected and back: verified, saved, disconnected with consent, connected again (§3, A16-A21, A28)."""

from datetime import timedelta

import pytest

from domain.desk.channels import CreateChannel, DisconnectChannel
from tests.examples import (
    ANNA,
    DAY,
    IVAN,
    MARIA,
    PETR,
    SHOP,
    SOFIA,
    SUPPORT,
    accepts,
    agents,
    channel,
    closes,
    disconnects,
    group,
    replies,
    saves,
    says,
    shop,
    verifies,
)
from tests.spec import Story, fact, given, later

DRAFT = [*agents(ANNA), *group(members=(ANNA,)), CreateChannel(channel=SHOP, kind="telegram", name="Shop")]
CONFIRMED = "hash of shop"


def asked(*steps: object) -> tuple[Story, str]:
    """A connected shop for which Sofia has asked to disconnect; the story and her consent."""
    story = given(*shop(), *steps).when(DisconnectChannel(channel=SHOP, user=SOFIA))
    return story, story.answer["consent_id"]


@pytest.mark.requirement("A23")
def test_it_begins_as_a_draft_and_keeps_its_kind() -> None:
    story = given(*DRAFT).then_channel(SHOP, phase="draft", kind="telegram")
    story.when(CreateChannel(channel=SHOP, kind="telegram")).then_nothing().then_answered(outcome="unchanged")
    story.when(CreateChannel(channel=SHOP, kind="viber")).then_refused("kind_immutable")


@pytest.mark.requirement("A28", "D01")
def test_a_good_token_verifies_it_and_does_not_connect_it() -> None:
    given(*DRAFT).when(verifies()).then(
        fact("channel.token_verified", bot_name="Shop bot", fingerprint="f00d", candidate=False)
    ).then_channel(SHOP, phase="verified")


@pytest.mark.requirement("D02")
def test_a_wrong_token_leaves_it_a_draft() -> None:
    given(*DRAFT).when(verifies(bot_name=None)).then(
        fact("channel.token_rejected", reason="bot_not_found")
    ).then_channel(SHOP, phase="draft").then_answered(outcome="bot_not_found")


@pytest.mark.requirement("A28")
def test_before_it_is_verified_it_cannot_be_saved() -> None:
    given(*DRAFT).when(saves(receiver=SUPPORT, auto_close=DAY)).then_refused("not_verified")


@pytest.mark.requirement("A28", "A12")
def test_the_first_valid_save_connects_it() -> None:
    story = given(*DRAFT, verifies())
    story.when(saves(receiver=SUPPORT)).then_refused("required").then_channel(SHOP, phase="verified")
    story.when(saves(receiver=SUPPORT, auto_close=DAY)).then(
        fact("channel.settings_changed", settings_version=1),
        fact("channel.connected", external_id="bot of shop", settings_version=1),
        fact("account.registered", channel=SHOP, replaces=None),
    ).then_channel(SHOP, phase="connected")


@pytest.mark.requirement("D06")
def test_the_same_token_in_a_second_channel_is_refused() -> None:
    story = given(*shop(), CreateChannel(channel="copy", kind="telegram"), verifies("copy", account=SHOP))
    story.when(saves("copy", receiver=SUPPORT, auto_close=DAY)).then_refused("token_in_use")
    story.then_channel("copy", phase="verified").then_channel(SHOP, phase="connected")


@pytest.mark.requirement("D06")
def test_a_token_that_was_exchanged_for_another_is_free_again() -> None:
    story = given(*shop(), verifies(account="other"), saves())
    story.then_check(lambda office: office.state(f"channel-{SHOP}").external_id == "bot of other")
    story.given(CreateChannel(channel="copy", kind="telegram"), verifies("copy", account=SHOP))
    story.when(saves("copy", receiver=SUPPORT, auto_close=DAY)).then_answered(state="connected")


@pytest.mark.requirement("A29")
def test_a_check_on_a_connected_channel_touches_only_the_candidate() -> None:
    story = given(*shop())
    story.when(verifies(bot_name=None)).then(fact("channel.token_rejected", candidate=True))
    story.then_channel(SHOP, phase="connected", external_id="bot of shop")


@pytest.mark.requirement("A16")
def test_one_step_alone_leaves_it_connected() -> None:
    story, consent = asked()
    story.then(fact("channel.disconnect_requested", consent_id=consent, user=SOFIA, settings_version=1))
    story.then_channel(SHOP, phase="connected")


@pytest.mark.requirement("A16", "A19")
def test_with_the_consent_it_is_disconnected() -> None:
    story, consent = asked()
    story.when(DisconnectChannel(channel=SHOP, user=SOFIA, consent=consent, account_key=CONFIRMED)).then(
        fact("channel.disconnected", consent_id=consent, cause="requested"),
        fact("account.unregistered", channel=SHOP),
    ).then_channel(SHOP, phase="disconnected")


@pytest.mark.requirement("A17")
@pytest.mark.parametrize(
    ("user", "consent", "before"),
    [
        (SOFIA, "wrong", []),
        (ANNA, None, []),
        (SOFIA, None, [later(minutes=10)]),
        (SOFIA, None, [saves(priority=3)]),
    ],
    ids=["wrong", "another user's", "expired", "given for other settings"],
)
def test_a_consent_that_is_not_valid_leaves_it_connected(user: str, consent: str | None, before: list[object]) -> None:
    story, right = asked()
    confirm = DisconnectChannel(channel=SHOP, user=user, consent=consent or right, account_key=CONFIRMED)
    story.given(*before).when(confirm).then_refused("consent_invalid").then_channel(SHOP, phase="connected")


@pytest.mark.requirement("A17")
def test_one_microsecond_before_its_end_the_consent_is_valid() -> None:
    story, consent = asked()
    story.given(later(minutes=9, seconds=59, microseconds=999_999))
    story.when(DisconnectChannel(channel=SHOP, user=SOFIA, consent=consent, account_key=CONFIRMED))
    story.then_answered(outcome="disconnected")


@pytest.mark.requirement("A17")
def test_a_foreign_channels_consent_is_not_valid() -> None:
    story, consent = asked(*channel("other"))
    story.when(DisconnectChannel(channel="other", user=SOFIA, consent=consent)).then_refused("consent_invalid")


@pytest.mark.requirement("A17")
def test_a_degraded_channel_may_still_be_disconnected_with_it() -> None:
    from domain.channel import Degraded

    story, consent = asked()
    world = story.office.world()
    world.record(f"channel-{SHOP}", Degraded(cause="provider"))
    story.office.heads.keep(world)
    story.when(DisconnectChannel(channel=SHOP, user=SOFIA, consent=consent, account_key=CONFIRMED))
    story.then_answered(outcome="disconnected")


@pytest.mark.requirement("A16")
def test_a_request_tells_how_many_dialogs_are_open() -> None:
    story, _ = asked(says(IVAN), says(MARIA), says(PETR), closes(PETR))
    story.then(fact("channel.disconnect_requested", open_dialogs=2)).then_answered(open_dialogs=2)


@pytest.mark.requirement("A19", "A24")
def test_disconnecting_names_the_secrets_that_are_wiped_and_never_their_values() -> None:
    story, consent = asked()
    story.when(DisconnectChannel(channel=SHOP, user=SOFIA, consent=consent)).then_among_others(
        fact("channel.disconnected", wiped_secrets=("token",))
    )


@pytest.mark.requirement("A18")
def test_declining_is_written_down_and_nothing_else() -> None:
    story, consent = asked()
    decline = DisconnectChannel(channel=SHOP, user=SOFIA, consent=consent, decline=True)
    story.when(decline, decline).then(fact("channel.disconnect_cancelled", consent_id=consent))
    story.when(DisconnectChannel(channel=SHOP, user=SOFIA, consent=consent)).then_refused("consent_invalid")


@pytest.mark.requirement("A20")
def test_disconnecting_it_twice_is_one_event() -> None:
    story, consent = asked()
    confirm = DisconnectChannel(channel=SHOP, user=SOFIA, consent=consent, account_key=CONFIRMED)
    story.given(confirm).when(confirm).then_refused("already_disconnected")
    story.when(DisconnectChannel(channel=SHOP, user=SOFIA)).then_refused("already_disconnected")


@pytest.mark.requirement("A21")
def test_connected_again_it_keeps_its_id_its_settings_and_its_history() -> None:
    story = given(*shop(), disconnects())
    before = story.office.heads.head(f"channel-{SHOP}")
    story.when(verifies()).then("channel.reconnect_started", "channel.token_verified").then_channel(
        SHOP, phase="verified", settings=before.state.settings
    )
    story.when(saves()).then(fact("channel.connected"), fact("account.registered", channel=SHOP))
    assert story.office.heads.head(f"channel-{SHOP}").version > before.version


@pytest.mark.requirement("A21", "A30")
def test_an_assigned_dialog_goes_on_after_the_reconnect() -> None:
    story = given(*shop(staff=(ANNA,)), says(IVAN), accepts(ANNA), disconnects(), verifies(), saves())
    story.when(replies(ANNA)).then("dialog.message_sent")


def test_a_channel_that_does_not_exist_is_not_saved_or_disconnected() -> None:
    given().when(saves()).then_refused("channel_unknown")
    given().when(DisconnectChannel(channel=SHOP, user=SOFIA)).then_refused("channel_unknown")


def test_a_draft_cannot_be_disconnected() -> None:
    given(*DRAFT).when(DisconnectChannel(channel=SHOP, user=SOFIA)).then_refused("not_connected")


@pytest.mark.requirement("A17")
def test_the_consent_lasts_ten_minutes() -> None:
    story, _ = asked()
    story.then_channel(SHOP, consent=lambda consent: consent.expires_at - story.office.now == timedelta(minutes=10))
