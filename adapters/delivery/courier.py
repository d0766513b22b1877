"""One message to its provider and back: take it up, call, write down the answer, tell the dialog.

Before the call its row says `calling`, committed; so a process that dies during the call leaves a trace, and the
message is reported as unknown instead of being sent twice. A report has a key of its own: repeating it changes nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from time import sleep

import psycopg

from adapters.attachments import Shelf
from adapters.attachments.refusals import Gone
from adapters.blobs import BlobDamaged
from adapters.channels.access import Accesses, Providers
from adapters.channels.contract import Outbound
from adapters.channels.http_client import Access
from adapters.channels.outcomes import SendResult, again, failed
from adapters.channels.rates import RATES, SLOWED
from adapters.delivery import receipts, table
from adapters.delivery.health import PROVIDER, Health
from adapters.delivery.letter import Desk, Letter, Undeliverable
from adapters.delivery.pace import Crowd, Pace
from adapters.delivery.table import Due, Unreported
from adapters.delivery.turns import WAITS
from adapters.feed.errands import CALLS
from adapters.intake_commands import chat_key, external_key
from adapters.intake_letters import proof
from adapters.intake_outbox import Result
from adapters.store.database import Connection, Database
from adapters.store.executor import Executor
from adapters.store.faults import where
from adapters.store.requests import Request
from adapters.vault.vault import Vault
from domain.desk.answering import TellDialog
from domain.dialog.commands import Report
from domain.errors import Rejected, Unavailable
from domain.kinds import KINDS, ChannelKind
from processors.delivery import CALL_LASTS, REPORTS, UPLOAD_LASTS, Reported, too_late, verdict
from processors.pace import Rate, Scope

log = logging.getLogger("parley.delivery")

PAGE = 200
STUMBLED = timedelta(seconds=30)
SETTLE_TRIES = 6
MOST_AT_ONCE = CALLS * 3 // 4
"""Calls of one channel at the same time, so that one provider that hangs leaves couriers for the others."""
Rates = Mapping[ChannelKind, tuple[Rate, ...]]
Clock = Callable[[datetime], datetime]


class Courier:
    """Thread-safe. `clock` turns the database's clock into the moment that counts."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        executor: Executor,
        providers: Providers,
        *,
        lane: int,
        clock: Clock,
        rates: Rates = RATES,
        shelf: Shelf | None = None,
    ) -> None:
        self._database = database
        self._vault = vault
        self._executor = executor
        self._lane = lane
        self._clock = clock
        self._pace = Pace(rates)
        self._crowd = Crowd(MOST_AT_ONCE)
        self._health = Health(executor)
        self._accesses = Accesses(database, vault, providers)
        self._desk = Desk(database, vault, self._accesses, lane=lane, shelf=shelf)

    def due(self, connection: Connection, limit: int) -> list[Due]:
        return table.due(connection, self._lane, self._now(connection), limit, self._crowd.full())

    def serve(self, one: Due) -> bool:
        """Was a call made? Raises what the database raises; then nothing was called, or the answer is not yet kept."""
        letter = self._prepared(one)
        if letter is None:
            return False
        with self._crowd.place(one.tenant, letter.channel) as free:
            attempt = self._taken(one, letter, free)
            if attempt is None:
                return False
            result = self._sent(one, letter)
            self._settle(one, attempt, letter, result)
        self._health.heard(one.tenant, letter.channel, letter.written.state, result)
        return True

    def _taken(self, one: Due, letter: Letter, free: bool) -> int | None:
        """The number of this attempt; None where it is not its turn, or somebody else was faster."""
        keys = self._keys(one, letter)
        with self._database.pool.connection() as connection:
            now = self._now(connection)
            if not free:
                table.goes_through(connection, one, letter.channel)
                return None
            kind = letter.written.state.kind
            if self._pace.must_wait(connection, one, kind, letter.channel, keys, now):
                return None
            lasts = UPLOAD_LASTS if letter.files else CALL_LASTS
            return table.take(connection, one, letter.channel, now, keys["chat"], lasts)

    def _keys(self, one: Due, letter: Letter) -> dict[Scope, str]:
        """Under which names the limits of this message are kept."""
        chat = chat_key(self._vault, one.tenant, letter.channel, letter.chat)
        return {"account": "account", "chat": chat, "unanswered": f"{chat}|{letter.written.asked_at}"}

    def sweep(self, connection: Connection) -> None:
        """What a process that died has left behind: calls without an answer, answers without a report."""
        if table.lose(connection, self._lane, self._now(connection)):
            log.warning("calls without an answer: reported as unknown, not sent again")
        table.sweep_pace(connection, self._now(connection))
        receipts.forget_early(connection)
        self.report(connection)

    def report(self, connection: Connection) -> None:
        """Tell the dialogs what became of their messages."""
        while reports := table.unreported(connection, self._lane, PAGE):
            for one in reports:
                self._report(connection, one)

    def _prepared(self, one: Due) -> Letter | None:
        """The letter, or None where there is nothing to call about; a fault of ours is told, and tried again later."""
        with self._database.pool.connection() as connection:
            now = self._now(connection)
        try:
            if too_late(one.since, now):
                raise Undeliverable("too_late")
            return self._desk.letter(one, now)
        except Undeliverable as why:
            with self._database.pool.connection() as connection:
                table.give_up(connection, one, why.code)
        except Unavailable as why:
            log.warning("message %s of dialog %s cannot be sent now: %s", one.message, one.dialog, why.code)
            with self._database.pool.connection() as connection:
                table.postpone(connection, one, now + STUMBLED)
        except (LookupError, ValueError, TypeError) as fault:
            log.error("message %s of dialog %s could not be prepared: %s", one.message, one.dialog, where(fault))
            with self._database.pool.connection() as connection:
                table.postpone(connection, one, now + STUMBLED)
        return None

    def _sent(self, one: Due, letter: Letter) -> SendResult:
        """One call; a second one only where the first was refused for a token that had run out."""
        own = proof(self._vault, one.tenant, letter.channel, one.message)
        message = letter.written.outbound(one.message, letter.files, own)
        result = _called(letter, letter.access, message)
        if result.outcome != "bad_credentials":
            return result
        try:
            fresh = self._accesses.refreshed(one.tenant, letter.channel, letter.access)
        except Unavailable:
            return again()
        return _called(letter, fresh, message) if fresh else result

    def _settle(self, one: Due, attempt: int, letter: Letter, result: SendResult) -> None:
        """The provider has answered: this must be written down, so a lost database is waited for."""
        key = self._external_key(one, letter, result)
        for tried in range(1, SETTLE_TRIES + 1):
            try:
                self._write_down(one, attempt, letter, result, key)
                return
            except psycopg.OperationalError:
                if tried == SETTLE_TRIES:
                    raise
                sleep(min(0.2 * 2**tried, 5.0))

    def _write_down(self, one: Due, attempt: int, letter: Letter, result: SendResult, key: str | None) -> None:
        with self._database.pool.connection() as connection:
            now = self._now(connection)
            code = result.code or ""
            follows = verdict(
                result.outcome, code, result.retry_after, attempts=attempt, waiting_since=one.since, now=now
            )
            kind = letter.written.state.kind
            told = follows.state == "sent" and KINDS[kind].told_of_delivery
            table.settle(connection, one, attempt, follows, key, told=told)
            early = receipts.take_early(connection, one.tenant, letter.channel, key) if key and code != WAITS else []
            if code == "rate_limited" and follows.next_at is not None and SLOWED[kind] == "account":
                self._pace.hold(connection, one.tenant, letter.channel, follows.next_at)
        for each in early:  # receipts that overtook this answer
            self._tell(one, each.result, each.code, each.command_key)

    def _external_key(self, one: Due, letter: Letter, result: SendResult) -> str | None:
        named = WAITS if result.code == WAITS else result.external_message_id
        if named is None:
            return None
        return external_key(self._vault, one.tenant, letter.channel, letter.chat, named)

    def _report(self, connection: Connection, one: Unreported) -> None:
        said = REPORTS[one.state]
        self._tell(one, said, one.code, f"delivery:{one.message}:{said}")
        table.mark_reported(connection, one)

    def _tell(self, one: Due | Unreported, said: Reported | Result, code: str, key: str) -> None:
        command = TellDialog(dialog=one.dialog, command=Report(message=one.message, result=said, code=code))
        try:
            self._executor.execute(Request(tenant=one.tenant, command=command, actor=PROVIDER, key=key))
        except Rejected as refusal:
            if refusal.retryable:
                raise
            log.error("the report on message %s was refused: %s", one.message, refusal.code)

    def _now(self, connection: Connection) -> datetime:
        row = connection.execute("SELECT clock_timestamp()").fetchone()
        assert row is not None
        return self._clock(row[0])


def _called(letter: Letter, access: Access, message: Outbound) -> SendResult:
    """A file that ends while it is carried over was not sent: its message breaks off with it."""
    try:
        return letter.adapter.send(access, letter.chat, message)
    except (BlobDamaged, Gone):
        return failed("attachment_lost")


__all__ = ["Clock", "Courier", "Rates"]
