"""One account in several channels: Avito's last registration wins, nobody's account is taken (§3, D13-D20)."""

import pytest

from domain.channel import Channel
from domain.desk.channels import CreateChannel
from domain.desk.services import DegradeChannel
from domain.kinds import KINDS, ChannelKind
from tests.connections import begins, chosen_in, connects, key_of, logs_in, verifies
from tests.examples import (
    ANNA,
    DAY,
    HOUR,
    IVAN,
    MARIA,
    SHOP,
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
    tells,
)
from tests.spec import Step, Story, fact, given, wait

A, B = "flats-a", "flats-b"
FIRST_SAVE = {"receiver": SUPPORT, "auto_close": DAY}
STAFF = [*agents(ANNA), *group(members=(ANNA,))]


def verified(name: str) -> list[Step]:
    return [CreateChannel(channel=name, kind="avito", name=name), *connects(name, "avito", account="flats")]


def only_a() -> Story:
    return given(*STAFF, *verified(A), saves(A, **FIRST_SAVE))


def both(*between: Step) -> Story:
    """A was connected, then B with the same account; `between` happened while A was in effect."""
    return only_a().given(*between, *verified(B), saves(B, **FIRST_SAVE))


def again(name: str) -> list[Step]:
    return [begins(name, state="again"), logs_in(name, account="flats", state="again")]


def writes(customer: str = IVAN, *, to: str) -> Step:
    return says(customer, to=to, kind="avito")


def in_effect(story: Story) -> str | None:
    found = story.office.state(f"account-acme:avito:{key_of('flats')}")
    return str(found.in_effect) if found.in_effect else None


@pytest.mark.requirement("D13", "D17", "D18")
def test_the_second_is_in_effect_and_the_first_is_superseded_in_one_transaction() -> None:
    story = only_a().given(writes(to=A), *verified(B)).when(saves(B, **FIRST_SAVE))
    story.then(
        "channel.settings_changed",
        fact("channel.connected", replaces=A),
        fact("account.registered", channel=B, replaces=A),
        fact("channel.superseded", by_channel=B),
        fact("dialog.offers_ended", reason="channel_superseded"),
        "agent.slot_released",
        fact("dialog.queued", blocked="channel"),
    )
    story.then_channel(A, phase="superseded").then_channel(B, phase="connected").then_agent(ANNA, load=0)
    assert in_effect(story) == B


@pytest.mark.requirement("D13")
@pytest.mark.parametrize("through", [A, B])
def test_every_new_message_goes_to_the_second_only(through: str) -> None:
    story = both().when(writes(to=through)).then_among_others(fact("dialog.opened", channel=B))
    story.then_answered(outcome="routed").then_dialog(IVAN, channel=B)


@pytest.mark.requirement("D14")
def test_what_counts_is_the_registration_and_not_the_last_edit() -> None:
    story = both().when(saves(A, auto_close=HOUR)).then("channel.settings_changed")
    story.then_channel(A, phase="superseded").then_channel(B, phase="connected")
    assert in_effect(story) == B


@pytest.mark.requirement("D14", "D16")
def test_the_first_wins_when_it_is_authorised_anew() -> None:
    story = (
        both()
        .when(*again(A))
        .then(
            "channel.auth_started",
            "channel.account_authorised",
            fact("channel.reactivated", replaces=B),
            fact("account.registered", channel=A, replaces=B),
            fact("channel.superseded", by_channel=A),
        )
    )
    story.then_answered(outcome="reactivated", supersedes=[B])
    story.then_channel(A, phase="connected").then_channel(B, phase="superseded")
    assert in_effect(story) == A


@pytest.mark.requirement("D14", "A29")
def test_a_superseded_channel_whose_new_login_fails_stays_superseded() -> None:
    story = both().when(begins(A, state="again"), logs_in(A, account="flats", scopes=(), state="again"))
    story.then("channel.auth_started", fact("channel.auth_failed", reason="scope_missing"))
    story.then_channel(A, phase="superseded").then_channel(B, phase="connected")


@pytest.mark.requirement("D14")
def test_a_superseded_channel_may_take_another_account_with_its_next_save() -> None:
    story = both().given(begins(A, state="again"), logs_in(A, account="rooms", state="again"))
    story.then_channel(A, phase="superseded").when(saves(A))
    story.then(fact("channel.connected", account_key=key_of("rooms")), fact("account.registered", channel=A))
    story.then_channel(A, phase="connected").then_channel(B, phase="connected")


@pytest.mark.requirement("D15")
@pytest.mark.parametrize("through", [A, B])
def test_when_the_second_is_disconnected_the_first_stays_as_it_is_and_messages_wait_with_the_second(
    through: str,
) -> None:
    story = both().given(disconnects(B)).then_channel(A, phase="superseded")
    assert in_effect(story) is None
    story.when(writes(to=through)).then_answered(outcome="quarantined", reason="channel_disconnected")
    assert story.caused[-1].stream == f"quarantine-{B}"
    story.given(*again(A)).then_channel(A, phase="connected")
    story.when(writes(MARIA, to=A)).then_answered(outcome="routed")


@pytest.mark.requirement("D16")
def test_the_account_again_in_the_channel_in_effect_changes_nothing() -> None:
    story = both().given(begins(B, state="again"))
    story.when(logs_in(B, account="flats", state="again")).then_nothing().then_answered(outcome="already_connected")
    story.when(saves(B)).then_nothing()


@pytest.mark.requirement("D16", "B10")
def test_unless_its_authorisation_was_lost_then_the_next_save_restores_it() -> None:
    story = both().given(DegradeChannel(channel=B, cause="authorisation"), *again(B))
    story.then_channel(B, phase="degraded").when(saves(B)).then("channel.connected")
    story.then_channel(B, phase="connected", causes=frozenset())


@pytest.mark.requirement("D18")
def test_who_registers_the_second_is_warned_before_and_told_after() -> None:
    story = only_a().given(CreateChannel(channel=B, kind="avito"), begins(B))
    story.when(logs_in(B, account="flats")).then_answered(outcome="verified", would_supersede=[A])
    story.when(saves(B, **FIRST_SAVE)).then_answered(outcome="saved", supersedes=[A])
    story.when(begins(A, state="again")).then_answered(outcome="authorising", would_supersede=[B])


@pytest.mark.requirement("D18")
def test_nobody_is_warned_where_nothing_stops() -> None:
    story = given(*STAFF, *verified(A)[:-1]).when(verified(A)[-1]).then_answered(would_supersede=None)
    story.when(saves(A, **FIRST_SAVE)).then_answered(supersedes=None)


@pytest.mark.requirement("D19")
def test_dialogs_of_the_first_can_be_closed_and_noted_but_not_answered() -> None:
    from domain.dialog import commands as ask

    story = both(writes(to=A), accepts(ANNA)).then_dialog(IVAN, phase="assigned", assignee=ANNA)
    story.when(replies(ANNA)).then_refused("channel_superseded")
    story.when(tells(ask.AddNote(note="n1", body="He will call."))).then("dialog.note_added")
    story.when(closes()).then_among_others("dialog.closed")


@pytest.mark.requirement("D19")
@pytest.mark.parametrize("closed", [True, False])
def test_the_customers_next_message_opens_a_dialog_in_the_second_linked_to_the_one_in_the_first(closed: bool) -> None:
    story = both(writes(to=A), accepts(ANNA), *([closes()] if closed else []))
    former = story.office.dialog_id(IVAN)
    story.when(writes(to=B)).then_among_others(
        fact("dialog.opened", channel=B, previous_dialog_id=former, session=1)
    ).then_never("customer.created")


@pytest.mark.requirement("D19")
def test_back_in_the_first_the_link_leads_to_the_second() -> None:
    story = both(writes(to=A), closes(), wait(minutes=1)).given(writes(to=B), *again(A))
    in_b = [name for name, state in story.office.heads.dialogs() if state.channel == B]
    story.when(writes(to=A)).then_among_others(fact("dialog.opened", channel=A, previous_dialog_id=in_b[0], session=2))


@pytest.mark.requirement("D19")
def test_customers_of_two_bots_never_meet() -> None:
    story = given(*shop(staff=(ANNA,)), *channel("other"), says(IVAN), says(IVAN, to="other"))
    assert len(story.office.events("customer.created")) == 2


@pytest.mark.requirement("D20")
@pytest.mark.parametrize("kind", ["telegram", "avito", "vk"])
def test_an_account_of_another_tenant_is_refused_and_only_the_operator_learns_of_it(kind: ChannelKind) -> None:
    story = given(*STAFF, CreateChannel(channel="new", kind=kind), *connects("new", kind, account="theirs"))
    belongs(story, kind, "theirs", "another tenant")
    story.when(saves("new", **FIRST_SAVE)).then(
        fact("account.registration_refused", channel="new", reason="account_unavailable"),
        fact("alert.alert_raised", alert="account_unavailable", subject="new"),
    )
    story.then_answered(outcome="refused", code="account_unavailable", state="verified", settings_version=0)
    assert "another tenant" not in str(story.answer) + str(story.caused)
    story.then_channel("new", phase="verified", settings=lambda settings: settings.receiver is None)


@pytest.mark.requirement("D20")
def test_an_account_that_became_another_tenants_is_not_taken_back_either() -> None:
    story = both()
    belongs(story, "avito", "flats", "another tenant")
    story.when(*again(A)).then_answered(outcome="refused", code="account_unavailable")
    story.then_channel(A, phase="superseded")


@pytest.mark.requirement("D20")
def test_an_account_belongs_to_a_tenant_from_its_registration_until_it_is_disconnected() -> None:
    story = given(*shop())
    assert story.office.heads.fact("owner", f"telegram:{key_of(SHOP)}") == "acme"
    story.given(disconnects())
    assert story.office.heads.fact("owner", f"telegram:{key_of(SHOP)}") is None


def belongs(story: Story, kind: str, account: str, tenant: str) -> None:
    world = story.office.world()
    world.note("owner", f"{kind}:{key_of(account)}", tenant)
    story.office.heads.keep(world)


@pytest.mark.requirement("D06", "D20")
@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.has_account and name != "avito"])
def test_only_avito_lets_a_second_channel_take_an_account_over(kind: ChannelKind) -> None:
    story = given(*STAFF, *channel("one", kind=kind, auto_close=HOUR))
    story.given(CreateChannel(channel="two", kind=kind), *connects("two", kind, account="one"))
    code = "token_in_use" if KINDS[kind].connects_by == "token" else "account_in_use"
    story.when(saves("two", receiver=SUPPORT, auto_close=HOUR, **chosen_in(kind))).then_refused(code)


@pytest.mark.requirement("D04", "D06")
def test_a_token_is_compared_by_its_bot_and_not_by_its_text() -> None:
    story = given(*shop(), CreateChannel(channel="copy", kind="telegram"))
    same_bot = verifies("copy", account=SHOP)
    story.given(same_bot).when(saves("copy", **FIRST_SAVE)).then_refused("token_in_use")


def test_the_fold_remembers_what_a_superseded_channel_was() -> None:
    found: Channel = both().office.state(f"channel-{A}")
    assert (found.external_id, found.link.account_key, found.candidate) == ("login of flats", key_of("flats"), None)
