"""Days at an office in memory, as hypothesis draws them: real commands, and the log that they leave. No database.

`play` turns a list of small acts into commands; whatever is not possible at that moment the rules themselves refuse.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from domain.desk import administration as admin
from domain.desk import answering, bots, channels, intake, presence, waking, widgets
from domain.dialog import commands as ask
from domain.dialog.events import Attachment, Author, Target
from domain.dialog.state import Dialog
from domain.errors import Rejected
from domain.recorded import SYSTEM, Actor, Event, Sealed
from domain.working_time import Interval
from processors import distribution
from tests.connections import connects
from tests.office import Office

AGENTS = ("anna", "boris", "clara")
GROUPS = ("sales", "service")
CHANNELS = ("shop", "help")
CUSTOMERS = ("dora", "emil", "fedor", "gala")
BOSS = Actor(kind="agent", id="boss", ip="192.0.2.7", user_agent="Firefox/140")


class Shop(Office):
    """Three agents, two groups, two channels that work, one schedule. Each command comes a second after the last."""

    def __init__(self) -> None:
        super().__init__()
        for agent in AGENTS:
            self.do(admin.SetAgent(agent=agent, name=agent.title(), capacity=2), BOSS)
            self.do(admin.SetPresence(agent=agent, to="ready"), Actor(kind="agent", id=agent))
        self.do(bots.SetBot(bot="robot", name="Robot"), BOSS)
        self.do(widgets.CreateWidget(widget="site", name="Site"), BOSS)
        self.do(admin.SetGroup(group="sales", name="Sales", changes={"members": ["anna", "boris"]}), BOSS)
        rules = {"members": ["clara", "boris"], "algorithm": "all_at_once", "answer_wait": 30}
        self.do(admin.SetGroup(group="service", name="Service", changes=rules), BOSS)
        day = (Interval(start=0, end=1440),)
        self.do(admin.SetSchedule(schedule="always", name="Always", zone="Europe/Moscow", week=(day,) * 7), BOSS)
        for channel, group in zip(CHANNELS, GROUPS, strict=True):
            self.connect(channel, group)

    def do(self, command: Any, actor: Actor = SYSTEM) -> dict[str, Any]:
        self.sleep(timedelta(seconds=1))
        return super().do(command, actor)

    def dialogs(self) -> list[tuple[str, Dialog]]:
        return sorted(self.heads.dialogs(), key=lambda named: named[0])

    def connect(self, channel: str, group: str, kind: Any = "facebook") -> None:
        self.do(channels.CreateChannel(channel=channel, kind=kind, name=channel.title()), BOSS)
        for step in connects(channel, kind):
            self.do(step, BOSS)
        settings = {
            "receiver": {"kind": "group", "id": group},
            "auto_close": {"value": 2, "unit": "hours"},
            "closing_message": "Good bye",
            "reopen_window": 3,
        }
        self.do(channels.SaveChannel(channel=channel, changes=settings, account_key=f"k-{channel}"), BOSS)

    def writes(self, customer: str, channel: str, text: str = "hello", files: int = 0) -> dict[str, Any]:
        number = self.choices.new_id()
        return self.do(
            intake.ReceiveMessage(
                channel=channel,
                provider="facebook",
                external_key=f"m-{number}",
                provider_id=number,
                sender_key=customer,
                sender_id=customer,
                body=text,
                profile=(("name", customer.title()),),
                attachments=tuple(Attachment(type="image", ref=f"f{one}") for one in range(files)),
                provider_time=self.now - timedelta(seconds=2),
            ),
            Actor(kind="customer", id=customer),
        )


def sealed(event: Event) -> Event:
    """As the store would keep it, with a cipher that is none."""
    fields = {
        name: Sealed(sealed=base64.b64encode(json.dumps(event.model_dump(mode="json")[name]).encode()).decode())
        for name in event.personal
        if getattr(event, name)
    }
    return event.model_copy(update=fields)


# -- a day at the office, as drawn ------------------------------------------------------------------------------------

Act = tuple[str, int, int, int]
KINDS = (
    "write", "write", "write", "distribute", "distribute", "accept", "accept", "decline", "send", "send", "take",
    "transfer", "tell", "tell", "report", "report", "edit", "close", "presence", "time", "settings", "setting", "stop",
)  # fmt: skip
acts = st.lists(
    st.tuples(st.sampled_from(KINDS), st.integers(0, 11), st.integers(0, 5), st.integers(0, 5)), max_size=40
)


def play(office: Shop, day: Sequence[Act]) -> Shop:
    """Carry out what is possible; the rules refuse the rest."""
    for kind, one, two, three in day:
        with suppress(Rejected, LookupError):
            _ACTS[kind](office, one, two, three)
    return office


def _pick(options: Sequence[Any], at: int) -> Any:
    return options[at % len(options)] if options else _none()


def _none() -> Any:
    raise LookupError("nobody there")


def _dialog(office: Shop, at: int) -> str:
    return _pick([name for name, _ in office.dialogs()], at)


def _write(office: Shop, one: int, two: int, three: int) -> None:
    office.writes(_pick(CUSTOMERS, one), _pick(CHANNELS, two), f"text {one}" if three else "", files=three % 3)


def _distribute(office: Shop, one: int, two: int, three: int) -> None:
    office.do(distribution.look([f"group-{group}" for group in GROUPS]))


def _offer(office: Shop, at: int) -> tuple[str, Any]:
    return _pick([(name, offer) for name, one in office.dialogs() for offer in one.offers], at)


def _accept(office: Shop, one: int, two: int, three: int) -> None:
    dialog, offer = _offer(office, one)
    office.do(answering.AcceptOffer(dialog=dialog, offer=offer.offer, agent=offer.agent))


def _decline(office: Shop, one: int, two: int, three: int) -> None:
    dialog, offer = _offer(office, one)
    office.do(answering.DeclineOffer(dialog=dialog, offer=offer.offer, agent=offer.agent))


def _send(office: Shop, one: int, two: int, three: int) -> None:
    bot = three == 5
    author = Author(kind="bot", id="robot") if bot else Author(kind="agent", id=_pick(AGENTS, two), recorded_as="Ann")
    command = answering.SendMessage(
        dialog=_dialog(office, one), client_key=office.choices.new_id(), author=author, body="hi"
    )
    office.do(command, Actor(kind="agent", id=author.id))


def _take(office: Shop, one: int, two: int, three: int) -> None:
    agent = _pick(AGENTS, two)
    office.do(answering.TakeDialog(dialog=_dialog(office, one), agent=agent, by=agent, force=three > 3))


def _transfer(office: Shop, one: int, two: int, three: int) -> None:
    targets = [
        Target(kind="agent", id=_pick(AGENTS, three)),
        Target(kind="group", id=_pick(GROUPS, three)),
        Target(kind="bot", id="robot"),
    ]
    wanted = answering.TransferDialog(
        dialog=_dialog(office, one), to=_pick(targets, two), by="boss", supervises=True, comment="please", force=True
    )
    office.do(wanted, BOSS)


def _tell(office: Shop, one: int, two: int, three: int) -> None:
    told: list[Any] = [
        ask.Hold(until=office.now + timedelta(hours=three) if three else None, reason="waits for parts"),
        ask.Unhold(),
        ask.AddNote(note=office.choices.new_id(), body="between us"),
        ask.Tag(tag=f"tag {three % 3}", on=three < 4),
        ask.SetTopic(topic=f"topic {three}" if three else None),
        ask.SetPriority(priority=three),
        ask.SetAttribute(name=f"name {three % 2}", value="value" if three else None),
    ]
    office.do(answering.TellDialog(dialog=_dialog(office, one), command=_pick(told, two + three)), BOSS)


def _report(office: Shop, one: int, two: int, three: int) -> None:
    sent = [
        (event.stream.partition("-")[2], event.event.message)
        for event in office.log
        if event.event.kind in ("dialog.message_sent", "dialog.closing_message_sent")
    ]
    dialog, message = _pick(sent, one)
    result = _pick(("delivered", "read", "failed", "unknown"), two)
    office.do(answering.TellDialog(dialog=dialog, command=ask.Report(message=message, result=result, code="5")))


def _edit(office: Shop, one: int, two: int, three: int) -> None:
    received = [event.event for event in office.log if event.event.kind == "dialog.message_received"]
    channel = _pick(CHANNELS, two)
    event: Any = _pick(received, one)
    change = {"body": "better"} if three < 2 else {"reaction": "👍"} if three < 4 else {}
    customer = _pick(CUSTOMERS, one)
    office.do(intake.ChangeReceived(channel=channel, external_key=event.external_key, sender_key=customer, **change))


def _close(office: Shop, one: int, two: int, three: int) -> None:
    office.do(answering.CloseDialog(dialog=_dialog(office, one), cause="spam" if three == 5 else "agent"), BOSS)


def _presence(office: Shop, one: int, two: int, three: int) -> None:
    agent = _pick(AGENTS, one)
    if three == 5:
        office.do(presence.SetActive(agent=agent, active=two > 0))
        return
    office.do(admin.SetPresence(agent=agent, to=_pick(("ready", "away", "offline", "ready"), two)))
    office.do(presence.WakeAgent(agent=agent))


def _time(office: Shop, one: int, two: int, three: int) -> None:
    office.now += timedelta(seconds=(10, 31, 61, 1800, 7300, 11_000)[three])
    for dialog, _ in office.dialogs():
        office.do(waking.WakeDialog(dialog=dialog))


def _settings(office: Shop, one: int, two: int, three: int) -> None:
    changes = {"auto_close": {"value": three + 1, "unit": "hours"}, "priority": two, "schedule": "always"}
    office.do(channels.SaveChannel(channel=_pick(CHANNELS, one), changes=changes), BOSS)


def _setting(office: Shop, one: int, two: int, three: int) -> None:
    choices: list[Any] = [
        admin.SetGroup(group="sales", changes={"members": list(AGENTS[: three % 3 + 1]), "max_rounds": two}),
        admin.SetAgent(agent=_pick(AGENTS, two), capacity=three, skills=[f"skill {three}"]),
        admin.SetGroup(group="service", changes={"overflow": "sales", "sticky_window": three}),
        admin.SetSchedule(
            schedule="always", name="Always", zone="UTC", week=((Interval(start=0, end=60 * two + 1),),) * 7
        ),
    ]
    office.do(_pick(choices, one), BOSS)


def _stop(office: Shop, one: int, two: int, three: int) -> None:
    channel = _pick(CHANNELS, one)
    if three < 4:
        office.connect(channel, _pick(GROUPS, two))
        return
    asked = office.do(channels.DisconnectChannel(channel=channel, user="boss"), BOSS)
    consent = channels.DisconnectChannel(
        channel=channel, user="boss", consent=asked["consent_id"], decline=two > 3, account_key=f"k-{channel}"
    )
    office.do(consent, BOSS)


_ACTS = {
    "write": _write,
    "distribute": _distribute,
    "accept": _accept,
    "decline": _decline,
    "send": _send,
    "take": _take,
    "transfer": _transfer,
    "tell": _tell,
    "report": _report,
    "edit": _edit,
    "close": _close,
    "presence": _presence,
    "time": _time,
    "settings": _settings,
    "setting": _setting,
    "stop": _stop,
}
