"""What has come into the mailbox since the last look, by the numbers of its letters.

A mailbox that has forgotten its numbers (another UIDVALIDITY) is looked through again by date: what was taken in before
is known by its Message-ID. Nothing that came before the channel was connected is taken in, and no letter is marked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import floor
from time import monotonic

from imap_tools.idle import IdleManager

from adapters.channels.contract import Patience, Polled
from adapters.channels.email import imap
from adapters.channels.email.credentials import credentials_of
from adapters.channels.email.inbound import parse
from adapters.channels.email.servers import servers_of
from adapters.channels.http_client import Access
from adapters.channels.inbound import Inbound, InboundAttachment
from domain.errors import Invalid, NotAllowed

EVERY = 60.0
PAGE = 20
"""Letters that are read at a look; there may be large ones among them."""
LARGEST_PAGE = 32 * 1024 * 1024
MARGIN = 2 * 86_400
"""Seconds that are looked at again where numbers count no more."""
IDLE_AT_MOST = 25 * 60.0
STEP = 1.0
MOST_FOR_NOTHING = 20
"""Times in a row that we are woken without a word: then the line is dead."""


@dataclass(frozen=True, slots=True)
class Cursor:
    """`began` = the moment of the connection, `newest` = when the newest letter that was seen came, both in seconds
    since 1970; `validity` 0: the mailbox was not seen yet."""

    began: float
    validity: int = 0
    last: int = 0
    newest: float = 0.0

    def text(self) -> str:
        return json.dumps({"v": self.validity, "u": self.last, "t": self.newest, "b": self.began})


def read_cursor(text: str, now: float) -> Cursor:
    with suppress(ValueError, KeyError, TypeError):
        facts = json.loads(text)
        return Cursor(float(facts["b"]), int(facts["v"]), int(facts["u"]), float(facts["t"]))
    return Cursor(now)


def poll(access: Access, cursor: str, patience: Patience) -> Polled:
    """Raises `Unavailable`, or `NotAllowed` where the server refuses us."""
    account = access.values.get("address") or access.account
    at = read_cursor(cursor, datetime.now(UTC).timestamp())
    try:
        servers = servers_of(access, account)
    except Invalid as wrong:
        raise NotAllowed(wrong.code, wrong.sentence) from wrong
    with imap.mailbox(servers.imap, credentials_of(access, account)) as box:
        polled = _look(box, at, account)
        if polled.raws or polled.more or not _news(box, patience):
            return polled
        return _look(box, read_cursor(polled.cursor, at.began), account)


def _look(box: imap.Mailbox, at: Cursor, account: str) -> Polled:
    validity = imap.select(box)
    upcoming = imap.next_uid(box)
    fresh = _numbered(box, at) if validity == at.validity else _dated(box, at)
    seen, reached = _page(box, fresh[:PAGE])
    more = bool(fresh) and reached < fresh[-1]
    last = reached if more else max([upcoming - 1, *fresh])
    began = floor(at.began)  # a server tells the time of a letter in whole seconds
    letters = [one for one in seen if one.date is None or one.date >= began]
    newest = max([one.date or 0.0 for one in letters], default=0.0)
    after = Cursor(at.began, validity, last, max(newest, at.newest))
    things = tuple(tuple(_read(one, account)) for one in letters)
    return Polled(tuple(one.raw for one in letters), after.text(), things, more)


def _page(box: imap.Mailbox, wanted: list[int]) -> tuple[list[imap.Raw], int]:
    """So many letters as can be held at a time, and the number up to which they reach; some may be gone by now."""
    seen: list[imap.Raw] = []
    for one in imap.fetch(box, wanted):
        seen.append(one)
        if sum(len(letter.raw) for letter in seen) > LARGEST_PAGE:
            return seen, one.uid
    return seen, wanted[-1] if wanted else 0


def _numbered(box: imap.Mailbox, at: Cursor) -> list[int]:
    """`n:*` answers the last letter also where it is older (RFC 3501)."""
    return [uid for uid in imap.uids(box, "UID", f"{at.last + 1}:*") if uid > at.last]


def _dated(box: imap.Mailbox, at: Cursor) -> list[int]:
    """By whole days, as IMAP counts them, in a time zone that nobody tells: a day more does no harm."""
    since = max(at.began, at.newest - MARGIN) if at.newest else at.began
    day = datetime.fromtimestamp(since, UTC) - timedelta(days=1)
    return imap.uids(box, "SINCE", day.strftime("%d-%b-%Y"))


def _read(one: imap.Raw, account: str) -> Iterator[Inbound]:
    """Senders are known by their address in lower case; a letter without a date came when the server took it."""
    for thing in parse(one.raw, account):
        sender = thing.sender_id.lower() if thing.sender_id else None
        thing = replace(thing, sender_id=sender, account_id=account, timestamp=thing.timestamp or one.date)
        yield thing if one.whole else replace(thing, attachments=(_left_there(one),))


def _left_there(one: imap.Raw) -> InboundAttachment:
    """In place of what a letter held that is too large: our people see that there is something to be looked for."""
    return InboundAttachment(type="unsupported", mime="message/rfc822", raw={"too_large": True, "bytes": one.size})


def _news(box: imap.Mailbox, patience: Patience) -> bool:
    """Wait until the server tells of something new. False: there is nothing, or it cannot tell, or it has hung up,
    as servers do with those who only wait: the next look comes anyway."""
    end = monotonic() + min(patience.seconds, IDLE_AT_MOST)
    if monotonic() >= end or "IDLE" not in box.client.capabilities:
        return False
    try:
        with box.idle as idle:
            return _told(idle, end, patience)
    except imap.BROKEN:
        return False


def _told(idle: IdleManager, end: float, patience: Patience) -> bool:
    for_nothing = 0
    while monotonic() < end and not patience.over() and for_nothing < MOST_FOR_NOTHING:
        began = monotonic()
        if any(b"EXISTS" in one for one in idle.poll(timeout=min(STEP, max(end - began, 0.01)))):
            return True
        for_nothing = for_nothing + 1 if monotonic() - began < STEP / 2 else 0
    return False
