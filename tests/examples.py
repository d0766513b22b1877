"""The people, channels and words that tests, demo and docs speak of, and one example of everything that exists.

`EVENTS`, `COMMANDS` and `STATES` name every event, command and state once; a test sees to it that none is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from domain.desk import answering as ask_desk
from domain.desk.administration import SetAgent, SetGroup, SetPresence, SetSchedule
from domain.desk.bots import AnswerAsBot, ReportBotFailed, SetBot
from domain.desk.channels import CreateChannel, DisconnectChannel, SaveChannel
from domain.desk.intake import ReceiveMessage
from domain.desk.quarantining import ReleaseQuarantined
from domain.dialog import commands as ask
from domain.dialog.events import Author, Target
from domain.kinds import ChannelKind
from domain.quarantine import InboundQuarantined
from domain.schedule import DatedException
from domain.working_time import Interval
from tests.connections import chosen_in, connects, verifies
from tests.example_commands import COMMANDS
from tests.example_events import EVENTS
from tests.example_states import STATES
from tests.office import Office, sender_key

__all__ = ["COMMANDS", "EVENTS", "STATES", "verifies"]

ANNA, BORIS, VERA = "anna", "boris", "vera"
"""Agents of the support group, in this order."""
SOFIA = "sofia"
"""Their supervisor; she answers too when there is too much to do."""
IVAN, MARIA, PETR = "ivan", "maria", "petr"
"""Customers."""
SHOP, PAGE, FLATS = "shop", "page", "flats"
"""Channels: a Telegram bot, a Facebook page, an Avito account."""
SUPPORT, SENIORS = Target(kind="group", id="support"), Target(kind="group", id="seniors")
TO_ANNA, TO_BORIS = Target(kind="agent", id=ANNA), Target(kind="agent", id=BORIS)
GREETER = Target(kind="bot", id="greeter")
OFFICE_HOURS = "office-hours"
DAY = {"value": 1, "unit": "days"}
HOUR = {"value": 1, "unit": "hours"}
WEEKDAYS_9_TO_18 = (*((Interval(start=540, end=1080),) for _ in range(5)), (), ())

Step = Any


def agents(*names: str, capacity: int = 5, skills: tuple[str, ...] = ()) -> list[Step]:
    """Hired, and ready for work."""
    return [
        step
        for name in names
        for step in (
            SetAgent(agent=name, name=name.title()),
            SetAgent(agent=name, capacity=capacity, skills=list(skills)),
            SetPresence(agent=name, to="ready"),
        )
    ]


def group(target: Target = SUPPORT, members: tuple[str, ...] = (ANNA, BORIS, VERA), **changes: Any) -> list[Step]:
    return [
        SetGroup(group=target.id, name=target.id.title(), changes={"members": list(members), "seed": "seed", **changes})
    ]


def channel(
    name: str = SHOP,
    *,
    receiver: Target | None = SUPPORT,
    kind: ChannelKind = "telegram",
    auto_close: object = DAY,
    **settings: Any,
) -> list[Step]:
    """Created, verified and saved: connected. A bot that receives is made first."""
    return [
        *([SetBot(bot=receiver.id)] if receiver is not None and receiver.kind == "bot" else []),
        CreateChannel(channel=name, kind=kind, name=name.title()),
        *connects(name, kind),
        saves(name, receiver=receiver, auto_close=auto_close, **(chosen_in(kind) | settings)),
    ]


def shop(
    *,
    receiver: Target | None = SUPPORT,
    staff: tuple[str, ...] = (ANNA, BORIS, VERA),
    capacity: int = 5,
    settings: dict[str, Any] | None = None,
    **rules: Any,
) -> list[Step]:
    """A shop with a Telegram bot and a support group; `rules` are the group's, `settings` the channel's."""
    return [
        *agents(*staff, capacity=capacity),
        *group(members=staff, **rules),
        *channel(receiver=receiver, **(settings or {})),
    ]


def saves(name: str = SHOP, *, expected: int | None = None, **settings: Any) -> SaveChannel:
    """`out_of_hours__policy` stands for `out_of_hours.policy`."""
    changes = {field.replace("__", "."): value for field, value in settings.items()}
    return SaveChannel(channel=name, changes=changes, expected=expected, account_key=f"hash of {name}")


def disconnects(name: str = SHOP, user: str = SOFIA) -> Callable[[Office], None]:
    """Both steps: asked, and consented."""

    def both(office: Office) -> None:
        consent = office.do(DisconnectChannel(channel=name, user=user))["consent_id"]
        office.do(DisconnectChannel(channel=name, user=user, consent=consent, account_key=f"hash of {name}"))

    return both


def says(customer: str = IVAN, text: str = "Hello!", *, to: str = SHOP, kind: str = "telegram") -> Step:
    """A customer's message; each has a key of its own."""

    def message(office: Office) -> ReceiveMessage:
        key = f"{customer} {len(office.log)}"
        return ReceiveMessage(
            channel=to,
            provider=kind,
            external_key=key,
            provider_id=f"id of {key}",
            sender_key=sender_key(customer),
            sender_id=f"id of {customer}",
            body=text,
        )

    return message


def release_of(item: InboundQuarantined, channel: str = SHOP) -> ReleaseQuarantined:
    """What the door makes of an item of the quarantine."""
    return ReleaseQuarantined(
        channel=channel,
        item=item.item,
        external_key=item.external_key,
        provider_id=str(item.provider_id),
        body=str(item.body),
        attachments=tuple(item.attachments),  # type: ignore[arg-type]
        provider_time=item.provider_time,
        letter=tuple(item.letter.items()) if isinstance(item.letter, dict) else (),
        change=item.change,
        of=item.of,
    )


def accepts(agent: str, customer: str = IVAN) -> Callable[[Office], ask_desk.AcceptOffer]:
    """Whatever is offered to him of this customer's dialog; what was offered once, if nothing is pending."""
    return lambda office: ask_desk.AcceptOffer(
        dialog=office.dialog_id(customer), offer=offer_of(office, agent, customer), agent=agent
    )


def declines(agent: str, customer: str = IVAN) -> Callable[[Office], ask_desk.DeclineOffer]:
    return lambda office: ask_desk.DeclineOffer(
        dialog=office.dialog_id(customer), offer=offer_of(office, agent, customer), agent=agent
    )


def offer_of(office: Office, agent: str, customer: str) -> str:
    made = [
        one.offer
        for recorded in office.log
        if recorded.stream == f"dialog-{office.dialog_id(customer)}" and recorded.event.kind == "dialog.offers_made"
        for one in recorded.event.offers  # type: ignore[attr-defined]
        if one.agent == agent
    ]
    return made[-1] if made else "no offer"


def takes(agent: str, customer: str = IVAN, *, by: str | None = None, force: bool = False) -> Step:
    return lambda office: ask_desk.TakeDialog(
        dialog=office.dialog_id(customer), agent=agent, by=by or agent, force=force
    )


def transfers(by: str, to: Target, customer: str = IVAN, **more: Any) -> Step:
    return lambda office: ask_desk.TransferDialog(dialog=office.dialog_id(customer), to=to, by=by, **more)


def replies(agent: str, customer: str = IVAN, text: str = "How can I help?", *, bot: bool = False) -> Step:
    author = Author(kind="bot" if bot else "agent", id=agent)
    return lambda office: ask_desk.SendMessage(
        dialog=office.dialog_id(customer), client_key=f"{agent} {len(office.log)}", author=author, body=text
    )


def bot_answers(*messages: str, customer: str = IVAN, bot: str = GREETER.id, **more: Any) -> Step:
    """More: `hand_off`, `close`, `answers`."""
    return lambda office: AnswerAsBot(
        dialog=office.dialog_id(customer), bot=bot, key=str(len(office.log)), messages=messages, **more
    )


def bot_fails(customer: str = IVAN, bot: str = GREETER.id) -> Step:
    """In its present turn, as often as it is tried."""
    return lambda office: ReportBotFailed(
        dialog=office.dialog_id(customer), bot=bot, turn=office.dialog(customer).bot_position
    )


def closes(customer: str = IVAN, cause: Any = "agent") -> Step:
    return lambda office: ask_desk.CloseDialog(dialog=office.dialog_id(customer), cause=cause)


def tells(command: Any, customer: str = IVAN) -> Step:
    """What concerns one dialog alone: hold, note, tag, report."""
    return lambda office: ask_desk.TellDialog(dialog=office.dialog_id(customer), command=command)


def holds(customer: str = IVAN, **duration: float) -> Step:
    """Until something ends it, or for so long."""
    return lambda office: tells(
        ask.Hold(until=office.now + timedelta(**duration) if duration else None, reason="waits for the warehouse"),
        customer,
    )(office)


def is_now(agent: str, to: Any) -> SetPresence:
    return SetPresence(agent=agent, to=to)


def hours(week: Any = WEEKDAYS_9_TO_18, exceptions: tuple[DatedException, ...] = (), zone: str = "UTC") -> SetSchedule:
    return SetSchedule(schedule=OFFICE_HOURS, name="Office hours", zone=zone, week=week, exceptions=exceptions)
