"""WhatsApp by three providers: the contract, keys, numbers, and one provider a widget (§3, A23, C01-C18)."""

import pytest

from domain.desk.channels import CreateChannel, DisconnectChannel, SaveChannel
from domain.desk.connecting import ActivateByManager, IssueWebhookUrl, VerifyKeys
from domain.desk.outbound import StartDialog
from domain.desk.services import SetEntitlement
from domain.desk.widgets import ArchiveWidget, CreateWidget
from domain.errors import Invalid, NotAllowed
from domain.kinds import KINDS, ChannelKind, offered_kinds, providers_of
from domain.recorded import Actor
from tests.connections import MANAGER, NUMBER, OTHER_NUMBER, activates, as_manager, begins, connects, gives_keys
from tests.examples import (
    ANNA,
    GREETER,
    HOUR,
    IVAN,
    MARIA,
    SUPPORT,
    TO_ANNA,
    accepts,
    agents,
    channel,
    closes,
    group,
    replies,
    saves,
    says,
    verifies,
)
from tests.office import Office
from tests.spec import Step, Story, fact, given

OFFICIAL, BIRD, INFOBIP = "whatsapp_official", "whatsapp_messagebird", "whatsapp_infobip"
PROVIDERS: list[ChannelKind] = [OFFICIAL, BIRD, INFOBIP]
STAFF = [*agents(ANNA), *group(members=(ANNA,))]
SITE = CreateWidget(widget="site", name="Site")


def entitles(granted: bool) -> Step:
    return lambda office: as_manager(office, SetEntitlement(service="whatsapp", granted=granted))


def wa(kind: ChannelKind, name: str = "wa", **settings: object) -> list[Step]:
    return channel(name, kind=kind, auto_close=HOUR, **settings)


def first_words(customer: str = MARIA) -> StartDialog:
    return StartDialog(
        channel="wa",
        sender_key=f"hash of {customer}",
        sender_id=customer,
        agent=ANNA,
        by=ANNA,
        body="Your parcel has come.",
        client_key="c-1",
        template="parcel",
    )


def of(kind: ChannelKind, text: str = "Hello!") -> Step:
    return says(IVAN, text, to="wa", kind=kind)


class TestTheContract:
    @pytest.mark.requirement("C01", "C02")
    def test_without_the_service_whatsapp_is_not_offered(self) -> None:
        assert set(offered_kinds()) == set(KINDS)
        assert set(KINDS) - set(offered_kinds(missing=("whatsapp",))) == set(PROVIDERS)

    @pytest.mark.requirement("C02")
    def test_the_choice_is_between_three_providers(self) -> None:
        assert providers_of("whatsapp") == (OFFICIAL, BIRD, INFOBIP)

    @pytest.mark.requirement("C01")
    @pytest.mark.parametrize("kind", PROVIDERS)
    def test_without_it_nothing_is_begun_connected_or_saved(self, kind: ChannelKind) -> None:
        missing = given(*STAFF, entitles(False))
        missing.when(CreateChannel(channel="wa", kind=kind)).then_refused("service_not_connected")
        made = given(*STAFF, CreateChannel(channel="wa", kind=kind), entitles(False))
        made.when(*connects("wa", kind)).then_refused("service_not_connected")
        checked = given(*STAFF, CreateChannel(channel="wa", kind=kind), *connects("wa", kind), entitles(False))
        checked.when(wa(kind)[-1]).then_refused("service_not_connected").then_channel("wa", phase="verified")

    @pytest.mark.requirement("C01")
    @pytest.mark.parametrize("kind", PROVIDERS)
    def test_a_channel_that_loses_it_is_degraded_and_its_customers_are_still_answered(self, kind: ChannelKind) -> None:
        story = given(*STAFF, *wa(kind, receiver=TO_ANNA), of(kind)).when(entitles(False))
        story.then(fact("channel.degraded", cause="entitlement")).then_channel("wa", phase="degraded")
        story.when(first_words()).then_refused("service_not_connected")
        story.when(saves("wa", priority=3)).then_refused("service_not_connected")
        story.when(of(kind, "Are you there?")).then("dialog.message_received")
        story.when(replies(ANNA)).then("dialog.message_sent")
        story.when(closes()).then_among_others("dialog.closed")
        story.when(DisconnectChannel(channel="wa", user="sofia")).then("channel.disconnect_requested")

    @pytest.mark.requirement("C01")
    def test_when_it_comes_back_the_channel_recovers(self) -> None:
        story = given(*STAFF, *wa(INFOBIP), entitles(False)).when(entitles(True), entitles(True))
        story.then("channel.recovered").then_channel("wa", phase="connected")
        story.when(saves("wa", priority=3)).then("channel.settings_changed")

    @pytest.mark.requirement("C01")
    def test_other_kinds_are_not_touched_and_repeating_it_changes_nothing(self) -> None:
        story = given(*STAFF, *channel(), entitles(False)).when(entitles(False)).then_nothing()
        story.then_channel("shop", phase="connected")

    @pytest.mark.requirement("C01", "C03")
    @pytest.mark.parametrize("kind", ["agent", "system", "api_key"])
    def test_only_a_manager_changes_the_contract(self, kind: str) -> None:
        with pytest.raises(NotAllowed):
            office_does(SetEntitlement(service="whatsapp", granted=False), kind)


def office_does(command: object, kind: str, office: Office | None = None) -> None:
    (office or Office()).do(command, actor=Actor(kind=kind, id="somebody"))  # type: ignore[arg-type]


class TestOfficial:
    @pytest.mark.requirement("C03")
    @pytest.mark.parametrize("kind", ["agent", "system", "api_key", "bot", "customer"])
    def test_a_user_is_told_to_ask_his_manager(self, kind: str) -> None:
        story = given(CreateChannel(channel="wa", kind=OFFICIAL))
        with pytest.raises(NotAllowed) as refused:
            office_does(ActivateByManager(channel="wa"), kind, story.office)
        assert refused.value.code == "manager_only"
        assert "personal manager" in str(refused.value) and "customer department" in str(refused.value)
        story.then_channel("wa", phase="draft")

    @pytest.mark.requirement("C03")
    def test_there_is_no_other_way(self) -> None:
        story = given(CreateChannel(channel="wa", kind=OFFICIAL))
        for way in (begins("wa"), verifies("wa"), gives_keys("wa", phone=NUMBER)):
            story.when(way).then_refused("manager_only")

    @pytest.mark.requirement("C03")
    def test_a_manager_activates_it(self) -> None:
        story = given(CreateChannel(channel="wa", kind=OFFICIAL)).when(activates("wa"), activates("wa"))
        story.then(fact("channel.activated_by_manager", external_id=NUMBER)).then_channel("wa", phase="verified")
        assert story.caused[0].meta.actor == MANAGER

    @pytest.mark.requirement("C04")
    def test_before_that_it_has_no_settings(self) -> None:
        story = given(*STAFF, CreateChannel(channel="wa", kind=OFFICIAL))
        story.when(saves("wa", receiver=SUPPORT, auto_close=HOUR)).then_refused("not_activated")

    @pytest.mark.requirement("C05")
    @pytest.mark.parametrize("receiver", [TO_ANNA, SUPPORT, GREETER])
    def test_agent_group_or_bot_receive_and_only_hours_count(self, receiver: object) -> None:
        story = given(*STAFF, *wa(OFFICIAL, receiver=receiver)).then_channel("wa", phase="connected")
        story.when(saves("wa", auto_close={"value": 1, "unit": "days"})).then_refused("unit_not_allowed")
        story.when(saves("wa", auto_close={"value": 0, "unit": "hours"})).then_refused("must_be_positive")


class TestMessageBird:
    @pytest.mark.requirement("C09", "C10")
    @pytest.mark.parametrize("missing", ["key", "channel_id"])
    def test_both_fields_are_needed_for_a_number(self, missing: str) -> None:
        given_fields = tuple(one for one in ("key", "channel_id") if one != missing)
        story = given(CreateChannel(channel="wa", kind=BIRD))
        story.when(gives_keys("wa", phone=NUMBER, given=given_fields)).then_refused("required")
        assert isinstance(story.refusal, Invalid)
        assert [one.field for one in story.refusal.problems] == [missing]
        story.then_channel("wa", phase="draft", external_id=None)

    @pytest.mark.requirement("C09", "C10")
    def test_the_number_appears_when_they_are_submitted(self) -> None:
        story = given(CreateChannel(channel="wa", kind=BIRD)).then_channel("wa", candidate_external_id=None)
        story.when(gives_keys("wa", phone=NUMBER)).then_answered(outcome="verified", phone=NUMBER)
        story.then_channel("wa", phase="verified", candidate_external_id=NUMBER)

    @pytest.mark.requirement("C10")
    def test_nobody_types_it(self) -> None:
        story = given(CreateChannel(channel="wa", kind=BIRD), gives_keys("wa", phone=NUMBER))
        story.when(saves("wa", phone=NUMBER)).then_refused("unknown_field")

    @pytest.mark.requirement("C13", "C09")
    @pytest.mark.parametrize("outcome", ["credentials_rejected", "channel_id_unknown"])
    def test_a_wrong_key_and_a_wrong_channel_are_told_apart_and_lead_to_no_number(self, outcome: str) -> None:
        story = given(CreateChannel(channel="wa", kind=BIRD))
        story.when(gives_keys("wa", phone=NUMBER, outcome=outcome)).then_refused(outcome)
        story.then_channel("wa", phase="draft", candidate_external_id=None)
        story.when(saves("wa")).then_refused("not_verified")

    @pytest.mark.requirement("C13", "A29")
    def test_a_wrong_key_on_a_connected_channel_leaves_it_as_it_was(self) -> None:
        story = given(*STAFF, *wa(BIRD))
        story.when(gives_keys("wa", outcome="credentials_rejected")).then_refused("credentials_rejected")
        story.then_channel("wa", phase="connected", external_id=NUMBER, candidate=None)

    @pytest.mark.requirement("A25", "A29")
    def test_a_new_key_for_the_same_number_takes_effect_at_save(self) -> None:
        story = given(*STAFF, *wa(BIRD))
        story.when(gives_keys("wa", phone=NUMBER, fingerprints=("beef",))).then(
            fact("channel.keys_verified", fingerprints=("beef",), candidate=True)
        )
        story.then_channel("wa", link=lambda link: link.fingerprints != ("beef",))
        story.when(saves("wa")).then("channel.connected")
        story.then_channel("wa", link=lambda link: link.fingerprints == ("beef",))

    @pytest.mark.requirement("C11")
    @pytest.mark.parametrize("settings", [{}, {"namespace_id": None}])
    def test_without_a_namespace_nobody_is_written_to_first(self, settings: dict[str, object]) -> None:
        story = given(*STAFF, *wa(BIRD, receiver=TO_ANNA, **settings), of(BIRD))
        story.when(first_words()).then_refused("namespace_required")
        story.when(replies(ANNA)).then("dialog.message_sent")

    @pytest.mark.requirement("C12")
    def test_with_it_they_are_and_without_it_again_open_dialogs_go_on(self) -> None:
        story = given(*STAFF, *wa(BIRD, receiver=TO_ANNA, namespace_id="ns-1"))
        story.when(first_words()).then_among_others("dialog.message_sent")
        story.given(saves("wa", namespace_id=None)).when(first_words(IVAN)).then_refused("namespace_required")
        story.then_dialog(MARIA, phase="assigned").when(replies(ANNA, MARIA)).then("dialog.message_sent")

    @pytest.mark.requirement("C14")
    def test_what_must_be_ready_at_the_provider_is_told_and_never_asked_for(self) -> None:
        wanted = KINDS[BIRD].prerequisites
        assert wanted == ("whatsapp_business_account", "facebook_business_id")
        given(CreateChannel(channel="wa", kind=BIRD), gives_keys("wa", phone=NUMBER)).when(saves("wa")).then(
            "channel.connected", "account.registered"
        )
        assert [kind for kind in KINDS if KINDS[kind].prerequisites] == [BIRD]

    @pytest.mark.requirement("A24", "A25")
    def test_of_the_signing_key_only_its_fingerprint_is_taken(self) -> None:
        story = given(*STAFF, *wa(BIRD), saves("wa", signing_key="c0ffee00c0ffee00"))
        story.when(saves("wa", signing_key="deadbeefdeadbeef")).then(
            fact("channel.settings_changed", changes=as_prints)
        )
        story.when(saves("wa", signing_key="my real key!")).then_refused("bad_value")


def as_prints(changes: tuple[object, ...]) -> bool:
    (one,) = changes
    return (one.field, one.old, one.new) == (  # type: ignore[attr-defined]
        "signing_key",
        "c0ffee00c0ffee00",
        "deadbeefdeadbeef",
    )


class TestInfobip:
    @pytest.mark.requirement("C15")
    def test_our_address_is_issued_once_and_stays(self) -> None:
        story = given(*STAFF, CreateChannel(channel="wa", kind=INFOBIP))
        issue = IssueWebhookUrl(channel="wa")
        story.when(issue).then("channel.webhook_url_issued").then_answered(outcome="issued")
        story.given(*connects("wa", INFOBIP), wa(INFOBIP)[-1], saves("wa", priority=2)).when(issue).then_nothing()
        story.then_channel("wa", url_issued=True)
        for name in ("url", "webhook_url", "keyword"):
            story.when(saves("wa", **{name: "https://x"})).then_refused("unknown_field")

    @pytest.mark.requirement("C15")
    def test_other_kinds_show_no_address(self) -> None:
        given(CreateChannel(channel="wa", kind=BIRD)).when(IssueWebhookUrl(channel="wa")).then_refused(
            "connects_otherwise"
        )

    @pytest.mark.requirement("C16")
    def test_the_number_is_one_of_the_list(self) -> None:
        story = given(*STAFF, CreateChannel(channel="wa", kind=INFOBIP)).when(*connects("wa", INFOBIP))
        story.then_answered(outcome="verified", numbers=[NUMBER, OTHER_NUMBER])
        first = {"receiver": SUPPORT, "auto_close": HOUR}
        story.when(saves("wa", **first)).then_refused("required")
        story.when(saves("wa", number="+49 30 1", **first)).then_refused("number_not_offered")
        story.then_channel("wa", phase="verified")
        story.when(saves("wa", number=OTHER_NUMBER, **first)).then_channel("wa", external_id=OTHER_NUMBER)

    @pytest.mark.requirement("C16", "C17")
    @pytest.mark.parametrize(("to", "outcome"), [(NUMBER, "routed"), (OTHER_NUMBER, "quarantined"), (None, "routed")])
    def test_messages_come_in_on_exactly_this_number(self, to: str | None, outcome: str) -> None:
        given(*STAFF, *wa(INFOBIP)).when(sent_to(to)).then_answered(outcome=outcome)

    @pytest.mark.requirement("C17")
    def test_another_number_is_a_change_of_settings_and_the_old_one_waits_in_quarantine(self) -> None:
        story = given(*STAFF, *wa(INFOBIP)).when(saves("wa", number=OTHER_NUMBER))
        story.then(
            fact("channel.settings_changed", changes=lambda changes: [one.field for one in changes] == ["number"]),
            fact("channel.connected", external_id=OTHER_NUMBER),
            fact("account.unregistered", channel="wa"),
            fact("account.registered", channel="wa"),
        )
        story.when(sent_to(NUMBER)).then_answered(outcome="quarantined", reason="number_not_connected")
        story.when(sent_to(OTHER_NUMBER)).then_answered(outcome="routed")

    @pytest.mark.requirement("C16", "B11", "A29")
    def test_a_new_key_whose_list_lacks_the_number_asks_for_another(self) -> None:
        story = given(*STAFF, *wa(INFOBIP), gives_keys("wa", numbers=(OTHER_NUMBER,)))
        story.when(saves("wa")).then_refused("number_not_offered").then_channel("wa", external_id=NUMBER)
        story.when(saves("wa", number=OTHER_NUMBER)).then_channel("wa", external_id=OTHER_NUMBER)

    @pytest.mark.requirement("C18")
    def test_agent_or_group_receive_by_hours_or_days(self) -> None:
        story = given(*STAFF, *wa(INFOBIP)).when(saves("wa", auto_close={"value": 1, "unit": "days"}))
        story.then("channel.settings_changed").when(saves("wa", receiver=GREETER))
        story.then_refused("receiver_kind_not_allowed")

    def test_the_key_is_needed(self) -> None:
        asked = VerifyKeys(channel="wa", given=("number",))
        given(CreateChannel(channel="wa", kind=INFOBIP)).when(asked).then_refused("required")


def sent_to(number: str | None) -> Step:
    from dataclasses import replace

    def message(office: Office) -> object:
        return replace(of(INFOBIP)(office), to=number)

    return message


class TestOneProviderAWidget:
    @pytest.mark.requirement("A23")
    def test_a_channel_stands_in_its_widget(self) -> None:
        story = given(SITE).when(CreateChannel(channel="wa", kind=BIRD, widget="site"))
        story.then(fact("channel.created", widget_id="site"), fact("widget.channel_added", channel="wa"))
        story.when(CreateChannel(channel="wa", kind=BIRD, widget="site")).then_nothing()

    @pytest.mark.requirement("A23")
    def test_it_must_be_there(self) -> None:
        lost = CreateChannel(channel="wa", kind=BIRD, widget="nowhere")
        given().when(lost).then_refused("widget_unknown")
        gone = CreateChannel(channel="wa", kind=BIRD, widget="site")
        given(SITE, ArchiveWidget(widget="site")).when(gone).then_refused("widget_archived")

    @pytest.mark.requirement("A23")
    def test_a_second_provider_is_refused_and_other_kinds_are_not(self) -> None:
        story = with_provider()
        story.when(CreateChannel(channel="wa-2", kind=BIRD, widget="site")).then_refused("provider_exists")
        story.when(CreateChannel(channel="tg", kind="telegram", widget="site")).then_among_others("channel.created")
        story.when(CreateChannel(channel="tg-2", kind="telegram", widget="site")).then_among_others("channel.created")
        story.given(CreateWidget(widget="other", name="Other"))
        story.when(CreateChannel(channel="wa-2", kind=BIRD, widget="other")).then_among_others("channel.created")

    @pytest.mark.requirement("C07")
    def test_to_begin_a_change_changes_nothing(self) -> None:
        story = with_provider(to_infobip).then_channel("wa", phase="connected").then_channel("wa-2", phase="verified")
        story.when(of(BIRD)).then_answered(outcome="routed")

    @pytest.mark.requirement("C07", "C08")
    def test_the_first_save_of_the_new_one_asks_for_a_second_consent(self) -> None:
        story = with_provider(to_infobip, of(BIRD)).when(new_saves())
        story.then(fact("channel.disconnect_requested", open_dialogs=1))
        story.then_answered(outcome="consent_needed", replaces="wa", channel="wa-2", state="verified", open_dialogs=1)
        story.then_channel("wa", phase="connected").then_channel("wa-2", phase="verified", settings_version=0)

    @pytest.mark.requirement("C08", "A19")
    def test_with_it_one_transaction_connects_the_new_one_and_disconnects_the_old_one(self) -> None:
        story = with_provider(to_infobip, of(BIRD)).when(new_saves())
        story.when(new_saves(story.answer["consent_id"])).then(
            "channel.settings_changed",
            fact("channel.connected", external_id=NUMBER),
            fact("account.registered", channel="wa-2"),
            fact("widget.provider_changed", old_kind=BIRD, new_kind=INFOBIP, old_channel="wa", new_channel="wa-2"),
            fact("channel.disconnected", cause="provider_changed", wiped_secrets=("key", "signing_key")),
            fact("account.unregistered", channel="wa"),
            fact("dialog.offers_ended", reason="channel_disconnected"),
            "agent.slot_released",
            fact("dialog.queued", blocked="channel"),
        )
        story.then_answered(outcome="saved", state="connected", replaces="wa")
        story.then_channel("wa", phase="disconnected").then_channel("wa-2", phase="connected")

    @pytest.mark.requirement("C08", "A17")
    def test_a_consent_that_is_not_valid_leaves_both_as_they_were(self) -> None:
        story = with_provider(to_infobip).when(new_saves("wrong")).then_refused("consent_invalid")
        story.then_channel("wa", phase="connected").then_channel("wa-2", phase="verified", settings_version=0)

    @pytest.mark.requirement("C08")
    def test_what_could_not_be_saved_asks_for_no_consent(self) -> None:
        story = with_provider(to_infobip)
        story.when(SaveChannel(channel="wa-2", changes={"auto_close": HOUR, "number": NUMBER})).then_refused("required")

    @pytest.mark.requirement("C08", "A19")
    def test_replies_to_the_old_ones_dialogs_are_refused(self) -> None:
        story = with_provider(to_infobip, of(BIRD), accepts(ANNA)).when(new_saves())
        story.given(new_saves(story.answer["consent_id"])).when(replies(ANNA)).then_refused("channel_disconnected")

    def test_a_widget_is_archived_when_none_of_its_channels_works(self) -> None:
        story = with_provider().when(ArchiveWidget(widget="site")).then_refused("in_use")
        given(SITE).when(ArchiveWidget(widget="site"), ArchiveWidget(widget="site")).then("widget.archived")
        story.when(ArchiveWidget(widget="nowhere")).then_refused("widget_unknown")
        story.when(CreateWidget(widget="site", name="Site")).then_nothing()


def with_provider(*steps: Step) -> Story:
    """MessageBird works in the widget "site"."""
    made = CreateChannel(channel="wa", kind=BIRD, widget="site")
    first = saves("wa", receiver=SUPPORT, auto_close=HOUR)
    return given(*STAFF, SITE, made, *connects("wa", BIRD), first, *steps)


def to_infobip(office: Office) -> None:
    office.do(CreateChannel(channel="wa-2", kind=INFOBIP, widget="site", change_provider=True))
    for step in connects("wa-2", INFOBIP):
        office.do(step)


def new_saves(consent: str | None = None) -> SaveChannel:
    changes = {"receiver": SUPPORT, "auto_close": HOUR, "number": NUMBER}
    return SaveChannel(channel="wa-2", changes=changes, consent=consent)
