"""VK, Facebook and Avito: somebody logs in at the provider and chooses what to connect (§3, B01-B11, D11, D12)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.channel import ProviderObject
from domain.desk.channels import CreateChannel
from domain.desk.choosing import ChooseObjects
from domain.desk.connecting import FailAuthorising
from domain.desk.services import DegradeChannel, RecoverChannel
from domain.desk.widgets import CreateWidget
from domain.kinds import KINDS, ChannelKind
from tests.connections import begins, connects, key_of, logs_in, page
from tests.examples import ANNA, DAY, SUPPORT, agents, channel, disconnects, group, saves
from tests.spec import Step, Story, fact, given, later

CLUB, SECOND, THIRD = page("club"), page("second"), page("third")
STAFF = [*agents(ANNA), *group(members=(ANNA,))]
GROUPS: list[ChannelKind] = ["vk", "facebook"]
FIRST_SAVE = {"receiver": SUPPORT, "auto_close": DAY}


def draft(kind: ChannelKind = "vk") -> list[Step]:
    return [*STAFF, CreateChannel(channel="vk", kind=kind, name="Club")]


def chooses(*ids: str) -> ChooseObjects:
    return ChooseObjects(channel="vk", chosen=ids)


def logged_in(*objects: ProviderObject, kind: ChannelKind = "vk") -> Story:
    return given(*draft(kind), begins("vk"), logs_in("vk", *objects))


def connected(*objects: ProviderObject, kind: ChannelKind = "vk") -> Story:
    """The club is connected; all of `objects` were offered."""
    return logged_in(*objects or (CLUB,), kind=kind).given(chooses("club"), saves("vk", **FIRST_SAVE))


def logs_in_again(*objects: ProviderObject) -> list[Step]:
    return [begins("vk", state="state-2"), logs_in("vk", *objects, state="state-2")]


@pytest.mark.requirement("B01")
@pytest.mark.parametrize("kind", GROUPS)
def test_who_administers_nothing_is_no_administrator(kind: ChannelKind) -> None:
    story = given(*draft(kind), begins("vk")).when(logs_in("vk"))
    story.then(fact("channel.auth_failed", reason="not_admin")).then_channel("vk", phase="draft")
    story.then_answered(outcome="auth_failed", reason="not_admin")
    story.when(chooses("club")).then_refused("not_authorised")
    story.when(saves("vk", **FIRST_SAVE)).then_refused("not_authorised")


@pytest.mark.requirement("B01")
@pytest.mark.parametrize("reason", ["not_admin", "denied"])
def test_a_login_that_the_provider_refuses_leaves_a_draft(reason: str) -> None:
    failed = FailAuthorising(channel="vk", state="state-1", user="sofia", reason=reason)  # type: ignore[arg-type]
    story = given(*draft(), begins("vk")).when(failed).then(fact("channel.auth_failed", reason=reason))
    story.then_channel("vk", phase="draft").when(failed).then_refused("state_invalid")


@pytest.mark.requirement("B02", "B06")
@pytest.mark.parametrize("kind", GROUPS)
def test_the_list_holds_every_group_of_the_login_with_its_permissions_and_nothing_else(kind: ChannelKind) -> None:
    closed = page("closed", receives=False, permissions=())
    story = given(*draft(kind), begins("vk")).when(logs_in("vk", CLUB, SECOND, closed))
    story.then(fact("channel.account_authorised", objects=(CLUB, SECOND, closed)))
    story.then_channel("vk", phase="choosing", objects=(CLUB, SECOND, closed))


@pytest.mark.requirement("B03")
@pytest.mark.parametrize("kind", GROUPS)
def test_only_what_the_list_offers_can_be_chosen(kind: ChannelKind) -> None:
    story = logged_in(CLUB, kind=kind).when(chooses("elsewhere")).then_refused("object_not_offered")
    story.then_channel("vk", phase="choosing")


@pytest.mark.requirement("B04")
@pytest.mark.parametrize("kind", GROUPS)
def test_what_does_not_receive_messages_cannot_be_chosen(kind: ChannelKind) -> None:
    story = logged_in(page("club", receives=False), kind=kind).when(chooses("club"))
    story.then_refused("receiving_disabled").when(saves("vk", **FIRST_SAVE)).then_refused("not_authorised")


@pytest.mark.requirement("B07")
def test_a_page_without_the_permission_for_messages_cannot_be_chosen() -> None:
    silent = page("club", permissions=("content",))
    logged_in(silent, kind="facebook").when(chooses("club")).then_refused("scope_missing")
    logged_in(silent, kind="vk").when(chooses("club")).then("channel.object_chosen")


@pytest.mark.requirement("B03", "A28")
def test_what_was_chosen_is_verified_and_only_the_save_connects_it() -> None:
    story = logged_in(CLUB, SECOND).when(chooses("second"))
    story.then(fact("channel.object_chosen", external_id="second", account_key=key_of("second")))
    story.then_channel("vk", phase="verified").when(chooses("second")).then_nothing()
    story.when(saves("vk", **FIRST_SAVE)).then(
        "channel.settings_changed",
        fact("channel.connected", external_id="second", account_key=key_of("second")),
        fact("account.registered", channel="vk"),
    )


@pytest.mark.requirement("B06")
def test_several_pages_are_several_channels_of_one_widget_made_together() -> None:
    made = [*STAFF, CreateWidget(widget="site", name="Site")]
    story = given(*made, CreateChannel(channel="vk", kind="facebook", widget="site"))
    story.given(begins("vk"), logs_in("vk", CLUB, SECOND, THIRD)).when(chooses("club", "third"))
    story.then(
        fact("channel.object_chosen", external_id="club"),
        fact("channel.created", widget_id="site", channel_kind="facebook", name="Third"),
        fact("widget.channel_added", channel_kind="facebook"),
        "channel.auth_started",
        fact("channel.account_authorised", objects=(CLUB, SECOND, THIRD)),
        fact("channel.object_chosen", external_id="third", permissions=("messaging",)),
    )
    other = story.answer["channels"][1]["channel"]
    story.then_channel(other, phase="verified", candidate_external_id="third", widget="site")
    story.when(saves(other, **FIRST_SAVE)).then_among_others(fact("channel.connected", external_id="third"))
    story.when(chooses("club", "third")).then_nothing()


@pytest.mark.requirement("B06", "B07")
def test_one_page_that_cannot_be_connected_refuses_the_whole_choice() -> None:
    silent = page("second", permissions=())
    story = logged_in(CLUB, silent, kind="facebook").when(chooses("club", "second")).then_refused("scope_missing")
    story.then_channel("vk", phase="choosing").when(chooses()).then_refused("required")


def test_of_groups_only_one_can_be_chosen() -> None:
    logged_in(CLUB, SECOND).when(chooses("club", "second")).then_refused("one_object_only")


@pytest.mark.requirement("B09")
@pytest.mark.parametrize(
    "answer",
    [logs_in("vk", CLUB, state="forged"), logs_in("vk", CLUB, user="mallory")],
    ids=["another state", "another user's"],
)
def test_an_answer_to_a_login_that_was_not_begun_here_is_refused(answer: Step) -> None:
    story = given(*draft(), begins("vk")).when(answer).then_refused("state_invalid")
    story.then_channel("vk", phase="authorising").when(logs_in("vk", CLUB)).then("channel.account_authorised")


@pytest.mark.requirement("B09")
def test_another_channels_state_is_foreign_too() -> None:
    story = given(*draft(), CreateChannel(channel="two", kind="vk"), begins("two", state="of-two"), begins("vk"))
    story.when(logs_in("vk", CLUB, state="of-two")).then_refused("state_invalid")


@pytest.mark.requirement("B09")
def test_a_state_is_good_for_one_answer() -> None:
    story = logged_in(CLUB).when(logs_in("vk", SECOND)).then_refused("state_invalid")
    story.then_channel("vk", objects=(CLUB,))


@pytest.mark.requirement("B09")
def test_a_login_lasts_ten_minutes_to_the_microsecond() -> None:
    begun = [*draft(), begins("vk")]
    given(*begun, later(minutes=9, seconds=59, microseconds=999_999)).when(logs_in("vk", CLUB)).then(
        "channel.account_authorised"
    )
    story = given(*begun, later(minutes=10)).when(logs_in("vk", CLUB))
    story.then(fact("channel.auth_failed", reason="expired")).then_channel("vk", phase="draft", objects=())
    story.when(logs_in("vk", CLUB)).then_refused("state_invalid")


@pytest.mark.requirement("B09", "A24")
def test_the_state_is_kept_as_a_hash_with_its_end() -> None:
    story = given(*draft()).when(begins("vk"))
    ends = story.office.now + timedelta(minutes=10)
    story.then(fact("channel.auth_started", state="state-1", user="sofia", expires_at=ends))
    story.when(begins("vk")).then_nothing()


@pytest.mark.requirement("B05", "B10")
@pytest.mark.parametrize("cause", ["receiving_disabled", "authorisation"])
def test_what_is_taken_away_later_degrades_the_channel_once_and_recovers_once(cause: str) -> None:
    lost = DegradeChannel(channel="vk", cause=cause)  # type: ignore[arg-type]
    found = RecoverChannel(channel="vk", cause=cause)  # type: ignore[arg-type]
    story = connected().when(lost, lost).then(fact("channel.degraded", cause=cause))
    story.then_channel("vk", phase="degraded")
    story.when(found, found).then("channel.recovered").then_channel("vk", phase="connected")


@pytest.mark.requirement("B05", "B10")
def test_of_two_causes_one_remains() -> None:
    story = connected().given(DegradeChannel(channel="vk", cause="provider"))
    story.given(DegradeChannel(channel="vk", cause="authorisation"))
    story.when(RecoverChannel(channel="vk", cause="provider")).then(
        "channel.recovered", fact("channel.degraded", cause="authorisation")
    )
    story.then_channel("vk", phase="degraded", causes=frozenset({"authorisation"}))


@pytest.mark.requirement("B11", "A29")
def test_a_new_login_is_a_candidate_list_until_save() -> None:
    story = connected(CLUB, SECOND).when(*logs_in_again(CLUB, THIRD))
    story.then("channel.auth_started", "channel.account_authorised")
    story.then_channel("vk", phase="connected", external_id="club", objects=(CLUB, THIRD))
    story.when(saves("vk")).then(fact("channel.connected", external_id="club"))
    story.then_channel("vk", candidate=None, objects=(CLUB, THIRD))
    story.when(saves("vk")).then_nothing()


@pytest.mark.requirement("B11", "B10")
def test_what_is_connected_and_missing_in_the_new_list_is_degraded_and_never_exchanged() -> None:
    story = connected(CLUB, SECOND).when(*logs_in_again(SECOND), saves("vk"))
    story.then_among_others(
        fact("channel.connected", external_id="club"), fact("channel.degraded", cause="authorisation")
    )
    story.then_channel("vk", external_id="club", phase="degraded")
    story.when(*[replace_state(one) for one in logs_in_again(CLUB)], saves("vk"))
    story.then_channel("vk", external_id="club", phase="connected")


def replace_state(step: Step) -> Step:
    return replace(step, state="state-3")


@pytest.mark.requirement("B11", "B05", "B07")
@pytest.mark.parametrize(
    ("found", "cause"),
    [(page("club", receives=False), "receiving_disabled"), (page("club", permissions=()), "authorisation")],
)
def test_what_the_new_list_no_longer_allows_is_degraded_too(found: ProviderObject, cause: str) -> None:
    story = connected(CLUB, kind="facebook").when(*logs_in_again(found), saves("vk"))
    story.then_among_others(fact("channel.degraded", cause=cause)).then_channel("vk", phase="degraded")


@pytest.mark.requirement("B11", "B03", "A29")
def test_another_object_of_the_new_list_is_connected_by_the_save() -> None:
    story = connected(CLUB).given(*logs_in_again(CLUB, SECOND), chooses("second"))
    story.then_channel("vk", external_id="club", candidate_external_id="second", phase="connected")
    story.when(saves("vk")).then(
        fact("channel.connected", external_id="second"),
        fact("account.unregistered", channel="vk"),
        fact("account.registered", channel="vk"),
    )


@pytest.mark.requirement("A29", "B09")
def test_a_login_that_fails_on_a_connected_channel_leaves_it_as_it_was() -> None:
    story = connected(CLUB)
    before = story.office.state("channel-vk")
    story.when(begins("vk", state="state-2"), logs_in("vk", state="state-2"))
    story.then("channel.auth_started", fact("channel.auth_failed", reason="not_admin"))
    assert story.office.state("channel-vk") == before


@pytest.mark.requirement("A21", "B01")
def test_a_disconnected_channel_begins_anew_with_a_login() -> None:
    story = connected(CLUB).given(disconnects("vk"))
    story.when(chooses("club")).then_refused("not_authorised")
    story.when(begins("vk", state="state-2")).then("channel.reconnect_started", "channel.auth_started")
    story.given(logs_in("vk", CLUB, state="state-2"), chooses("club")).when(saves("vk"))
    story.then_among_others("channel.connected").then_channel("vk", phase="connected", settings_version=1)


@pytest.mark.requirement("D11")
@pytest.mark.parametrize("missing", ["read", "send", "delete"])
def test_avito_needs_the_consent_to_read_send_and_delete(missing: str) -> None:
    granted = tuple(one for one in ("read", "send", "delete") if one != missing)
    begun = [*STAFF, CreateChannel(channel="flats", kind="avito"), begins("flats")]
    story = given(*begun).when(logs_in("flats", scopes=granted))
    story.then(fact("channel.auth_failed", reason="scope_missing")).then_channel("flats", phase="draft")
    story.when(saves("flats", **FIRST_SAVE)).then_refused("not_authorised")


@pytest.mark.requirement("D11", "D12", "A28")
def test_avito_has_nothing_to_choose_and_tells_whose_account_it_is() -> None:
    story = given(*STAFF, CreateChannel(channel="flats", kind="avito"), begins("flats")).when(logs_in("flats"))
    story.then(
        fact(
            "channel.account_authorised",
            name="Account of flats",
            external_id="login of flats",
            scopes=("read", "send", "delete"),
        )
    ).then_channel("flats", phase="verified", candidate=lambda link: link.login.name == "Account of flats")
    story.when(saves("flats", **FIRST_SAVE)).then_channel(
        "flats", phase="connected", link=lambda link: link.login.name == "Account of flats"
    )


@pytest.mark.requirement("A28")
@pytest.mark.parametrize("kind", list(KINDS))
def test_each_kind_is_verified_in_its_own_way_and_connected_by_the_first_valid_save(kind: ChannelKind) -> None:
    hours = {"value": 1, "unit": "hours"}
    made = channel("new", kind=kind, receiver=SUPPORT, auto_close=hours)
    story = given(*STAFF, *made[:-1]).then_channel("new", phase="verified")
    story.when(made[-1]).then_among_others("channel.settings_changed", "channel.connected")
    story.then_channel("new", phase="connected")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if KINDS[kind].connects_by not in ("oauth", "manager")])
def test_no_kind_is_connected_in_anothers_way(kind: ChannelKind) -> None:
    given(CreateChannel(channel="new", kind=kind)).when(begins("new")).then_refused("connects_otherwise")


def test_a_channel_that_is_verified_again_before_its_first_save_is_what_was_found_last() -> None:
    story = given(*draft(), *connects("vk", "vk", account="club"))
    story.given(*logs_in_again(SECOND), chooses("second")).when(saves("vk", **FIRST_SAVE))
    story.then_channel("vk", external_id="second")
