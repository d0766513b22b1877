"""What a provider answers tells how well a channel works; its state is an event of the channel, not a cache."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from adapters.channels import SEND_ERRORS
from adapters.channels.outcomes import SendResult, again, bad_credentials, sent
from adapters.delivery.health import IN_A_ROW, Health
from adapters.doubles.server import Reply
from adapters.doubles.telegram import Fault, blocked, broken
from domain.channel.events import Degradation
from domain.desk.services import AlertDelivery, DegradeChannel
from tests.adapters.delivery.post import Post, post
from tests.store import TENANT


@pytest.fixture
def office() -> Iterator[Post]:
    with post() as made:
        yield made


def revoked() -> Fault:
    return Fault(Reply(401, {"ok": False, "error_code": 401, "description": "Unauthorized"}))


def says(office: Post, *texts: str) -> None:
    """One answer after the other in one dialog, each tried once."""
    dialog = office.dialogs()[-1] if office.dialogs() else office.asks()
    for text in texts:
        office.answers(dialog, text)
        office.later(301)
        office.delivery.run_once()


def past(office: Post) -> list[tuple[str, str]]:
    """What happened to the channel's health, in order."""
    told = [one.event for one in office.shop.store.log.stream(TENANT, "channel-shop")]
    names = {"channel.degraded", "channel.recovered"}
    return [(one.kind.partition(".")[2], getattr(one, "cause", "")) for one in told if one.kind in names]


@pytest.mark.requirement("B10")
def test_a_revoked_token_degrades_the_channel_at_the_second_refusal_and_a_new_one_recovers_it(office: Post) -> None:
    office.asks()
    office.shop.telegram.fails(revoked(), times=2)
    says(office, "one")
    assert past(office) == []
    says(office, "two")
    assert past(office) == [("degraded", "authorisation")]
    says(office, "three")
    assert past(office) == [("degraded", "authorisation"), ("recovered", "")]
    assert office.texts() == ["three"]
    reports = office.reports(office.dialogs()[-1])
    assert reports == [("message_failed", "bot_not_found")] * 2 + [("message_delivered", "")]


@pytest.mark.requirement("B10")
def test_one_refusal_between_successes_degrades_nothing(office: Post) -> None:
    office.asks()
    for text in ("one", "two"):
        office.shop.telegram.fails(revoked())
        says(office, text, f"{text} again")
    assert past(office) == []


def test_a_provider_that_is_down_degrades_the_channel_which_goes_on_trying(office: Post) -> None:
    office.asks()
    office.shop.telegram.fails(broken(), times=3)
    says(office, "at last")
    for _ in range(2):
        office.later(301)
        office.delivery.run_once()
    assert past(office) == [("degraded", "provider")]
    office.later(301)
    office.delivery.run_once()
    assert office.texts() == ["at last"]
    assert past(office) == [("degraded", "provider"), ("recovered", "")]


def test_a_customer_who_blocks_us_says_nothing_about_the_channel(office: Post) -> None:
    office.asks()
    office.shop.telegram.fails(blocked(), times=5)
    says(office, *"abcde")
    assert past(office) == []


def test_it_is_told_once_and_by_whom(office: Post) -> None:
    office.asks()
    office.shop.telegram.fails(revoked(), times=5)
    says(office, *"abcde")
    told = [one for one in office.shop.store.log.stream(TENANT, "channel-shop") if one.event.kind == "channel.degraded"]
    assert len(told) == 1 and told[0].meta.actor.kind == "provider"


def test_where_the_contract_has_no_say_a_success_shows_that_it_is_paid_again(office: Post) -> None:
    office.asks()
    office.shop.store.do(DegradeChannel(channel="shop", cause="entitlement"))
    says(office, "paid again")
    assert past(office) == [("degraded", "entitlement"), ("recovered", "")]


@pytest.mark.parametrize("cause", sorted(IN_A_ROW))
def test_every_cause_has_a_number(cause: Degradation) -> None:
    assert IN_A_ROW[cause] >= 1


def test_every_degrading_row_of_the_table_has_a_number() -> None:
    assert {row.degrades for row in SEND_ERRORS.values()} - {None} <= set(IN_A_ROW)


class Asked:
    """An executor that only writes down."""

    def __init__(self) -> None:
        self.commands: list[Any] = []

    def execute(self, request: Any) -> None:
        self.commands.append(request.command)


class State:
    kind = "whatsapp_official"
    causes = frozenset({"entitlement", "provider"})


def heard(*results: SendResult) -> list[Any]:
    asked = Asked()
    health = Health(asked)  # type: ignore[arg-type]
    for result in results:
        health.heard(TENANT, "wa", State(), result)  # type: ignore[arg-type]
    of_the_channel = [one for one in asked.commands if not isinstance(one, AlertDelivery)]
    return [(type(one).__name__, one.cause) for one in of_the_channel]


@pytest.mark.requirement("C01")
def test_the_services_of_the_contract_are_not_the_providers_to_give_back() -> None:
    assert heard(sent("1")) == [("RecoverChannel", "provider")]


def test_different_failures_do_not_add_up() -> None:
    assert heard(bad_credentials(), again(), again()) == []
    assert heard(bad_credentials(), again(), bad_credentials()) == [("DegradeChannel", "authorisation")]
