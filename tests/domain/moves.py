"""What people and time may do next, as moves of two small numbers: any list of moves is a possible day.

A move that makes no sense at its moment is refused by the engine, as it would be in life; a refusal leaves nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Any

from domain.desk.administration import SetAgent, SetGroup, SetPresence
from domain.desk.answering import (
    AcceptOffer,
    CloseDialog,
    DeclineOffer,
    SendMessage,
    TakeDialog,
    TellDialog,
    TransferDialog,
)
from domain.desk.channels import SaveChannel
from domain.desk.presence import Heartbeat, SetActive
from domain.desk.receivers import ArchiveGroup
from domain.desk.waking import WakeDialog
from domain.dialog import commands as ask
from domain.dialog.events import Author, Target
from domain.errors import Rejected
from domain.group import ALGORITHMS
from domain.quarantine import InboundQuarantined
from tests.examples import (
    ANNA,
    BORIS,
    DAY,
    HOUR,
    SENIORS,
    SHOP,
    SUPPORT,
    TO_ANNA,
    TO_BORIS,
    VERA,
    agents,
    channel,
    disconnects,
    group,
    release_of,
    saves,
    says,
    verifies,
)
from tests.office import Office

STAFF = (ANNA, BORIS, VERA)
MASTERS = Target(kind="group", id="masters")
GROUPS = (SUPPORT, SENIORS, MASTERS)
SKILLS = (("refunds", "english"), ("refunds",), ())
CUSTOMERS = ("ivan", "maria", "petr", "olga", "lev", "nina", "oleg")
Move = tuple[str, int, int]
MOVES: dict[str, Callable[[Office, int, int], Any]] = {}


def move(function: Callable[[Office, int, int], Any]) -> Callable[[Office, int, int], Any]:
    MOVES[function.__name__] = function
    return function


def an_office(algorithm: str, capacity: int = 2, *, into: Office | None = None) -> Office:
    """Three groups, of which each takes what overflows from the one before; three agents; one shop."""
    office = into or Office()
    last = group(MASTERS, members=(BORIS,), algorithm="in_order", answer_wait=15, max_rounds=1, held_counts=False)
    onward: dict[str, Any] = {"answer_wait": 20, "max_rounds": 1, "overflow": MASTERS.id, "sticky_window": 600}
    second = group(SENIORS, members=(VERA,), algorithm="in_order", **onward)
    rules: dict[str, Any] = {"answer_wait": 30, "max_rounds": 2, "retry_pause": 10, "width": 2, "overflow": "seniors"}
    first = group(SUPPORT, members=STAFF, algorithm=algorithm, **rules)
    shop = channel(auto_close=HOUR, reopen_window=1)
    for step in (*agents(*STAFF, capacity=capacity), *last, *second, *first, *shop):
        office.do(step)
    return office


def play(office: Office, moves: Iterable[Move], after: Callable[[Office], None]) -> None:
    """Each move, then the processors, then `after`. What is refused changes nothing."""
    for name, a, b in moves:
        try:
            step = MOVES[name](office, a, b)
            if step is not None:
                office.do(step)
        except Rejected:
            pass
        office.settle()
        after(office)


OFTEN = {"says_something": 10, "accept": 4, "decline": 2, "presence": 4, "close": 3, "hold": 2}
"""How much likelier than the others: a day needs customers, or nothing much happens."""


def random_moves(seed: int, n: int) -> list[Move]:
    chance, names = random.Random(seed), sorted(MOVES)
    drawn = chance.choices(names, [OFTEN.get(name, 1) for name in names], k=n)
    return [(name, chance.randrange(60), chance.randrange(60)) for name in drawn]


def pick(choices: Sequence[Any], n: int) -> Any:
    return choices[n % len(choices)] if choices else None


def some_dialog(office: Office, n: int) -> str | None:
    """Open ones twice as often as all."""
    names = sorted(name for name, _ in office.heads.dialogs())
    still_open = [name for name in names if office.state(f"dialog-{name}").open]
    found: str | None = pick(still_open if still_open and n % 3 else names, n)
    return found


def some_offer(office: Office, n: int) -> tuple[str, Any] | None:
    """(dialog, offer) of all that were ever made, those still pending first."""
    pending = [(name, one) for name, state in sorted(office.heads.dialogs()) for one in state.offers]
    found: tuple[str, Any] | None = pick(pending, n)
    return found


@move
def says_something(office: Office, a: int, b: int) -> Any:
    return says(pick(CUSTOMERS, a))(office)


@move
def accept(office: Office, a: int, b: int) -> Any:
    offer = some_offer(office, a)
    return offer and AcceptOffer(dialog=offer[0], offer=offer[1].offer, agent=offer[1].agent)


@move
def accept_at_the_last_moment(office: Office, a: int, b: int) -> Any:
    """Around the deadline, before the timer has rung."""
    offer = some_offer(office, a)
    if offer:
        deadline = office.state(f"dialog-{offer[0]}").offer_deadline
        office.now = max(office.now, deadline + timedelta(microseconds=b % 3 - 1))
    return offer and AcceptOffer(dialog=offer[0], offer=offer[1].offer, agent=offer[1].agent)


@move
def decline(office: Office, a: int, b: int) -> Any:
    offer = some_offer(office, a)
    return offer and DeclineOffer(dialog=offer[0], offer=offer[1].offer, agent=offer[1].agent)


@move
def take(office: Office, a: int, b: int) -> Any:
    dialog = some_dialog(office, a)
    return dialog and TakeDialog(dialog=dialog, agent=pick(STAFF, b), by="sofia", force=b % 5 == 0)


@move
def transfer(office: Office, a: int, b: int) -> Any:
    dialog, to = some_dialog(office, a), pick([*(Target(kind="agent", id=one) for one in STAFF), *GROUPS], b)
    return dialog and TransferDialog(dialog=dialog, to=to, by="sofia", supervises=True, force=b % 7 == 0)


@move
def answer(office: Office, a: int, b: int) -> Any:
    dialog = some_dialog(office, a)
    author = Author(kind="agent", id=pick(STAFF, b))
    return dialog and SendMessage(dialog=dialog, client_key=f"{a} {len(office.log)}", author=author, body="How so?")


@move
def close(office: Office, a: int, b: int) -> Any:
    dialog = some_dialog(office, a)
    return dialog and CloseDialog(dialog=dialog, cause="spam" if b % 4 == 0 else "agent")


@move
def tell(office: Office, a: int, b: int) -> Any:
    until = office.now + timedelta(minutes=b) if b % 2 else None
    what = [ask.Hold(until=until), ask.Unhold(), ask.AddNote(note="n", body="?"), ask.SetPriority(priority=b % 10)]
    dialog = some_dialog(office, a)
    return dialog and TellDialog(dialog=dialog, command=pick(what, b))


@move
def presence(office: Office, a: int, b: int) -> Any:
    return SetPresence(agent=pick(STAFF, a), to=pick(["ready", "away", "ready", "ready"], b))


@move
def a_sign_of_life(office: Office, a: int, b: int) -> Any:
    return Heartbeat(agent=pick(STAFF, a), lease=15 + b)


@move
def a_lease_runs_out(office: Office, a: int, b: int) -> Any:
    """Somebody who is there shows a sign of life, his last for a while; the grace after it runs in later moves."""
    office.do(Heartbeat(agent=pick(STAFF, a), lease=15))
    office.run_for(timedelta(seconds=15, microseconds=b % 3 - 1))


@move
def hired_or_dismissed(office: Office, a: int, b: int) -> Any:
    """More often back than away, or soon nobody would be left; now and then the channel's receiver himself."""
    receiver = office.state(f"channel-{SHOP}").settings.receiver
    who = receiver.id if receiver.kind == "agent" and a % 2 else pick(STAFF, a)
    return SetActive(agent=who, active=b % 3 != 0)


@move
def another_receiver(office: Office, a: int, b: int) -> Any:
    receiver = pick([SUPPORT, SUPPORT, SENIORS, TO_ANNA, SUPPORT, TO_BORIS], a)
    return SaveChannel(channel=SHOP, changes={"receiver": receiver}, account_key=f"hash of {SHOP}")


@move
def archive_a_group(office: Office, a: int, b: int) -> Any:
    """A third group that dialogs are transferred to now and then; it is made again under another name."""
    name = f"extra-{a % 4}"
    if b % 3:
        office.do(SetGroup(group=name, name=name, changes={"members": [pick(STAFF, b)], "seed": "seed"}))
        dialog = some_dialog(office, a)
        to = Target(kind="group", id=name)
        return dialog and TransferDialog(dialog=dialog, to=to, by="sofia", supervises=True)
    return ArchiveGroup(group=name)


@move
def capacity(office: Office, a: int, b: int) -> Any:
    return SetAgent(agent=pick(STAFF, a), capacity=b % 4)


@move
def members(office: Office, a: int, b: int) -> Any:
    stay = [one for place, one in enumerate(STAFF) if (b >> place) & 1]
    return SetGroup(group="support", changes={"members": stay if a % 2 else stay[::-1]})


@move
def rules(office: Office, a: int, b: int) -> Any:
    changes = [
        {"algorithm": pick(ALGORITHMS, b), "by_ratio": b % 2 == 0} if b % 3 == 0 else {"width": 1 + b % 3},
        {"answer_wait": 5 + b},
        {"max_queue_wait": 60 * (b % 3)},
        {"sticky_window": pick([0, 60, 86_400], b)},
        {"held_counts": b % 2 == 0},
        {"overflow": pick([None, "seniors", MASTERS.id], b)},
        {"max_rounds": b % 3},
        {"first_reply_wait": pick([0, 40], b)},
        {"agent_lost_grace": 20 * (b % 3)},
    ]
    return SetGroup(group="support", changes=pick(changes, a))


@move
def skills(office: Office, a: int, b: int) -> Any:
    """What an agent can, or what the shop asks for."""
    wanted = list(pick(SKILLS, b))
    if a % 10 == 9:
        return SaveChannel(channel=SHOP, changes={"required_skills": wanted})
    return SetAgent(agent=pick(STAFF, a), skills=wanted)


@move
def hold(office: Office, a: int, b: int) -> Any:
    """An assigned dialog, so that its agent's load changes where held dialogs do not count."""
    busy = sorted(name for name, state in office.heads.dialogs() if state.assignee)
    dialog = pick(busy, a)
    until = office.now + timedelta(seconds=b) if b % 2 else None
    return dialog and TellDialog(dialog=dialog, command=ask.Hold(until=until))


@move
def period(office: Office, a: int, b: int) -> Any:
    return SaveChannel(channel=SHOP, changes={"auto_close": pick([HOUR, DAY], a), "weight": 1 + b % 2})


@move
def channel_off_or_on(office: Office, a: int, b: int) -> Any:
    if office.state(f"channel-{SHOP}").working:
        return disconnects()(office) if a % 3 == 0 else None
    office.do(verifies())
    return saves()


@move
def release(office: Office, a: int, b: int) -> Any:
    """Any item that ever was in the quarantine, whether its turn has come or not."""
    items = [one for one in office.log if isinstance(one.event, InboundQuarantined)]
    found = pick(items, a)
    return release_of(found.event, found.entity) if found else None


@move
def time_passes(office: Office, a: int, b: int) -> Any:
    office.run_for(timedelta(seconds=a * b))


@move
def the_engine_stands_still(office: Office, a: int, b: int) -> Any:
    office.sleep(timedelta(seconds=a * b))


@move
def a_stale_timer_rings(office: Office, a: int, b: int) -> Any:
    dialog = some_dialog(office, a)
    return dialog and WakeDialog(dialog=dialog)
