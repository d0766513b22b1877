"""Saving a channel: what is accepted, what is refused and why, and two people saving at once (§10, A01-A14)."""

import math

import pytest

from domain.desk.channels import SaveChannel
from domain.errors import Conflict, Invalid
from domain.kinds import KINDS
from domain.preview import would_close
from domain.settings import FIELDS, OF_ONE_KIND, Settings, check
from tests.examples import ANNA, DAY, GREETER, HOUR, SHOP, SUPPORT, TO_ANNA, agents, channel, group, hours, saves, shop
from tests.spec import Story, fact, given

GROUP = {"kind": "group", "id": "support"}
BOT = {"kind": "bot", "id": "greeter"}


def problems(kind: str, **wanted: object) -> dict[str, str]:
    """field → code of one Save of a channel of this kind that was complete before."""
    before = Settings(
        receiver=SUPPORT, auto_close=check(Settings(), {"auto_close": HOUR}, KINDS["telegram"])[0].auto_close
    )
    named = {name.replace("__", "."): value for name, value in wanted.items()}
    return {one.field: one.code for one in check(before, named, KINDS[kind])[1]}  # type: ignore[index]


@pytest.mark.requirement("A01")
def test_there_are_ten_kinds() -> None:
    assert set(KINDS) == {
        "vk",
        "facebook",
        "whatsapp_official",
        "whatsapp_messagebird",
        "whatsapp_infobip",
        "viber",
        "telegram",
        "yandex_dialogs",
        "email",
        "avito",
    }


@pytest.mark.requirement("A02", "B08", "C05", "C18")
@pytest.mark.parametrize("kind", list(KINDS))
def test_a_bot_receives_only_where_the_kind_allows_it(kind: str) -> None:
    expected = {} if kind in {"facebook", "whatsapp_official"} else {"receiver": "receiver_kind_not_allowed"}
    assert problems(kind, receiver=BOT) == expected
    assert problems(kind, receiver=GROUP) == {}


@pytest.mark.requirement("A04")
@pytest.mark.parametrize("name", ["algorithm", "distribution", "answer_wait"])
def test_what_belongs_to_the_group_is_not_set_on_the_channel(name: str) -> None:
    assert problems("telegram", **{name: 5}) == {name: "managed_in_group"}


@pytest.mark.requirement("A05", "A06", "A08", "A10")
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize(
    ("value", "code"),
    [
        (0, "must_be_positive"),
        (-1, "must_be_positive"),
        (1.5, "not_integer"),
        (1.0, "not_integer"),
        ("5", "not_integer"),
        ("", "not_integer"),
        (True, "not_integer"),
        (None, "not_integer"),
        (math.nan, "not_integer"),
        ([], "not_integer"),
        (10**9, "too_large"),
        (8761, "too_large"),
    ],
)
def test_the_period_is_a_whole_number_above_zero(kind: str, value: object, code: str) -> None:
    assert problems(kind, auto_close={"value": value, "unit": "hours"}) == {"auto_close": code}


@pytest.mark.requirement("A07", "A09")
@pytest.mark.parametrize("kind", list(KINDS))
def test_one_hour_and_one_day_are_accepted_but_no_days_for_official_whatsapp(kind: str) -> None:
    assert problems(kind, auto_close=HOUR) == {}
    days = {"auto_close": "unit_not_allowed"} if kind == "whatsapp_official" else {}
    assert problems(kind, auto_close=DAY) == days


@pytest.mark.requirement("A07")
@pytest.mark.parametrize(("value", "unit"), [(8760, "hours"), (365, "days")])
def test_the_longest_period_is_a_year(value: int, unit: str) -> None:
    assert problems("telegram", auto_close={"value": value, "unit": unit}) == {}


@pytest.mark.parametrize("unit", ["weeks", None, 1, ["hours"], {}])
def test_other_units_are_refused(unit: object) -> None:
    assert problems("telegram", auto_close={"value": 1, "unit": unit}) == {"auto_close": "unit_not_allowed"}


@pytest.mark.requirement("A08")
def test_24_hours_and_one_day_are_different_settings_with_one_effect() -> None:
    story = given(*shop()).when(saves(auto_close={"value": 24, "unit": "hours"}))
    story.then(fact("channel.settings_changed"))


@pytest.mark.requirement("D10")
@pytest.mark.parametrize("kind", list(KINDS))
def test_receiver_and_period_may_be_absent_only_for_mail_and_messagebird(kind: str) -> None:
    _, wrong = check(Settings(), {}, KINDS[kind])  # type: ignore[index]
    optional = kind in {"email", "whatsapp_messagebird"}
    assert [one.field for one in wrong] == ([] if optional else ["receiver", "auto_close"])


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("idle_mode", "never", "bad_value"),
        ("closing_message", "x" * 1001, "too_long"),
        ("reopen_window", 721, "out_of_range"),
        ("reopen_window", True, "out_of_range"),
        ("required_tag", 1, "not_boolean"),
        ("required_topic", "yes", "not_boolean"),
        ("weight", 0, "out_of_range"),
        ("weight", 101, "out_of_range"),
        ("required_skills", ["s"] * 21, "too_long"),
        ("priority", 10, "out_of_range"),
        ("out_of_hours__policy", "sleep", "bad_value"),
        ("out_of_hours__policy", "bot", "receiver_kind_not_allowed"),
        ("out_of_hours__policy", ["bot"], "bad_value"),
        ("bot__timeout", 4, "out_of_range"),
        ("bot__timeout", 3601, "out_of_range"),
        ("bot__keywords", ["x" * 51], "too_long"),
        ("bot__fallback", BOT, "receiver_unknown"),
        ("bot_may_close", True, "receiver_kind_not_allowed"),
        ("bot_may_close", "no", "not_boolean"),
        ("receiver", "support", "receiver_unknown"),
        ("receiver", None, "required"),
        ("auto_close", None, "required"),
        ("auto_close", 5, "not_integer"),
        ("phone", "+44", "unknown_field"),
    ],
)
def test_every_setting_has_a_range_and_a_code(name: str, value: object, code: str) -> None:
    assert problems("telegram", **{name: value}) == {name.replace("__", "."): code}


@pytest.mark.requirement("H09", "A22")
def test_the_out_of_hours_notice_is_for_reading() -> None:
    assert problems("telegram", out_of_hours__notice="We are closed.") == {"out_of_hours.notice": "unknown_field"}
    assert {kind.name for kind in KINDS.values() if not kind.notice} == {"whatsapp_official", "email"}


def test_to_answer_out_of_hours_a_text_is_needed() -> None:
    assert problems("telegram", out_of_hours__policy="queue_and_reply") == {"out_of_hours.text": "text_required"}


@pytest.mark.requirement("H14")
def test_a_bot_out_of_hours_needs_a_kind_that_allows_bots() -> None:
    assert problems("facebook", out_of_hours__policy="bot", bot_may_close=True) == {}


@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("name", sorted(OF_ONE_KIND))
def test_what_belongs_to_one_kind_is_unknown_to_the_others(kind: str, name: str) -> None:
    known = name in KINDS[kind].own  # type: ignore[index]
    assert (problems(kind, **{name: 7}).get(name) == "unknown_field") is not known


@pytest.mark.requirement("A22", "H09")
@pytest.mark.parametrize("kind", list(KINDS))
@pytest.mark.parametrize("name", ["out_of_hours.notice", "notice", "phone", "chat_id", "webhook_url", "token", "name"])
def test_what_is_only_shown_is_no_setting(kind: str, name: str) -> None:
    assert problems(kind, **{name: "x"}) == {name: "unknown_field"}


def test_every_field_of_the_settings_can_be_set() -> None:
    from domain.settings import _CHECKS

    assert set(_CHECKS) == set(FIELDS)


def test_all_errors_of_one_save_come_together_and_nothing_is_saved() -> None:
    story = given(*shop())
    wrong = {"auto_close": {"value": 0, "unit": "hours"}, "algorithm": "random", "schedule": "nights", "weight": 2}
    story.when(SaveChannel(channel=SHOP, changes=wrong)).then_refused("must_be_positive")
    assert isinstance(story.refusal, Invalid)
    codes = {one.field: one.code for one in story.refusal.problems}
    assert codes == {"auto_close": "must_be_positive", "algorithm": "managed_in_group", "schedule": "schedule_unknown"}
    story.then_channel(SHOP, settings=lambda settings: settings.weight == 1)


@pytest.mark.parametrize("target", [{"kind": "agent", "id": "nobody"}, {"kind": "group", "id": "nowhere"}])
@pytest.mark.parametrize("name", ["receiver", "bot.fallback"])
def test_whom_a_setting_names_must_exist(name: str, target: object) -> None:
    given(*shop()).when(SaveChannel(channel=SHOP, changes={name: target})).then_refused("receiver_unknown")


def test_whom_a_setting_names_must_be_active() -> None:
    from domain.agent import SetActive

    story = given(*shop())
    world = story.office.world()
    world.do(f"agent-{ANNA}", SetActive(active=False))
    story.office.heads.keep(world)
    story.when(saves(receiver=TO_ANNA)).then_refused("receiver_inactive")


@pytest.mark.requirement("A12")
def test_one_save_is_one_event_with_every_changed_field_old_and_new() -> None:
    given(*shop(), hours()).when(saves(auto_close=HOUR, priority=3, schedule="office-hours", weight=1)).then(
        fact("channel.settings_changed", settings_version=2, changes=described)
    )


def described(changes: tuple[object, ...]) -> bool:
    return [(one.field, one.old, one.new) for one in changes] == [  # type: ignore[attr-defined]
        ("auto_close", {"value": 1, "unit": "days"}, {"value": 1, "unit": "hours"}),
        ("priority", 0, 3),
        ("schedule", None, "office-hours"),
    ]


@pytest.mark.requirement("A13")
def test_a_save_without_a_difference_writes_nothing() -> None:
    story = given(*shop()).when(saves(auto_close=DAY, receiver=SUPPORT)).then_nothing()
    story.then_answered(outcome="unchanged", settings_version=1)


@pytest.mark.requirement("A14")
def test_a_save_of_what_somebody_else_saved_meanwhile_is_refused_with_what_he_changed() -> None:
    story = given(*shop(), saves(expected=1, priority=3, bot__timeout=30), saves(expected=2, weight=2))
    story.when(saves(expected=1, priority=4)).then_refused("version_conflict")
    assert isinstance(story.refusal, Conflict)
    assert story.refusal.detail == {"settings_version": 3, "changed_since": ["bot.timeout", "priority", "weight"]}
    story.when(saves(expected=3, priority=4)).then_answered(outcome="saved", settings_version=4)


@pytest.mark.requirement("A14", "A17")
def test_only_settings_move_the_settings_version() -> None:
    from domain.channel import Degraded, Recovered

    story = given(*shop())
    world = story.office.world()
    world.record(f"channel-{SHOP}", Degraded(cause="provider"), Recovered())
    story.office.heads.keep(world)
    story.when(saves(expected=1, priority=4)).then_answered(outcome="saved")


@pytest.mark.requirement("A11", "C06")
def test_an_edit_in_progress_is_stored_nowhere() -> None:
    """It is asked about and tried, as a page does; what is read meanwhile is what was saved last."""
    story = given(*shop(), saves(priority=2))
    saved = story.office.state(f"channel-{SHOP}")
    would_close([], saved, {"auto_close": HOUR, "priority": 5}, story.office.now)
    story.when(saves(priority=5, auto_close={"value": 0, "unit": "hours"})).then_refused("must_be_positive")
    story.when(saves(priority=5, expected=1)).then_refused("version_conflict")
    assert story.office.state(f"channel-{SHOP}") == saved


@pytest.mark.requirement("C06")
def test_what_was_saved_stands_until_the_next_save() -> None:
    story = given(*shop(), saves(priority=2))
    story.when(saves(priority=99)).then_refused("out_of_range")
    story.then_channel(SHOP, settings=lambda settings: settings.priority == 2, settings_version=2)


@pytest.mark.requirement("H14")
def test_a_facebook_page_may_have_a_bot_for_receiver() -> None:
    given(*agents(ANNA), *channel("page", kind="facebook", receiver=GREETER)).then_channel("page", phase="connected")


def test_a_save_may_be_repeated() -> None:
    story: Story = given(*shop(), *group())
    story.when(saves(priority=2), saves(priority=2)).then("channel.settings_changed")


@pytest.mark.parametrize(
    "name", ["bot_fallback", "bot_timeout", "bot_keywords", "out_of_hours_policy", "out_of_hours_bot"]
)
def test_a_setting_has_one_name(name: str) -> None:
    """By another name it would pass by the checks of what it names."""
    assert problems("facebook", **{name: None}) == {name: "unknown_field"}
    ghost = {"kind": "agent", "id": "ghost"}
    both = SaveChannel(channel=SHOP, changes={"bot.fallback": None, "bot_fallback": ghost})
    given(*shop()).when(both).then_refused("unknown_field")
